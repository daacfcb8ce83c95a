// Where an engine grows before it is one: a folder of its own, renamed into place when it is whole. Nobody sees half of one.
import { randomUUID } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError, type TensorflowManifest } from '#contract';

const prefix = '.staging-';

export type Staging = { folder: string; check(): Promise<void>; publish(manifest: TensorflowManifest, target: string): Promise<void>; remove(): Promise<void> };

/** Deletes what installations that were killed have left; the caller holds the lock. */
export async function clearStaging(engines: string): Promise<void> {
  for (const name of readdirSync(engines)) if (name.startsWith(prefix)) await rm(join(engines, name), { recursive: true, force: true });
}

/** Writes an engine's manifest, whole or not at all. */
export async function writeManifest(folder: string, manifest: TensorflowManifest): Promise<void> {
  const temporary = join(folder, `manifest.json.${randomUUID()}`);
  const file = await open(temporary, 'wx', 0o644);
  try {
    await file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(folder, 'manifest.json'));
}

/** Makes an empty staging folder in `engines`. */
export async function createStaging(engines: string): Promise<Staging> {
  const folder = join(engines, `${prefix}${randomUUID()}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { ino } = lstatSync(folder);
  const check = async (): Promise<void> => {
    const now = lstatSync(folder, { throwIfNoEntry: false });
    if (!now?.isDirectory() || now.ino !== ino) throw new LabError('ENGINE_HOSTILE', `${folder} was exchanged while the engine was unpacked. Nothing was installed. Look who else writes to this folder.`, { place: { file: folder } });
  };
  return {
    folder, check,
    async publish(manifest, target) {
      await check();
      await writeManifest(folder, manifest);
      await rm(target, { recursive: true, force: true });
      await rename(folder, target);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
