// `npm start`: the app, in Electron where that is possible, otherwise in the browser with one line that says why. Arguments go to `vsgd-lab serve`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { build } from 'vite';
import { rendererConfig } from './build.ts';
import { root, runNode } from './commands.ts';
import { findElectron, whyNoWindow } from './electron.ts';

/** Runs the checkout in Electron; its exit status. */
async function startWindow(binary: string): Promise<number> {
  const { build: buildApp } = await import('electron-vite');
  await buildApp({ root, logLevel: 'warn' });
  const child = spawn(binary, [root], { stdio: 'inherit', env: { ...process.env, VSGD_LAB_NODE: process.execPath } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/** Serves the app from this process and opens the browser. */
async function startInBrowser(reason: string): Promise<void> {
  process.stderr.write(`VSGD Lab opens in the browser: ${reason}.\n`);
  await build(rendererConfig);
  process.argv.splice(2, 0, 'serve', '--open');
  await import('../src-main/cli/main.ts');
}

let found = findElectron();
const reason = whyNoWindow(found);
if (reason === null && found && 'archive' in found && runNode([join(root, 'node_modules', 'electron', 'install.js')]) === 0) found = findElectron();
if (reason === null && found && 'binary' in found) process.exitCode = await startWindow(found.binary);
else await startInBrowser(reason ?? 'Electron\'s archive in the cache could not be unpacked');
