// Carries the router over Electron's IPC. Every message is checked: who sent it, how long it is, what it says.
import type { IpcMain, IpcMainEvent, WebContents } from 'electron';
import { longestWireText, wireRequest, type WireReply, type WireRequest } from '#contract';
import type { RouterContext } from '#router';
import { channel } from './bridge.ts';
import { answerCall } from './call.ts';
import { isOwnFrame } from './origin.ts';

type Calls = Map<number, AbortController>;
const mostCalls = 1000;

function parseRequest(text: unknown): WireRequest | null {
  if (typeof text !== 'string' || text.length > longestWireText) return null;
  try {
    return wireRequest.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null; // no JSON: not our page's
  }
}

/** Forgets a page's calls when it is left, reloaded, crashed or closed: a closed window costs nothing. */
function followPage(page: WebContents, calls: Calls): void {
  const endAll = () => {
    for (const call of calls.values()) call.abort();
    calls.clear();
  };
  page.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => { if (isMainFrame && !isSameDocument) endAll(); });
  page.on('render-process-gone', endAll);
  page.on('destroyed', endAll);
}

/** Starts answering; returns how to stop. */
export function attachIpc(ipcMain: Pick<IpcMain, 'on' | 'removeListener'>, context: RouterContext): () => void {
  const pages = new WeakMap<WebContents, Calls>();
  const callsOf = (page: WebContents): Calls => {
    const calls = pages.get(page) ?? new Map<number, AbortController>();
    if (!pages.has(page)) followPage(page, calls);
    pages.set(page, calls);
    return calls;
  };
  const onText = ({ senderFrame, sender }: Pick<IpcMainEvent, 'senderFrame' | 'sender'>, text: unknown): void => {
    const request = isOwnFrame(senderFrame) ? parseRequest(text) : null;
    if (request === null) return;
    const calls = callsOf(sender);
    const { id } = request;
    if (request.type === 'stop') {
      calls.get(id)?.abort();
      calls.delete(id);
    } else if (!calls.has(id) && calls.size < mostCalls) {
      const ending = new AbortController();
      calls.set(id, ending);
      const reply = (message: WireReply) => { if (!sender.isDestroyed()) sender.send(channel, JSON.stringify(message)); };
      void answerCall(request, { context, reply, signal: ending.signal }).finally(() => { if (calls.get(id) === ending) calls.delete(id); });
    }
  };
  ipcMain.on(channel, onText);
  return () => void ipcMain.removeListener(channel, onText);
}
