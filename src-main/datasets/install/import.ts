// Imports what a user has on disk: an archive of the catalogue, the folder it unpacks to, or a folder of images.
import { basename, resolve } from 'node:path';
import { LabError, type DatasetManifest, type SkippedFile } from '#contract';
import { findEntry, type CatalogEntry } from '../catalog/catalog.ts';
import { isDatasetName, toDatasetName } from '../cache/paths.ts';
import { createCacheWriter } from '../cache/writer.ts';
import type { Watch } from '../formats/format.ts';
import { doubtsOf } from '../imageFolder/doubts.ts';
import { readImageFolder } from '../imageFolder/read.ts';
import type { ScannedFolder } from '../imageFolder/scan.ts';
import { recognise } from './recognise.ts';
import { explainAbort, unpackEntry } from './unpack.ts';

/** Side in pixels that images of a folder are resized to, and the share of them that is held back as test split, unless chosen. */
export const defaultImport = { xDim: 64, holdOut: 0.1 } as const;
/** Sides that a folder of images can be resized to. */
export const importSides = { min: 8, max: 1024 } as const;

/**
 * `name`, `xDim` and `holdOut` are for folders of images only. `origin`: where a folder comes from, in words, where its path says nothing.
 * `confirmed`: import a folder that hardly looks like a data set.
 */
export type ImportOptions = Watch & { root: string; path: string; name?: string; origin?: string; acceptDigest?: boolean; confirmed?: boolean; xDim?: number; holdOut?: number; seed?: number };

/** The installed data set, what was left out of a folder, and what a user should know. */
export type ImportResult = { manifest: DatasetManifest; skipped: SkippedFile[]; warnings: string[] };

const isTaken = (name: string): boolean => findEntry(name) !== null || name.startsWith('shapes');

/** @throws LabError USAGE for a side or share out of range, whoever gave it */
export function checkImportSettings({ xDim = defaultImport.xDim, holdOut = defaultImport.holdOut }: Pick<ImportOptions, 'xDim' | 'holdOut'>): { xDim: number; holdOut: number } {
  const { min, max } = importSides;
  if (!Number.isInteger(xDim) || xDim < min || xDim > max) throw new LabError('USAGE', `--x-dim must be a whole number of pixels from ${min} to ${max}; it is ${xDim}.`, { place: { key: '--x-dim' } });
  if (!(holdOut > 0 && holdOut < 1)) throw new LabError('USAGE', `--hold-out must be a share between 0 and 1, as 0.1; it is ${holdOut}.`, { place: { key: '--hold-out' } });
  return { xDim, holdOut };
}

/** The name of an image folder's data set: the one that is given, or one made of the folder's. @throws LabError USAGE, CONFLICT */
export function folderName(path: string, name?: string): string {
  if (name !== undefined) {
    if (!isDatasetName(name)) throw new LabError('USAGE', `"${name}" cannot name a data set: use at most 64 letters, digits, ".", "_" or "-", beginning with a letter or digit.`);
    if (isTaken(name)) throw new LabError('CONFLICT', `"${name}" is the name of a data set of the catalogue: choose another name for the folder (--name).`);
    return name;
  }
  const made = toDatasetName(basename(resolve(path)));
  if (made === null) throw new LabError('USAGE', `No name can be made of ${path}: choose one (--name).`);
  return isTaken(made) ? `my-${made}`.slice(0, 64) : made;
}

function refuseDoubtful(path: string, found: ScannedFolder): void {
  const doubts = doubtsOf(found);
  if (doubts.length > 0) throw new LabError('USAGE', `${path} hardly looks like a data set of images; nothing was installed. ${doubts.join(' ')} Import it anyway with --yes, or choose another folder.`, { place: { file: path } });
}

async function importFolder(path: string, options: ImportOptions): Promise<ImportResult> {
  const { root, origin = resolve(path), seed = 0, signal, onProgress } = options;
  const name = folderName(path, options.name);
  const settings = checkImportSettings(options);
  try {
    const { content, skipped, warnings, writer } = await readImageFolder({ path: resolve(path), ...settings, seed, signal, onProgress, approve: (found) => { if (!options.confirmed) refuseDoubtful(path, found); } }, () => createCacheWriter({ root, name }));
    try {
      return { manifest: await writer.finish({ ...content, source: { kind: 'folder', detail: origin, digests: {}, official: false } }, { leftOut: skipped }), skipped, warnings };
    } finally {
      await writer.abort();
    }
  } catch (error) {
    throw explainAbort(error, { name, signal });
  }
}

/**
 * Imports an archive file, the folder it unpacks to, MNIST's four files, or a folder of images; its content decides which.
 * @throws LabError NOT_FOUND, USAGE, CONFLICT, DATASET_DAMAGED, DATASET_HOSTILE, DISK_FULL, CANCELLED; nothing is installed then
 */
export async function importDataset(options: ImportOptions): Promise<ImportResult> {
  const { root, path, acceptDigest, signal, onProgress } = options;
  const found = await recognise(path);
  if (found.kind === 'folder') return importFolder(found.path, options);
  const { name, paths, unpacked } = found;
  return { manifest: await unpackEntry({ root, entry: findEntry(name) as CatalogEntry, paths, kind: 'import', acceptDigest, unpacked, signal, onProgress }), skipped: [], warnings: [] };
}
