// What the window is for: a home opened, its queue hosted, the router on IPC. No Electron but for the ports that are given.
import type { IpcMain } from 'electron';
import { outsideArchive, type SavedFile } from '#contract';
import { trainerMain } from '#runs';
import { DatasetJobs, EngineJobs, keepHosting, openLab, type Lab } from '#services';
import { attachIpc } from './page/ipc.ts';
import { followWork, type Work } from './signs/work.ts';

export type Core = { lab: Lab; work(): Work; close(): Promise<void> };
export type CoreOptions = { ipcMain: Pick<IpcMain, 'on' | 'removeListener'>; version: string; home?: string; onWork(work: Work): void; openFolder(path: string): Promise<void>; downloads?(signal: AbortSignal): AsyncIterable<SavedFile> };

/** Programs of ours run on a plain Node: the packaged app brings one, and cannot be one itself (its fuse is off). */
const children = () => ({ node: process.env.VSGD_LAB_NODE ?? process.execPath, program: process.env.VSGD_LAB_TRAINER ?? outsideArchive(trainerMain) });

/** Opens the home and goes to work. `close` ends trainers with a checkpoint. @throws LabError where the home cannot be opened */
export function openCore({ ipcMain, version, home, onWork, openFolder, downloads }: CoreOptions): Core {
  const lab = openLab(home);
  const [jobs, engineJobs] = [new DatasetJobs(lab), new EngineJobs(lab)];
  const ending = new AbortController();
  let latest: Work = { atWork: [], ended: [] };
  const tell = (work: Work) => {
    latest = work;
    onWork(work);
  };
  const detach = attachIpc(ipcMain, { lab, jobs, engineJobs, version, openFolder, ...(downloads ? { downloads } : {}) });
  const parts = [keepHosting(lab, ending.signal, children()), followWork(lab, tell, ending.signal)];
  return {
    lab,
    work: () => latest,
    async close() {
      ending.abort();
      detach();
      await Promise.allSettled([...parts, jobs.close(), engineJobs.close()]);
      lab.close();
    },
  };
}
