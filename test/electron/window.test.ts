// The window's preferences, by name: what a page may use decides here and nowhere else.
import type { BrowserWindow } from 'electron';
import { expect, test } from 'vitest';
import { openWindow, pagePreferences } from '../../src-main/electron/window.ts';
import { createStandInShell } from '#test/electronShell.ts';

test('a page is isolated, sandboxed and without Node', () => {
  expect(pagePreferences).toMatchObject({ contextIsolation: true, sandbox: true, webSecurity: true, nodeIntegration: false, nodeIntegrationInWorker: false, nodeIntegrationInSubFrames: false, webviewTag: false, allowRunningInsecureContent: false, experimentalFeatures: false, navigateOnDragDrop: false });
  expect(Object.isFrozen(pagePreferences)).toBe(true);
  for (const key of ['enableBlinkFeatures', 'additionalArguments', 'partition', 'plugins']) expect(pagePreferences).not.toHaveProperty(key);
});

test('a window opens on our page with those, and shows itself when it is ready (stand-in)', () => {
  const { shell, windows } = createStandInShell();
  openWindow({ BrowserWindow: shell.BrowserWindow, preload: '/app/preload.cjs', icon: '/app/icon.png', dark: true }) as BrowserWindow;
  const [window] = windows();
  expect(window?.options).toMatchObject({ show: false, webPreferences: { ...pagePreferences, preload: '/app/preload.cjs' } });
  expect([window?.addresses, window?.calls]).toEqual([['app://vsgd-lab/'], []]);
  window?.emit('ready-to-show');
  expect(window?.calls).toEqual(['show']);
});
