// Reads every image file of a folder and checks its header, so that counts are known before anything is decoded.
// Also draws the test split of a folder that has none.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { heldBackCount, LabError, permutation } from '#contract';
import { readPictureHeader } from '../pictures/header.ts';
import type { Watch } from '../formats/format.ts';
import { dropUntrained, expectedLayout, readLayout, type FolderTree, type Sample } from './layout.ts';
import { formatOfName } from './names.ts';

/** How to read a folder: side of the images in pixels; share held back as test split where the folder has none; its seed. */
export type FolderOptions = Watch & { path: string; xDim: number; holdOut: number; seed?: number };

/** A folder's readable images. `heldOut`: the test split was drawn from the training images. */
export type ScannedFolder = FolderTree & { sizes: Map<string, number>; heldOut: boolean };

const maxFileBytes = 64_000_000;
const atOnce = 16;

/** The path of a file within the folder, with slashes. */
export const nameWithin = (root: string, file: string): string => relative(root, file).split(sep).join('/');

/** The bytes and size of an image, or what is wrong with its file. */
export async function readImage(file: string): Promise<{ bytes: Buffer; size: string } | string> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch(() => null);
  if (handle === null) return 'it cannot be opened, or became a link';
  try {
    const { size } = await handle.stat();
    if (size > maxFileBytes) return `it has ${size} bytes; at most ${maxFileBytes} are allowed`;
    const bytes = await handle.readFile();
    const header = readPictureHeader(bytes);
    if (typeof header === 'string') return header;
    return header.format === formatOfName(file) ? { bytes, size: `${header.width}×${header.height}` } : `it is a ${header.format.toUpperCase()} under another name`;
  } finally {
    await handle.close();
  }
}

/** Draws a share of each class, at least one image where a class has two, so that every class is tested. */
function holdBack(samples: Sample[], share: number, seed: number): { train: Sample[]; test: Sample[] } {
  const drawn = new Set<Sample>();
  const byClass = Map.groupBy(samples, ({ label }) => label);
  for (const [label, own] of byClass) {
    for (const at of permutation(own.length, seed, { purpose: 'holdout', a: label }).subarray(0, heldBackCount(own.length, share))) drawn.add(own[at] as Sample);
  }
  return { train: samples.filter((sample) => !drawn.has(sample)), test: samples.filter((sample) => drawn.has(sample)) };
}

/** Leaves out the classes that `tree` has no training image of. @throws LabError DATASET_DAMAGED where fewer than two classes or an empty split remain */
export function checkedTree(tree: FolderTree, before: FolderTree, path: string): FolderTree {
  const kept = dropUntrained(tree, (file) => nameWithin(path, file));
  const where = { place: { file: path } };
  const first = tree.skipped[0];
  const reason = first ? ` First file left out: ${first.file}: ${first.reason}.` : '';
  for (const name of tree.classes.filter((one) => !kept.classes.includes(one))) kept.warnings.push(`The class ${name} is left out: none of its training images can be read.`);
  if (kept.classes.length < 2) throw new LabError('DATASET_DAMAGED', `${path} cannot be imported as an image folder: ${kept.classes.length === 0 ? 'no image can be read' : `only the class ${kept.classes[0]} has readable training images`}. ${expectedLayout}${reason}`, where);
  const lost = [...before.splits.keys()].find((split) => !kept.splits.has(split));
  if (lost !== undefined) throw new LabError('DATASET_DAMAGED', `${path} cannot be imported: no image of ${lost}/ can be read. Repair or remove that folder.${reason}`, where);
  return kept;
}

/**
 * The readable images of a folder by split and class.
 * @throws LabError DATASET_DAMAGED where the layout is not that of an image folder, or no image of a split can be read
 */
export async function scanFolder({ path, holdOut, seed = 0, signal, onProgress }: FolderOptions): Promise<ScannedFolder> {
  const layout = await readLayout(path);
  const sizes = new Map<string, number>();
  const total = [...layout.splits.values()].reduce((sum, samples) => sum + samples.length, 0);
  const readable: FolderTree = { ...layout, splits: new Map() };
  let done = 0;
  for (const [split, samples] of layout.splits) {
    const good: Sample[] = [];
    for (let start = 0; start < samples.length; start += atOnce) {
      signal?.throwIfAborted();
      const group = samples.slice(start, start + atOnce);
      const read = await Promise.all(group.map(({ file }) => readImage(file)));
      for (const [index, image] of read.entries()) {
        const sample = group[index] as Sample;
        if (typeof image === 'string') layout.skipped.push({ file: nameWithin(path, sample.file), reason: image });
        else {
          good.push(sample);
          sizes.set(image.size, (sizes.get(image.size) ?? 0) + 1);
        }
      }
      done += group.length;
      onProgress?.({ stage: 'inspect', done, total, unit: 'images' });
    }
    if (good.length > 0) readable.splits.set(split, good);
  }
  const tree = checkedTree(readable, layout, path);
  const heldOut = tree.splits.size === 1;
  const splits = heldOut ? new Map(Object.entries(holdBack(tree.splits.get('train') ?? [], holdOut, seed)) as [keyof ReturnType<typeof holdBack>, Sample[]][]) : tree.splits;
  return { ...tree, splits: new Map([...splits].filter(([, samples]) => samples.length > 0)), sizes, heldOut };
}
