// What pages may not do: go elsewhere, open windows, embed others, ask for permissions, reach the network.
import type { Session, WebContents } from 'electron';
import { isOwnPage, mayOpen } from './origin.ts';

/** Locks one page's contents to our origin. `open` gets links of the allow list only. */
export function guardContents(contents: Pick<WebContents, 'on' | 'setWindowOpenHandler'>, open: (address: string) => void): void {
  const stay = (event: { preventDefault(): void; url: string }) => {
    if (!isOwnPage(event.url)) event.preventDefault();
  };
  contents.on('will-navigate', stay);
  contents.on('will-redirect', stay);
  contents.on('will-frame-navigate', stay);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    if (mayOpen(url)) open(url);
    return { action: 'deny' };
  });
}

/** Writing to the clipboard at a person's click (the Copy buttons); everything else is denied. */
const granted = 'clipboard-sanitized-write';

const localSchemes = /^(app|blob|data|devtools):/;

/** Denies permissions and devices to all pages of a session, and every request that leaves this program. */
export function guardSession(session: Pick<Session, 'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler' | 'webRequest'>): void {
  session.setPermissionRequestHandler((...[, permission, answer, { requestingUrl, isMainFrame }]) => {
    answer(permission === granted && isMainFrame && isOwnPage(requestingUrl));
  });
  session.setPermissionCheckHandler((...[contents, permission, , { isMainFrame }]) => permission === granted && isMainFrame && isOwnPage(contents?.getURL() ?? ''));
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !localSchemes.test(url) || (url.startsWith('app:') && !isOwnPage(url)) }));
}
