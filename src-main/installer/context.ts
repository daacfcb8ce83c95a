// What an installation works with: folders, how it is watched, and the parts that tests put others in place of.
import { statfs } from 'node:fs/promises';
import { LabError, type EngineProbe, type Progress } from '#contract';
import type { TensorflowModule } from '#training';
import { thisPlatform, type Platform } from './packageIndex/wheels.ts';

export type Flavour = 'cpu' | 'cuda';

/** What a try of an engine has found. */
export type ProbeResult = Pick<EngineProbe, 'usable' | 'reason' | 'device'>;

/** `build`: makes the binding in an engine's folder; `hash`: of the sources that it would be built from; `probe`: tries the engine of that name in a folder of engines, in a process of its own. */
export type InstallTools = {
  build: TensorflowModule['buildTensorflowBinding'];
  hash(): string;
  probe(name: 'tensorflow' | 'tensorflow-cuda', engines: string): Promise<ProbeResult>;
};

/** `engines` and `downloads`: folders of HOME. `environment`: where pip's variables are looked up. `freeBytes`: of a folder's disk. `checkUnused`: throws while something computes with the engine that is to be replaced. */
export type InstallContext = {
  engines: string;
  downloads: string;
  tools: InstallTools;
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  environment?: NodeJS.ProcessEnv;
  platform?: Platform;
  freeBytes?: (folder: string) => Promise<number>;
  checkUnused?: () => void;
};

export const platformOf = ({ platform }: InstallContext): Platform => platform ?? thisPlatform();

async function freeOnDisk(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

/** @throws LabError DISK_FULL, with both numbers, before anything is written */
export async function ensureRoom({ engines, freeBytes = freeOnDisk }: InstallContext, bytes: number): Promise<void> {
  const free = await freeBytes(engines);
  if (free >= bytes) return;
  throw new LabError('DISK_FULL', `The engine needs ${megabytes(bytes)} in ${engines} for its download and what is unpacked of it; ${megabytes(free)} are free. Free some space, or choose another folder with --home.`, { place: { file: engines } });
}

/** @throws LabError CANCELLED once somebody has asked for the end */
export function checkCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new LabError('CANCELLED', 'The installation was cancelled; what was downloaded is kept for the next try.');
}
