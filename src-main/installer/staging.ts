// Where an engine grows before it is one: a folder of its own, renamed into place when it is whole. Nobody sees half of one.
import { randomUUID } from 'node:crypto';
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError, type TensorflowManifest } from '#contract';

const prefix = '.staging-';

/** `folder`: the engine that grows, under the name that it will have; `publish` puts it in the place of one of that name. */
export type Staging = { folder: string; check(): Promise<void>; publish(): Promise<string>; remove(): Promise<void> };

const formerFolder = (root: string): string => join(root, 'former');

/** Puts back what was taken out of its place for an engine that did not come into it. */
async function putBack(root: string, engines: string): Promise<void> {
  const former = formerFolder(root);
  for (const name of existsSync(former) ? readdirSync(former) : []) if (!existsSync(join(engines, name))) await rename(join(former, name), join(engines, name));
}

/** Deletes what installations that were killed have left; the caller holds the lock. */
export async function clearStaging(engines: string): Promise<void> {
  for (const root of readdirSync(engines).filter((name) => name.startsWith(prefix)).map((name) => join(engines, name))) {
    await putBack(root, engines);
    await rm(root, { recursive: true, force: true });
  }
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

/** Makes an empty staging folder in `engines` for the engine's folder `name`. */
export async function createStaging(engines: string, name: string): Promise<Staging> {
  const root = join(engines, `${prefix}${randomUUID()}`);
  const [folder, target] = [join(root, name), join(engines, name)];
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { ino } = lstatSync(folder);
  const check = async (): Promise<void> => {
    const now = lstatSync(folder, { throwIfNoEntry: false });
    if (!now?.isDirectory() || now.ino !== ino) throw new LabError('ENGINE_HOSTILE', `${folder} was exchanged while the engine was unpacked. Nothing was installed. Look who else writes to this folder.`, { place: { file: folder } });
  };
  return {
    folder, check,
    async publish() {
      await check();
      await mkdir(formerFolder(root));
      if (existsSync(target)) await rename(target, join(formerFolder(root), name));
      try {
        await rename(folder, target);
      } finally {
        await putBack(root, engines);
      }
      return target;
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
