// What pages may not do, asked of our handlers with stand-ins for Electron.
import { EventEmitter } from 'node:events';
import type { Session, WebContents } from 'electron';
import { describe, expect, test } from 'vitest';
import { guardContents, guardSession } from '../../../src-main/electron/page/guards.ts';
import { allowedSites, isOwnFrame, isOwnPage, mayOpen } from '../../../src-main/electron/page/origin.ts';

const elsewhere = ['https://evil.test/', 'http://127.0.0.1:7411/', 'file:///etc/passwd', 'javascript:alert(1)', 'data:text/html,x', 'about:blank', 'app://evil/', 'app://vsgd-lab.evil.test/', 'app://user@vsgd-lab/', 'apps://vsgd-lab/', '', 'no address'];
const notOpened = ['http://arxiv.org/', 'file:///etc/passwd', 'smb://host/share', 'javascript:alert(1)', 'https://evil.test/', 'https://arxiv.org.evil.test/', 'https://arxiv.org@evil.test/', 'https://user:pass@arxiv.org/', 'https://arxiv.org:8443/', 'ms-msdt:x', 'vscode://x', 'mailto:a@b', ''];

function guardedContents() {
  const events = new EventEmitter();
  const opened: string[] = [];
  let openHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' });
  guardContents(Object.assign(events, { setWindowOpenHandler: (handler: typeof openHandler) => { openHandler = handler; } }) as unknown as WebContents, (address) => opened.push(address));
  const isHeldBack = (name: string, url: string): boolean => {
    let held = false;
    events.emit(name, { url, preventDefault: () => { held = true; } });
    return held;
  };
  return { isHeldBack, open: (url: string) => openHandler({ url }), opened };
}

describe('the origin', () => {
  test.each(elsewhere)('%s is not ours', (address) => expect(isOwnPage(address)).toBe(false));
  test.each(['app://vsgd-lab/', 'app://vsgd-lab/#/runs', 'app://vsgd-lab/assets/a.js?x'])('%s is ours', (address) => expect(isOwnPage(address)).toBe(true));
  test('only the page itself, not a frame in it', () => {
    expect([isOwnFrame({ url: 'app://vsgd-lab/', parent: null }), isOwnFrame({ url: 'app://vsgd-lab/', parent: {} as never }), isOwnFrame(null)]).toEqual([true, false, false]);
  });
});

describe('contents (stand-in)', () => {
  test.each(['will-navigate', 'will-redirect', 'will-frame-navigate'])('%s leads nowhere else', (name) => {
    const { isHeldBack } = guardedContents();
    for (const address of elsewhere) expect([address, isHeldBack(name, address)]).toEqual([address, true]);
    expect(isHeldBack(name, 'app://vsgd-lab/#/runs')).toBe(false);
  });

  test('no window opens; links of the allow list go to the browser, others nowhere', () => {
    const { open, opened } = guardedContents();
    for (const address of [...notOpened, ...elsewhere]) expect(open(address)).toEqual({ action: 'deny' });
    expect(opened).toEqual([]);
    expect(open('https://arxiv.org/abs/2404.06549')).toEqual({ action: 'deny' });
    expect(opened).toEqual(['https://arxiv.org/abs/2404.06549']);
    expect(allowedSites.every((site) => mayOpen(`${site}/x`))).toBe(true);
  });

  test('no webview is attached', () => expect(guardedContents().isHeldBack('will-attach-webview', '')).toBe(true));
});

describe('the session (stand-in)', () => {
  type Handlers = { request: (...args: [unknown, string, (granted: boolean) => void, object]) => void; check: (...args: [unknown, string, string, object]) => boolean; device: () => boolean; before: (details: { url: string }, answer: (verdict: { cancel: boolean }) => void) => void };
  function guarded(): Handlers {
    const handlers: Partial<Handlers> = {};
    const set = (name: keyof Handlers) => (handler: never) => { handlers[name] = handler; };
    guardSession({ setPermissionRequestHandler: set('request'), setPermissionCheckHandler: set('check'), setDevicePermissionHandler: set('device'), webRequest: { onBeforeRequest: set('before') } } as unknown as Session);
    return handlers as Handlers;
  }
  const permissions = ['media', 'geolocation', 'notifications', 'midiSysex', 'pointerLock', 'fullscreen', 'openExternal', 'clipboard-read', 'display-capture', 'idle-detection', 'fileSystem', 'hid', 'serial', 'usb', 'storage-access', 'unknown'];

  test('every permission is denied but the Copy buttons\' own', () => {
    const { request, check, device } = guarded();
    const asked = (permission: string, url: string, isMainFrame = true) => {
      let answer: boolean | null = null;
      request(null, permission, (granted) => { answer = granted; }, { requestingUrl: url, isMainFrame });
      return [answer, check({ getURL: () => url }, permission, url, { isMainFrame })];
    };
    for (const permission of permissions) expect([permission, ...asked(permission, 'app://vsgd-lab/')]).toEqual([permission, false, false]);
    expect(asked('clipboard-sanitized-write', 'app://vsgd-lab/')).toEqual([true, true]);
    expect(asked('clipboard-sanitized-write', 'https://evil.test/')).toEqual([false, false]);
    expect(asked('clipboard-sanitized-write', 'app://vsgd-lab/', false)).toEqual([false, false]);
    expect(device()).toBe(false);
  });

  test('no request leaves the program', () => {
    const { before } = guarded();
    const isCancelled = (url: string) => {
      let verdict = { cancel: false };
      before({ url }, (given) => { verdict = given; });
      return verdict.cancel;
    };
    for (const url of ['https://evil.test/x', 'http://127.0.0.1:7411/', 'ws://127.0.0.1/ws', 'file:///etc/passwd', 'ftp://x/', 'app://evil/x']) expect([url, isCancelled(url)]).toEqual([url, true]);
    for (const url of ['app://vsgd-lab/assets/a.js', 'blob:app://vsgd-lab/1', 'data:image/png;base64,']) expect([url, isCancelled(url)]).toEqual([url, false]);
  });
});
