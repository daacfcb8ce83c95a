// What the preload gives to the page: texts in and out over one channel, and nothing else of Electron.
import type { ContextBridge, IpcRenderer, IpcRendererEvent } from 'electron';
import type { Bridge, bridgeName } from '#contract';

export const channel = 'vsgd-lab';
// Not from the contract at run time: the preload is one small file without zod.
const name: typeof bridgeName = 'vsgdLab';

/** Puts the bridge into the page's world; the functions there cannot reach beyond the channel. */
export function exposeBridge({ contextBridge, ipcRenderer }: { contextBridge: Pick<ContextBridge, 'exposeInMainWorld'>; ipcRenderer: Pick<IpcRenderer, 'send' | 'on' | 'removeListener'> }): void {
  contextBridge.exposeInMainWorld(name, {
    send: (text) => ipcRenderer.send(channel, String(text)),
    listen(take) {
      const onText = (_event: IpcRendererEvent, text: unknown) => take(String(text));
      ipcRenderer.on(channel, onText);
      return () => void ipcRenderer.removeListener(channel, onText);
    },
  } satisfies Bridge);
}
