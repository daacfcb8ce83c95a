// A stand-in for the whole of Electron that the app is given: it records, and emits what a person or the system would cause.
import { EventEmitter } from 'node:events';
import type { BrowserWindowConstructorOptions, MenuItemConstructorOptions } from 'electron';
import { onTestFinished } from 'vitest';
import type { Shell } from '../../src-main/electron/app.ts';
import { createStandInIpc, type StandInIpc } from './electron.ts';

/** A window that records. */
class StandInWindow extends EventEmitter {
  readonly addresses: string[] = [];
  readonly progress: number[] = [];
  readonly calls: string[] = [];
  readonly options: BrowserWindowConstructorOptions;
  constructor(options: BrowserWindowConstructorOptions) {
    super();
    this.options = options;
  }
  loadURL = async (address: string) => void this.addresses.push(address);
  setProgressBar = (value: number) => void this.progress.push(value);
  isFocused = () => false;
  isMinimized = () => true;
  restore = () => void this.calls.push('restore');
  show = () => void this.calls.push('show');
  focus = () => void this.calls.push('focus');
}

/** Takes the signal handlers of apps away again when the test ends. */
export function keepSignals(): void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const before = signals.map((signal) => process.listeners(signal));
  onTestFinished(() => signals.forEach((signal, index) => {
    for (const listener of process.listeners(signal)) if (!before[index]?.includes(listener)) process.off(signal, listener);
  }));
}

export type StandInShell = { shell: Shell; app: EventEmitter; powerMonitor: EventEmitter; log: string[]; windows(): StandInWindow[]; menus: MenuItemConstructorOptions[][]; answer: { quit: number; first: boolean; folder: string; switches: string[]; onLock(instance: unknown): void }; session: EventEmitter; openPage: StandInIpc['openPage']; quit(): void };

/** Makes one. `answer.quit`: the button that the person presses when asked; `answer.first`: no other app is on this home; `answer.folder`: why no folder opens; `answer.switches`: Chromium's, on the command line; `answer.onLock`: takes what a start gives along. */
export function createStandInShell(): StandInShell {
  const all: StandInWindow[] = [];
  class OwnWindow extends StandInWindow {
    static getAllWindows = () => all;
    constructor(options: BrowserWindowConstructorOptions) {
      super(options);
      all.push(this);
    }
  }
  const log: string[] = [];
  const answer = { quit: 2, first: true, folder: '', switches: [] as string[], onLock: (_instance: unknown) => {} };
  const { ipcMain, openPage } = createStandInIpc();
  const menus: MenuItemConstructorOptions[][] = [];
  const note = (name: string) => (...args: unknown[]) => void log.push([name, ...args.filter((arg) => typeof arg !== 'function' && typeof arg !== 'object')].join(' '));
  const app = new EventEmitter();
  const powerMonitor = new EventEmitter();
  const session = new EventEmitter();
  const quit = () => {
    const event = { prevented: false, preventDefault() { this.prevented = true; } };
    app.emit('before-quit', event);
    log.push(event.prevented ? 'quit held back' : 'gone');
  };
  const parts = {
    app: Object.assign(app, { enableSandbox: note('sandbox'), requestSingleInstanceLock: (instance: unknown) => { answer.onLock(instance); return answer.first; }, whenReady: async () => {}, getVersion: () => '9.9.9', quit, exit: note('exit'), isPackaged: true, getPath: (name: string) => `/home/user/${name}`, commandLine: { hasSwitch: (name: string) => answer.switches.includes(name) } }),
    BrowserWindow: OwnWindow,
    Menu: { buildFromTemplate: (template: MenuItemConstructorOptions[]) => { menus.push(template); return template; }, setApplicationMenu: note('menu') },
    Notification: class { static isSupported = () => true; constructor({ title, body }: { title: string; body: string }) { log.push(`notification ${title}: ${body}`); } on = () => {}; show = () => {}; },
    Tray: class { setToolTip = note('tray'); setContextMenu = () => {}; on = () => {}; destroy = note('tray gone'); },
    dialog: { showMessageBoxSync: ({ message }: { message: string }) => { log.push(`asked ${message}`); return answer.quit; }, showErrorBox: note('error') },
    ipcMain,
    nativeTheme: { shouldUseDarkColors: true },
    powerMonitor,
    powerSaveBlocker: { start: () => { log.push('awake'); return 1; }, stop: note('may sleep') },
    protocol: { registerSchemesAsPrivileged: note('scheme') },
    session: { defaultSession: Object.assign(session, { setPermissionRequestHandler: note('permissions'), setPermissionCheckHandler: note('checks'), setDevicePermissionHandler: note('devices'), webRequest: { onBeforeRequest: note('requests') }, protocol: { handle: note('handle') } }) },
    shell: { openExternal: note('open'), openPath: async (path: string) => { log.push(`folder ${path}`); return answer.folder; } },
  };
  return { shell: parts as unknown as Shell, app, powerMonitor, session, log, windows: () => all, menus, answer, openPage, quit };
}
