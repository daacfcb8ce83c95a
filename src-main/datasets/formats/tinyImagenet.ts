// Tiny ImageNet: a zip of 64×64 JPEGs, or the folder that it unpacks to. Class numbers follow the sorted wnids; names come from words.txt;
// train/<wnid>/images/*.JPEG in the order of their paths, val by val_annotations.txt. Its test pictures have no labels.
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { createDecoder, type Decoded, type Decoder } from '../pictures/decode.ts';
import { openZip } from '../archives/zip.ts';
import { createFaultList, type FaultList } from './faults.ts';
import type { FormatReader, SplitTarget, Watch } from './format.ts';

const root = 'tiny-imagenet-200/';
const side = 64;
const maxClasses = 200;
const batch = 48;
const limits = { maxEntries: 130_000, maxEntryBytes: 16_000_000, maxBytes: 420_000_000 };

/** The files of the archive, or of the folder, by their paths in the archive. */
type Source = { paths: string[]; read(path: string): Promise<Buffer>; close(): Promise<void> };
type Sample = { path: string; label: number };
type Tree = { classes: string[]; train: Sample[]; val: Sample[] };

const byPath = (one: Sample, other: Sample): number => (one.path < other.path ? -1 : 1);
const linesOf = (text: string): string[] => text.split('\n').map((line) => line.trimEnd()).filter((line) => line !== '');

/** Whether the zip at `path` has the tree of Tiny ImageNet. Throws for a broken or hostile archive. */
export async function isTinyImagenet(path: string): Promise<boolean> {
  const zip = await openZip(path, limits);
  await zip.close();
  return zip.files.some((entry) => entry.path === `${root}wnids.txt`);
}

async function openArchive(archive: string): Promise<Source> {
  const zip = await openZip(archive, limits);
  const entries = new Map(zip.files.map((entry) => [entry.path, entry]));
  return { paths: [...entries.keys()], read: (path) => zip.read(entries.get(path) as (typeof zip.files)[number]), close: zip.close };
}

async function openFolder(folder: string): Promise<Source> {
  const items = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = items.filter((item) => item.isFile() && !item.name.startsWith('.')).map(({ parentPath, name }) => root + relative(folder, join(parentPath, name)).split(sep).join('/'));
  return { paths: files, read: (path) => readFile(join(folder, path.slice(root.length))), close: async () => {} };
}

const openSource = async (path: string): Promise<Source> => ((await stat(path)).isDirectory() ? openFolder(path) : openArchive(path));

async function readText(source: Source, name: string, faults: FaultList): Promise<string[]> {
  if (source.paths.includes(root + name)) return linesOf((await source.read(root + name)).toString('utf8'));
  faults.add(`${root}${name} is missing`);
  return [];
}

async function readClasses(source: Source, faults: FaultList): Promise<{ wnids: string[]; classes: string[] }> {
  const wnids = (await readText(source, 'wnids.txt', faults)).sort();
  const bad = wnids.find((wnid) => !/^n\d{8}$/.test(wnid));
  if (bad !== undefined) faults.add(`wnids.txt holds ${JSON.stringify(bad.slice(0, 40))}, which is no wnid`);
  if (wnids.length === 0 || wnids.length > maxClasses || new Set(wnids).size !== wnids.length) faults.add(`wnids.txt holds ${wnids.length} lines; up to ${maxClasses} different ones are expected`);
  const words = new Map((await readText(source, 'words.txt', faults)).map((line) => line.split('\t') as [string, string]));
  return { wnids, classes: wnids.map((wnid) => words.get(wnid) ?? wnid) };
}

async function readTree(source: Source, faults: FaultList): Promise<Tree> {
  const { wnids, classes } = await readClasses(source, faults);
  const labels = new Map(wnids.map((wnid, index) => [wnid, index]));
  const annotations = new Map((await readText(source, 'val/val_annotations.txt', faults)).map((line) => line.split('\t') as [string, string]));
  const tree: Tree = { classes, train: [], val: [] };
  for (const path of source.paths) {
    const [, split, first, second] = /^(train|val)\/(?:(n\d+)\/)?images\/([^/]+\.JPEG)$/.exec(path.slice(root.length)) ?? [];
    if (split === undefined || !path.startsWith(root)) continue;
    const wnid = split === 'train' ? first : annotations.get(second as string);
    const label = labels.get(wnid ?? '');
    if (label === undefined) faults.add(`${path} has no class: ${wnid === undefined ? 'it is not in val_annotations.txt' : `${wnid} is not in wnids.txt`}`);
    else tree[split as 'train' | 'val'].push({ path, label });
  }
  const present = new Set(tree.val.map(({ path }) => basename(path)));
  for (const file of annotations.keys()) if (!present.has(file)) faults.add(`val/images/${file} is missing`);
  tree.train.sort(byPath);
  tree.val.sort(byPath);
  const trained = new Set(tree.train.map(({ label }) => label));
  for (const wnid of wnids.filter((_, label) => !trained.has(label))) faults.add(`train/${wnid} has no pictures`);
  return tree;
}

type Copy = { source: Source; decoder: Decoder | null; faults: FaultList; onBatch(count: number): void; signal?: AbortSignal };

async function copySplit(samples: Sample[], append: (images: Uint8Array, labels: number[]) => Promise<void>, { source, decoder, faults, onBatch, signal }: Copy): Promise<void> {
  let ahead: { group: Sample[]; decoded: Promise<Decoded> } | null = null;
  const store = async (): Promise<void> => {
    if (ahead === null) return;
    const { group, decoded } = ahead;
    const { pixels, faults: found } = await decoded;
    for (const [index, fault] of found) faults.add(`${group[index]?.path}: ${fault}`);
    await append(pixels, group.map(({ label }) => label));
    onBatch(group.length);
  };
  for (let start = 0; start < samples.length; start += batch) {
    signal?.throwIfAborted();
    const group = samples.slice(start, start + batch);
    if (decoder === null) {
      await append(new Uint8Array(0), group.map(({ label }) => label));
      continue;
    }
    const pictures: Buffer[] = [];
    for (const { path } of group) pictures.push(await source.read(path));
    const decoded = decoder.decode(pictures);
    await store();
    ahead = { group, decoded };
  }
  await store();
}

async function copyTree(tree: Tree, writer: SplitTarget, { onProgress, ...copy }: Omit<Copy, 'onBatch'> & Watch): Promise<void> {
  const total = tree.train.length + tree.val.length;
  let done = 0;
  const onBatch = (count: number): void => {
    done += count;
    onProgress?.({ stage: 'unpack', done, total, unit: 'images' });
  };
  for (const name of ['train', 'val'] as const) {
    const split = await writer.split(name);
    await copySplit(tree[name], split.append, { ...copy, onBatch });
  }
}

/** Reads the archive, or the folder it unpacks to; every image must be a whole JPEG of 64×64 pixels. `countOnly` decodes none. */
export const readTinyImagenet: FormatReader = async (files, writer, { countOnly = false, ...watch }) => {
  const archive = files[0] as string;
  const faults = createFaultList(archive);
  const source = await openSource(archive);
  const decoder = countOnly ? null : createDecoder({ width: side, height: side, exact: true });
  try {
    const tree = await readTree(source, faults);
    if (tree.val.length === 0) faults.add('there are no validation pictures (val/images/*.JPEG)');
    faults.check();
    await copyTree(tree, writer, { source, decoder, faults, ...watch });
    faults.check();
    return { height: side, width: side, channels: 3, classes: tree.classes };
  } finally {
    decoder?.close();
    await source.close();
  }
};
