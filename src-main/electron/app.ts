// The desktop app from start to end, in order. Electron's parts are given, so that tests give stand-ins.
import type * as Electron from 'electron';
import { LabError } from '#contract';
import { builtRenderer, listAssets } from '#server';
import { openCore, type Core } from './core.ts';
import { guardContents, guardSession } from './page/guards.ts';
import { guardLeaving } from './leaving.ts';
import { appMenu, trayMenu, type Actions } from './signs/menu.ts';
import { mayOpen, scheme, startAddress } from './page/origin.ts';
import { createPresence } from './signs/presence.ts';
import { createResponder, registerScheme } from './page/protocol.ts';
import { resumeNoted } from './quit.ts';
import { createTray } from './signs/tray.ts';
import { focusWindow, openWindow } from './window.ts';

export type Shell = Pick<typeof Electron, 'app' | 'BrowserWindow' | 'Menu' | 'Notification' | 'Tray' | 'dialog' | 'ipcMain' | 'nativeTheme' | 'powerMonitor' | 'powerSaveBlocker' | 'protocol' | 'session' | 'shell'>;
export type AppOptions = { home: string; preload: string; icons: { window: string; tray: string } };

/** Windows and what menus do with them. */
function createActions({ app, BrowserWindow, nativeTheme, shell }: Shell, { home, preload, icons }: AppOptions): Actions & { window(): Electron.BrowserWindow } {
  const window = () => BrowserWindow.getAllWindows()[0] ?? openWindow({ BrowserWindow, preload, icon: icons.window, dark: nativeTheme.shouldUseDarkColors });
  const show = () => focusWindow(window());
  return {
    window, show,
    go: (hash) => {
      show();
      void window().loadURL(`${startAddress}${hash}`);
    },
    open: (address) => { if (mayOpen(address)) void shell.openExternal(address); },
    showHome: () => void shell.openPath(home),
    quit: () => app.quit(),
  };
}

/** Shows a folder in the system's file manager. @throws LabError where there is none, with what the system says */
async function openFolder({ shell }: Shell, path: string): Promise<void> {
  const fault = await shell.openPath(path);
  if (fault !== '') throw new LabError('INTERNAL', `The file manager did not open ${path}: ${fault}`, { place: { file: path } });
}

/** What everything in the app is told of the work at hand. */
function createSigns({ BrowserWindow, Menu, Notification, Tray, powerSaveBlocker }: Shell, actions: Actions, icon: string) {
  const presence = createPresence({ powerSaveBlocker, Notification, windows: () => BrowserWindow.getAllWindows(), openRun: (id) => actions.go(`#/runs/${id}`) });
  const tray = createTray({ Tray, Menu, icon, menu: (atWork) => trayMenu(actions, atWork), show: actions.show });
  return { presence, tray };
}

/** Starts the app; a second one on the same home brings the first to the front and ends. */
export async function startApp(electron: Shell, options: AppOptions): Promise<void> {
  const { app, Menu, dialog, ipcMain, protocol, session } = electron;
  app.enableSandbox();
  if (!app.requestSingleInstanceLock()) return app.quit();
  registerScheme(protocol);
  const actions = createActions(electron, options);
  app.on('web-contents-created', (_event, contents) => guardContents(contents, actions.open));
  await app.whenReady();
  guardSession(session.defaultSession);
  session.defaultSession.protocol.handle(scheme, createResponder(listAssets(builtRenderer)));
  const { presence, tray } = createSigns(electron, actions, options.icons.tray);
  let core: Core;
  try {
    core = openCore({ ipcMain, version: app.getVersion(), home: options.home, onWork: (work) => { presence.take(work); tray?.take(work.atWork); }, openFolder: (path) => openFolder(electron, path) });
  } catch (error) {
    dialog.showErrorBox('VSGD Lab cannot start', error instanceof Error ? error.message : String(error));
    return app.exit(1);
  }
  resumeNoted(core.lab);
  const leave = guardLeaving({ app, dialog, core, before: () => { presence.end(); tray?.end(); } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void leave());
  electron.powerMonitor.on('shutdown', () => void leave());
  Menu.setApplicationMenu(Menu.buildFromTemplate(appMenu(actions, { mac: process.platform === 'darwin', developer: !app.isPackaged })));
  app.on('second-instance', actions.show);
  app.on('activate', actions.show);
  // While runs train, a closed window leaves the tray; without a tray the question of quitting comes.
  app.on('window-all-closed', () => { if (tray === null || core.work().atWork.length === 0) app.quit(); });
  actions.window();
}
