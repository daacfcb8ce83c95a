// A folder of images, one folder per class, with or without splits above the classes, into a packed cache.
// JPEG and PNG, turned as their EXIF orientation says, scaled to cover the size and cut to it around the center.
import { LabError, type SkippedFile } from '#contract';
import type { CacheWriter, SplitWriter } from '../cache/writer.ts';
import { createDecoder, type Decoder } from '../pictures/decode.ts';
import type { Content } from '../formats/format.ts';
import type { FolderTree, Sample } from './layout.ts';
import { checkedTree, nameWithin, readImage, scanFolder, type FolderOptions, type ScannedFolder } from './scan.ts';

const batch = 16;

type Group = { decoder: Decoder; split: SplitWriter; skip(file: string, reason: string): void; imageBytes: number };

async function copyGroup(group: Sample[], { decoder, split, skip, imageBytes }: Group): Promise<void> {
  const read = await Promise.all(group.map(async ({ file, label }) => ({ file, label, image: await readImage(file) })));
  for (const { file, image } of read) if (typeof image === 'string') skip(file, image);
  const whole = read.flatMap(({ file, label, image }) => (typeof image === 'string' ? [] : [{ file, label, bytes: image.bytes }]));
  const { pixels, faults } = await decoder.decode(whole.map(({ bytes }) => bytes));
  for (const [index, reason] of faults) skip(whole[index]?.file ?? '', reason);
  const good = whole.map(({ label }, index) => ({ label, index })).filter(({ index }) => !faults.has(index));
  const kept = good.map(({ index }) => pixels.subarray(index * imageBytes, (index + 1) * imageBytes));
  await split.append(Buffer.concat(kept), good.map(({ label }) => label));
}

type CopyOptions = { tree: FolderTree; writer: CacheWriter; options: FolderOptions };

/** Decodes all images into the writer; what cannot be decoded comes back with its reason. */
async function copyTree({ tree, writer, options }: CopyOptions): Promise<Map<string, string>> {
  const total = [...tree.splits.values()].reduce((sum, samples) => sum + samples.length, 0);
  const faults = new Map<string, string>();
  const decoder = createDecoder({ width: options.xDim, height: options.xDim, exact: false });
  let done = 0;
  try {
    for (const [name, samples] of tree.splits) {
      const split = await writer.split(name);
      for (let start = 0; start < samples.length; start += batch) {
        options.signal?.throwIfAborted();
        const group = samples.slice(start, start + batch);
        await copyGroup(group, { decoder, split, skip: (file, reason) => faults.set(file, reason), imageBytes: 3 * options.xDim ** 2 });
        done += group.length;
        options.onProgress?.({ stage: 'unpack', done, total, unit: 'images' });
      }
    }
  } finally {
    decoder.close();
  }
  return faults;
}

function without(tree: FolderTree, faults: Map<string, string>, path: string): FolderTree {
  const splits = new Map([...tree.splits].map(([name, samples]) => [name, samples.filter(({ file }) => !faults.has(file))] as const).filter(([, samples]) => samples.length > 0));
  const skipped = [...tree.skipped, ...[...faults].map(([file, reason]) => ({ file: nameWithin(path, file), reason }))];
  return checkedTree({ ...tree, splits, skipped }, tree, path);
}

/** What was read, into which writer. */
export type FolderContent = { content: Content; skipped: SkippedFile[]; warnings: string[]; writer: CacheWriter };

/** `approve` sees what was found before anything is written, and may throw. */
type ReadOptions = FolderOptions & { approve?(found: ScannedFolder): void };

/**
 * Reads the folder into a packed cache made by `createWriter`. Damaged and foreign files are left out and returned. Where all training images of a
 * class turn out to be damaged the cache is written once more, without that class.
 * @throws LabError DATASET_DAMAGED where there are fewer than two classes with training images, or a split without a readable image
 */
export async function readImageFolder(options: ReadOptions, createWriter: () => Promise<CacheWriter>): Promise<FolderContent> {
  const scanned = await scanFolder(options);
  options.approve?.(scanned);
  let tree: FolderTree = scanned;
  for (let turn = 0; turn < 3; turn += 1) {
    const writer = await createWriter();
    try {
      const good = without(tree, await copyTree({ tree, writer, options }), options.path);
      if (good.classes.length === tree.classes.length) return { content: { height: options.xDim, width: options.xDim, channels: 3, classes: good.classes }, skipped: good.skipped, warnings: good.warnings, writer };
      tree = good;
      await writer.abort();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }
  throw new LabError('DATASET_DAMAGED', `${options.path} changed while it was imported; nothing was installed. Import it again.`, { place: { file: options.path } });
}
