// The app's window: what its page may use, and when it is shown.
import type { BrowserWindow as Window, BrowserWindowConstructorOptions, WebPreferences } from 'electron';
import { startAddress } from './page/origin.ts';

/** A page gets the preload's bridge and nothing of Node; every switch is named so that no default of a later version decides. */
export const pagePreferences = Object.freeze({
  contextIsolation: true, sandbox: true, nodeIntegration: false, nodeIntegrationInWorker: false, nodeIntegrationInSubFrames: false, webSecurity: true, allowRunningInsecureContent: false,
  experimentalFeatures: false, webviewTag: false, navigateOnDragDrop: false, safeDialogs: true, spellcheck: false,
} as const satisfies WebPreferences);

export type WindowParts = { BrowserWindow: new (options: BrowserWindowConstructorOptions) => Window; preload: string; icon: string; dark: boolean };

/** Opens the window; it appears when its first picture is ready. */
export function openWindow({ BrowserWindow, preload, icon, dark }: WindowParts): Window {
  const window = new BrowserWindow({
    title: 'VSGD Lab', width: 1440, height: 900, minWidth: 720, minHeight: 480, show: false, icon,
    backgroundColor: dark ? '#16181c' : '#ffffff', autoHideMenuBar: true, webPreferences: { ...pagePreferences, preload },
  });
  window.once('ready-to-show', () => window.show());
  void window.loadURL(startAddress);
  return window;
}

/** Brings a window to the front, from the dock or the tray too. */
export function focusWindow(window: Pick<Window, 'isMinimized' | 'restore' | 'show' | 'focus'>): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}
