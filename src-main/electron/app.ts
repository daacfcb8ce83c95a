// The desktop app from start to end, in order. Electron's parts are given, so that tests give stand-ins.
import { writeFileSync } from 'node:fs';
import type * as Electron from 'electron';
import { LabError } from '#contract';
import { builtRenderer, listAssets } from '#server';
import { openCore, type Core } from './core.ts';
import { announceInstance, answerInstance, waitForAnswer } from './instance.ts';
import { Downloads } from './page/downloads.ts';
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

/** Tells `npm start` that a window is up, so that it does not open the browser instead. */
function announceWindow(): void {
  if (process.env.VSGD_LAB_WINDOW_UP) writeFileSync(process.env.VSGD_LAB_WINDOW_UP, '');
}

/** What ends the app without a question: signals, and the system going down, which is delayed until runs are saved. */
function leaveOnDemand({ powerMonitor }: Shell, window: Electron.BrowserWindow, leave: () => Promise<void>): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void leave());
  const delayed = (event?: { preventDefault(): void }) => {
    event?.preventDefault();
    void leave();
  };
  powerMonitor.on('shutdown', delayed as () => void); // Linux and macOS; the types leave the event out
  window.on('query-session-end', delayed); // Windows
  window.on('session-end', () => void leave());
}

/**
 * Starts the app; a second one on the same home brings the first to the front and ends. `prepare` opens the home before Electron is ready.
 * A start that fails is shown in a box, and the app ends.
 */
export async function startApp(electron: Shell, prepare: () => AppOptions): Promise<void> {
  try {
    await start(electron, prepare());
  } catch (error) {
    electron.dialog.showErrorBox('VSGD Lab cannot start', error instanceof Error ? error.message : String(error));
    electron.app.exit(1);
  }
}

async function start(electron: Shell, options: AppOptions): Promise<void> {
  const { app, Menu, dialog, ipcMain, protocol, session } = electron;
  // With both, renderers would die: a program that was started with --no-sandbox cannot have one (AppImage's fallback, tests as root).
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  const instance = announceInstance(options.home);
  if (!app.requestSingleInstanceLock(instance)) {
    await waitForAnswer(instance);
    announceWindow();
    return app.quit();
  }
  answerInstance(instance, options.home);
  registerScheme(protocol);
  const actions = createActions(electron, options);
  app.on('web-contents-created', (_event, contents) => guardContents(contents, actions.open));
  await app.whenReady();
  guardSession(session.defaultSession);
  session.defaultSession.protocol.handle(scheme, createResponder(listAssets(builtRenderer)));
  const { presence, tray } = createSigns(electron, actions, options.icons.tray);
  const downloads = new Downloads(session.defaultSession, app.getPath('downloads'));
  const core: Core = openCore({ ipcMain, version: app.getVersion(), home: options.home, onWork: (work) => { presence.take(work); tray?.take(work.atWork); }, openFolder: (path) => openFolder(electron, path), downloads: (signal) => downloads.follow(signal) });
  resumeNoted(core.lab);
  const leave = guardLeaving({ app, dialog, core, before: () => { presence.end(); tray?.end(); } });
  Menu.setApplicationMenu(Menu.buildFromTemplate(appMenu(actions, { mac: process.platform === 'darwin', developer: !app.isPackaged })));
  app.on('second-instance', (...[, , , instance]) => {
    answerInstance(instance, options.home);
    actions.show();
  });
  app.on('activate', actions.show);
  // While runs train, a closed window leaves the tray; without a tray the question of quitting comes.
  app.on('window-all-closed', () => { if (tray === null || core.work().atWork.length === 0) app.quit(); });
  const window = actions.window();
  leaveOnDemand(electron, window, leave);
  window.once('ready-to-show', announceWindow);
}
