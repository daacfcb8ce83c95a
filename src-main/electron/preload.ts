// Entry of every window's preload script; sandboxed.
import { contextBridge, ipcRenderer } from 'electron';
import { exposeBridge } from './page/bridge.ts';

exposeBridge({ contextBridge, ipcRenderer });
