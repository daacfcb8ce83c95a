// Stand-ins for parts of Electron, typed by Electron's own types: messages are cloned as structuredClone does, and arrive later.
import { EventEmitter } from 'node:events';
import type { IpcMain, IpcRenderer, WebContents, WebFrameMain } from 'electron';
import type { Bridge } from '#contract';
import { exposeBridge } from '../../src-main/electron/page/bridge.ts';
import { startAddress } from '../../src-main/electron/page/origin.ts';

export type StandInPage = { bridge: Bridge; exposed: string[]; contents: WebContents; frame: { url: string; parent: WebFrameMain | null }; sent: string[]; received: string[]; emit(name: string, ...args: unknown[]): void; sendAs(frame: unknown, ...args: unknown[]): void; close(): void };
export type StandInIpc = { ipcMain: Pick<IpcMain, 'on' | 'removeListener'>; openPage(url?: string): StandInPage };

const later = (work: () => void) => void setImmediate(work);

/** The main process's side of IPC, and pages that speak with it through the real preload's bridge. */
export function createStandInIpc(): StandInIpc {
  const main = new EventEmitter();
  const openPage = (url = startAddress): StandInPage => {
    const [inPage, events] = [new EventEmitter(), new EventEmitter()];
    const [sent, received]: [string[], string[]] = [[], []];
    const frame = { url, parent: null as WebFrameMain | null };
    let destroyed = false;
    const contents = Object.assign(events, {
      isDestroyed: () => destroyed,
      send(channel: string, ...args: unknown[]) {
        if (destroyed) throw new TypeError('Object has been destroyed');
        received.push(String(args[0]));
        const copy: unknown[] = structuredClone(args);
        later(() => { if (!destroyed) inPage.emit(channel, {}, ...copy); });
      },
    }) as unknown as WebContents;
    const sendAs = (senderFrame: unknown, ...args: unknown[]) => {
      const copy: unknown[] = structuredClone(args);
      later(() => main.emit('vsgd-lab', { senderFrame, sender: contents }, ...copy));
    };
    const ipcRenderer = {
      send: (_channel: string, ...args: unknown[]) => {
        sent.push(String(args[0]));
        sendAs(frame, ...args);
      },
      on: inPage.on.bind(inPage), removeListener: inPage.removeListener.bind(inPage),
    } as unknown as IpcRenderer;
    const exposed: Record<string, Bridge> = {};
    exposeBridge({ ipcRenderer, contextBridge: { exposeInMainWorld: (name: string, bridge: unknown) => { exposed[name] = bridge as Bridge; } } });
    const close = () => {
      destroyed = true;
      events.emit('destroyed');
    };
    return { bridge: exposed.vsgdLab as Bridge, exposed: Object.keys(exposed), contents, frame, sent, received, emit: (name, ...args) => void events.emit(name, ...args), sendAs, close };
  };
  return { ipcMain: main as unknown as IpcMain, openPage };
}
