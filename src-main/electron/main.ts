// Entry of the desktop app: the only file that takes Electron at run time, but for the preload.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, BrowserWindow, dialog, ipcMain, Menu, nativeTheme, Notification, powerMonitor, powerSaveBlocker, protocol, session, shell, Tray } from 'electron';
import { openHome } from '#runs';
import { startApp } from './app.ts';
import { bringNode } from './bring.ts';

const place = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
app.setAppUserModelId('org.vsgdlab.app'); // Windows: the sender of notifications

/** An error that nothing expected: said once, then the app ends; trainers notice it and save a checkpoint. */
process.once('uncaughtException', (error) => {
  dialog.showErrorBox('VSGD Lab has to close', `${error.stack ?? error.message}\n\nRuns that were training save a checkpoint and can be resumed.`);
  app.exit(1);
});

void startApp(
  { app, BrowserWindow, dialog, ipcMain, Menu, nativeTheme, Notification, powerMonitor, powerSaveBlocker, protocol, session, shell, Tray },
  () => {
    const { root: home } = openHome();
    if (app.isPackaged) bringNode(process.resourcesPath, home);
    app.setPath('userData', join(home, 'window')); // one app per home
    return { home, preload: place('out/preload/preload.cjs'), icons: { window: place('resources/icons/icon.png'), tray: place('resources/icons/tray.png') } };
  },
);
