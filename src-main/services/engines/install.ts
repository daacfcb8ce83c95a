// Installing and removing engines of a home: one at a time, never under a run that computes with them.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LabError, type EngineInfo, type Progress } from '#contract';
import { discardDownloads, emptyTrash, installTensorflow, putAway, type InstallInput, type InstallResult, type InstallTools } from '#installer';
import { takeLock } from '#runs';
import { listRuns } from '#store';
import { loadTensorflow, probeEngine } from '#training';
import type { Lab } from '../lab.ts';

export type EngineWatch = { signal?: AbortSignal; onProgress?: (progress: Progress) => void };

/** Does something while nobody else changes the engines' folder. @throws LabError CONFLICT */
export async function withEnginesLocked<T>({ home }: Lab, work: () => Promise<T>): Promise<T> {
  mkdirSync(home.engines, { recursive: true, mode: 0o700 });
  const release = takeLock(join(home.engines, 'install.lock'));
  if (release === null) throw new LabError('CONFLICT', 'Another installation or removal of an engine is under way in this home. Wait for its end, or cancel it.', { place: { file: home.engines } });
  try {
    return await work();
  } finally {
    release();
  }
}

/** @throws LabError CONFLICT while a run computes with TensorFlow */
function checkUnused({ database }: Lab): void {
  const user = listRuns(database, { states: ['starting', 'running', 'pausing', 'stopping'] }).find(({ engine }) => engine !== null && (JSON.parse(engine) as EngineInfo).name === 'tensorflow');
  if (user) throw new LabError('CONFLICT', `The run ${user.id} computes with TensorFlow. Stop it first; it can go on with another engine.`);
}

/** @throws LabError CONFLICT, also while a run computes with what would be replaced, and what installTensorflow throws */
export async function installEngine(lab: Lab, input: InstallInput, watch: EngineWatch = {}): Promise<InstallResult> {
  const { engines, downloads } = lab.home;
  const { buildTensorflowBinding, bindingHash } = await loadTensorflow();
  const tools: InstallTools = {
    build: buildTensorflowBinding, hash: bindingHash,
    probe: (name, folder) => probeEngine(name, { engines: folder, fresh: true }),
  };
  return withEnginesLocked(lab, () => installTensorflow(input, { engines, downloads, tools, checkUnused: () => checkUnused(lab), ...watch }));
}

/** Puts an engine out of use; `bringBack` undoes it until its trash is emptied. @returns the trash's entry @throws LabError NOT_FOUND, CONFLICT */
export function putEngineAway(lab: Lab, name: string): Promise<string> {
  checkUnused(lab);
  return withEnginesLocked(lab, () => putAway(lab.home.engines, name));
}

/** Deletes an engine at once. @throws LabError NOT_FOUND, CONFLICT */
export async function removeEngine(lab: Lab, name: string): Promise<void> {
  await emptyTrash(lab.home.engines, await putEngineAway(lab, name));
}

/** Deletes what an installation has downloaded that was not brought to its end. @throws LabError CONFLICT while one is under way */
export const discardInstallation = (lab: Lab): Promise<void> => withEnginesLocked(lab, () => discardDownloads(lab.home));
