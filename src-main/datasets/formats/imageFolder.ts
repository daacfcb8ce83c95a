// A folder of pictures, one folder per class, with or without train/, val/ and test/ above the classes.
// JPEG and PNG, scaled to cover the wanted size and cut to it around the centre. Links are not followed.
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { LabError, permutation } from '#contract';
import type { CacheWriter, SplitWriter } from '../cache/writer.ts';
import { createDecoder, type Decoder } from '../pictures/decode.ts';
import { readPictureHeader } from '../pictures/header.ts';
import type { Content, Watch } from './format.ts';

/** A file that was left out, and why. */
export type SkippedFile = { file: string; reason: string };

/** How to read a folder: side of the pictures in pixels; share held back as test split where the folder has none; its seed. */
export type FolderOptions = Watch & { path: string; xDim: number; holdOut: number; seed?: number };

type SplitName = 'train' | 'val' | 'test';
type Sample = { file: string; label: number };
type FolderTree = { classes: string[]; splits: Map<SplitName, Sample[]>; skipped: SkippedFile[] };

const splitNames = ['train', 'val', 'test'] as const;
const formats: Record<string, string> = { '.jpg': 'jpeg', '.jpeg': 'jpeg', '.png': 'png' };
const maxFileBytes = 64_000_000;
const maxFiles = 5_000_000;
const batch = 16;

type Listed = { folders: string[]; files: string[] };

async function list(folder: string, skipped: SkippedFile[]): Promise<Listed> {
  const items = await readdir(folder, { withFileTypes: true });
  const result: Listed = { folders: [], files: [] };
  for (const item of items.filter(({ name }) => !name.startsWith('.'))) {
    if (item.isDirectory()) result.folders.push(item.name);
    else if (item.isFile()) result.files.push(item.name);
    else skipped.push({ file: join(folder, item.name), reason: 'it is a link or no plain file' });
  }
  result.folders.sort();
  result.files.sort();
  return result;
}

async function listClass(folder: string, label: number, skipped: SkippedFile[]): Promise<Sample[]> {
  const { folders, files } = await list(folder, skipped);
  for (const name of folders) skipped.push({ file: join(folder, name), reason: 'folders within a class are not read' });
  const known = files.filter((name) => formats[extname(name).toLowerCase()] !== undefined);
  for (const name of files.filter((other) => !known.includes(other))) skipped.push({ file: join(folder, name), reason: 'its name ends neither in .jpg, .jpeg nor .png' });
  return known.map((name) => ({ file: join(folder, name), label }));
}

function drawHeldBack(samples: Sample[], share: number, seed: number): { train: Sample[]; test: Sample[] } {
  const count = Math.min(samples.length - 1, Math.max(1, Math.round(samples.length * share)));
  const drawn = new Set(permutation(samples.length, seed, { purpose: 'holdout', a: 0 }).subarray(0, count));
  return { train: samples.filter((_, index) => !drawn.has(index)), test: samples.filter((_, index) => drawn.has(index)) };
}

async function readTree({ path, holdOut, seed = 0 }: FolderOptions): Promise<FolderTree> {
  const skipped: SkippedFile[] = [];
  const top = await list(path, skipped);
  const given = splitNames.filter((name) => top.folders.includes(name));
  const bases = given.includes('train') ? given.map((name) => [name, join(path, name)] as const) : [['train', path] as const];
  const listed = await Promise.all(bases.map(async ([name, base]) => [name, base, (await list(base, skipped)).folders] as const));
  const classes = [...new Set(listed.flatMap(([, , folders]) => folders))].sort();
  const splits = new Map<SplitName, Sample[]>();
  let files = 0;
  for (const [name, base, folders] of listed) {
    const samples: Sample[] = [];
    for (const folder of folders) samples.push(...await listClass(join(base, folder), classes.indexOf(folder), skipped));
    files += samples.length;
    if (files > maxFiles) throw new LabError('DATASET_HOSTILE', `${path} holds more than ${maxFiles} pictures.`, { place: { file: path } });
    if (samples.length > 0) splits.set(name, samples);
  }
  const train = splits.get('train') ?? [];
  if (splits.size === 1 && train.length > 1) for (const [name, samples] of Object.entries(drawHeldBack(train, holdOut, seed))) splits.set(name as SplitName, samples);
  return { classes, splits, skipped };
}

