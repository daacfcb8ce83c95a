// Compares an installed data set with its manifest, byte for byte, and removes data sets.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError, type DatasetManifest, type Progress } from '#contract';
import { readManifest } from './manifest.ts';
import { datasetDirectory } from './paths.ts';
import { createStaging } from './staging.ts';

type VerifyOptions = { signal?: AbortSignal; onProgress?: (progress: Progress) => void };

/**
 * Reads every byte of the data set `name` and compares it with the manifest. Resolves with the manifest.
 * Throws DATASET_MISSING, or DATASET_DAMAGED naming each file that differs.
 */
export async function verifyDataset(root: string, name: string, options: VerifyOptions = {}): Promise<DatasetManifest> {
  const manifest = await readManifest(root, name);
  const directory = datasetDirectory(root, name);
  const total = Object.values(manifest.files).reduce((sum, { bytes }) => sum + bytes, 0);
  const wrong: string[] = [];
  let done = 0;
  for (const [file, expected] of Object.entries(manifest.files)) {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(join(directory, file), { highWaterMark: 1 << 20, signal: options.signal })) {
      hash.update(chunk as Buffer);
      done += (chunk as Buffer).length;
      options.onProgress?.({ stage: 'verify', done, total, unit: 'bytes' });
    }
    if (hash.digest('hex') !== expected.sha256) wrong.push(file);
  }
  if (wrong.length === 0) return manifest;
  const files = wrong.map((file) => join(directory, file));
  throw new LabError('DATASET_DAMAGED', `The data set "${name}" is damaged: ${files.join(', ')} changed since the installation. Remove it and install it again: vsgd-lab datasets remove ${name}.`, { place: { file: files[0] as string } });
}

async function removeFolder(root: string, name: string): Promise<void> {
  const directory = datasetDirectory(root, name);
  const staging = await createStaging(root);
  try {
    await rename(directory, join(staging.directory, 'removed'));
  } catch (cause) {
    throw new LabError('DATASET_MISSING', `The data set "${name}" is not installed in ${root}: nothing to remove.`, { place: { file: directory }, cause });
  } finally {
    await staging.remove();
  }
}

/**
 * Deletes an installed data set; it disappears at once (one rename), its bytes a moment later. `shapes` means every
 * generated cache. Throws DATASET_MISSING.
 */
export async function removeDataset(root: string, name: string): Promise<void> {
  if (name !== 'shapes') return removeFolder(root, name);
  for (const made of (await readdir(root).catch(() => [])).filter((folder) => folder.startsWith('shapes-'))) await removeFolder(root, made);
}
