// `npm run package`: builds the app and makes installers of this platform with electron-builder. Arguments go to it, for instance `-- --dir`.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'electron-vite';
import { root, runNode } from './commands.ts';
import { electronVersion, findElectron } from './electron.ts';

const builder = join(root, 'scripts', 'packaging', 'node_modules', 'electron-builder', 'cli.js');
const found = findElectron();
const own = found && 'binary' in found ? [`-c.electronDist=${dirname(found.binary)}`] : [];

await build({ root, logLevel: 'warn' });
if (!existsSync(builder)) throw new Error('electron-builder is not installed; start this by npm run package.');
const status = runNode([builder, '--projectDir', root, '--config', join(root, 'electron-builder.yml'), '--publish', 'never', ...own, ...process.argv.slice(2)]);
if (status !== 0) {
  const missing = own.length === 0 ? ` Electron ${electronVersion()} for ${process.platform}-${process.arch} is fetched from github.com; where that cannot be reached, unpack it yourself and name its program by VSGD_LAB_ELECTRON.` : '';
  process.stderr.write(`npm run package: no installers were made; see electron-builder's message above.${missing} Installers need further tools that electron-builder fetches; \`npm run package -- --dir\` makes the app's folder without them.\n`);
}
process.exitCode = status;