/** The bytes of a picture, or what is wrong with its file. */
async function readPicture(file: string): Promise<Buffer | string> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch(() => null);
  if (handle === null) return 'it cannot be opened, or became a link';
  try {
    const { size } = await handle.stat();
    if (size > maxFileBytes) return `it has ${size} bytes; at most ${maxFileBytes} are allowed`;
    const bytes = await handle.readFile();
    const header = readPictureHeader(bytes);
    if (typeof header === 'string') return header;
    return header.format === formats[extname(file).toLowerCase()] ? bytes : `it is a ${header.format.toUpperCase()} under another name`;
  } finally {
    await handle.close();
  }
}

type Group = { decoder: Decoder; split: SplitWriter; skipped: SkippedFile[]; pictureBytes: number };

async function copyGroup(group: Sample[], { decoder, split, skipped, pictureBytes }: Group): Promise<void> {
  const read = await Promise.all(group.map(async ({ file, label }) => ({ file, label, bytes: await readPicture(file) })));
  for (const { file, bytes } of read) if (typeof bytes === 'string') skipped.push({ file, reason: bytes });
  const whole = read.filter((picture): picture is { file: string; label: number; bytes: Buffer } => typeof picture.bytes !== 'string');
  const { pixels, faults } = await decoder.decode(whole.map(({ bytes }) => bytes));
  for (const [index, reason] of faults) skipped.push({ file: whole[index]?.file ?? '', reason });
  const good = whole.map(({ label }, index) => ({ label, index })).filter(({ index }) => !faults.has(index));
  const kept = good.map(({ index }) => pixels.subarray(index * pictureBytes, (index + 1) * pictureBytes));
  await split.append(Buffer.concat(kept), good.map(({ label }) => label));
}

type CopyOptions = { tree: FolderTree; writer: CacheWriter; decoder: Decoder; options: FolderOptions };

async function copyTree({ tree, writer, decoder, options }: CopyOptions): Promise<number[]> {
  const total = [...tree.splits.values()].reduce((sum, samples) => sum + samples.length, 0);
  const counts: number[] = [];
  let done = 0;
  for (const [name, samples] of tree.splits) {
    const split = await writer.split(name);
    for (let start = 0; start < samples.length; start += batch) {
      options.signal?.throwIfAborted();
      const group = samples.slice(start, start + batch);
      await copyGroup(group, { decoder, split, skipped: tree.skipped, pictureBytes: 3 * options.xDim ** 2 });
      done += group.length;
      options.onProgress?.({ stage: 'unpack', done, total, unit: 'images' });
    }
    counts.push(split.count);
  }
  return counts;
}

/**
 * Reads the folder into the writer. Damaged and foreign files are left out and returned. Throws DATASET_DAMAGED when
 * there are fewer than two classes, or a split without a single readable picture.
 */
export async function readImageFolder(options: FolderOptions, writer: CacheWriter): Promise<{ content: Content; skipped: SkippedFile[] }> {
  const tree = await readTree(options);
  const where = { place: { file: options.path } };
  const expected = `Expected is one folder per class with JPEG or PNG pictures in it, if need be below train/, val/ and test/.`;
  if (tree.classes.length < 2 || !tree.splits.has('train')) throw new LabError('DATASET_DAMAGED', `${options.path} holds ${tree.classes.length} class folders. ${expected}`, where);
  const decoder = createDecoder({ width: options.xDim, height: options.xDim, exact: false });
  try {
    const counts = await copyTree({ tree, writer, decoder, options });
    const first = tree.skipped[0];
    if (counts.includes(0)) throw new LabError('DATASET_DAMAGED', `${options.path} has a split without any readable picture. ${expected}${first ? ` First file left out: ${relative(options.path, first.file)}: ${first.reason}.` : ''}`, where);
  } finally {
    decoder.close();
  }
  return { content: { height: options.xDim, width: options.xDim, channels: 3, classes: tree.classes }, skipped: tree.skipped };
}
