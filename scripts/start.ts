// `npm start`: the app, in Electron where that is possible, otherwise in the browser with one line that says why. Arguments go to `vsgd-lab serve`.
import { join } from 'node:path';
import { build } from 'vite';
import { rendererConfig } from './build.ts';
import { root, runNode } from './commands.ts';
import { findElectron, whyNoWindow } from './electron.ts';
import { runWindow, type WindowEnd } from './window.ts';

/** Builds the app and runs it in Electron; its exit status, or why its window never came up. */
async function startWindow(binary: string): Promise<WindowEnd> {
  const { build: buildApp } = await import('electron-vite');
  await buildApp({ root, logLevel: 'warn' });
  return runWindow(binary, [root]);
}

/** Serves the app from this process and opens the browser. */
async function startInBrowser(reason: string): Promise<void> {
  process.stderr.write(`VSGD Lab opens in the browser: ${reason}.\n`);
  await build(rendererConfig);
  process.argv.splice(2, 0, 'serve', '--open');
  await import('../src-main/cli/main.ts');
}

let found = findElectron();
let reason = whyNoWindow(found);
if (reason === null && found && 'archive' in found) {
  if (runNode([join(root, 'node_modules', 'electron', 'install.js')]) === 0) found = findElectron();
  if (found === null || !('binary' in found)) reason = 'Electron\'s archive in the cache could not be unpacked';
}
if (reason === null && found && 'binary' in found) {
  const end = await startWindow(found.binary);
  if ('status' in end) process.exitCode = end.status;
  else reason = end.reason;
}
if (reason !== null) await startInBrowser(reason);
