#!/usr/bin/env node
// The command `vsgd-lab` of a checkout, once `npm link` has put it on the PATH: `npm run -s lab --` by another name, for any Node >= 18.
process.env.INIT_CWD = process.cwd(); // where relative paths begin; a script of npm's around us may have said otherwise
process.argv.splice(2, 0, 'lab');
await import('./bootstrap.mjs');
