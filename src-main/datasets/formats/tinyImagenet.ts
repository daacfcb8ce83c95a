// Tiny ImageNet: a zip of 64×64 JPEGs. Class numbers follow the sorted wnids; names come from words.txt;
// train/<wnid>/images/*.JPEG in the order of their paths, val by val_annotations.txt. Its test pictures have no labels.
import { basename } from 'node:path';
import { createDecoder, type Decoded, type Decoder } from '../pictures/decode.ts';
import { openZip, type ZipArchive, type ZipEntry } from '../archives/zip.ts';
import type { CacheWriter } from '../cache/writer.ts';
import { createFaultList, type FaultList } from './faults.ts';
import type { FormatReader, Watch } from './format.ts';

const root = 'tiny-imagenet-200/';
const side = 64;
const maxClasses = 200;
const batch = 48;
const limits = { maxEntries: 130_000, maxEntryBytes: 16_000_000, maxBytes: 420_000_000 };

type Sample = { entry: ZipEntry; label: number };
type Tree = { classes: string[]; train: Sample[]; val: Sample[] };

const byPath = (one: Sample, other: Sample): number => (one.entry.path < other.entry.path ? -1 : 1);
const linesOf = (text: string): string[] => text.split('\n').map((line) => line.trimEnd()).filter((line) => line !== '');

/** Whether the zip at `path` has the tree of Tiny ImageNet. Throws for a broken or hostile archive. */
export async function isTinyImagenet(path: string): Promise<boolean> {
  const zip = await openZip(path, limits);
  await zip.close();
  return zip.files.some((entry) => entry.path === `${root}wnids.txt`);
}

async function readText(zip: ZipArchive, name: string, faults: FaultList): Promise<string[]> {
  const entry = zip.files.find(({ path }) => path === root + name);
  if (entry !== undefined) return linesOf((await zip.read(entry)).toString('utf8'));
  faults.add(`${root}${name} is missing`);
  return [];
}

async function readClasses(zip: ZipArchive, faults: FaultList): Promise<{ wnids: string[]; classes: string[] }> {
  const wnids = (await readText(zip, 'wnids.txt', faults)).sort();
  const bad = wnids.find((wnid) => !/^n\d{8}$/.test(wnid));
  if (bad !== undefined) faults.add(`wnids.txt holds ${JSON.stringify(bad.slice(0, 40))}, which is no wnid`);
  if (wnids.length === 0 || wnids.length > maxClasses || new Set(wnids).size !== wnids.length) faults.add(`wnids.txt holds ${wnids.length} lines; up to ${maxClasses} different ones are expected`);
  const words = new Map((await readText(zip, 'words.txt', faults)).map((line) => line.split('\t') as [string, string]));
  return { wnids, classes: wnids.map((wnid) => words.get(wnid) ?? wnid) };
}

async function readTree(zip: ZipArchive, faults: FaultList): Promise<Tree> {
  const { wnids, classes } = await readClasses(zip, faults);
  const labels = new Map(wnids.map((wnid, index) => [wnid, index]));
  const annotations = new Map((await readText(zip, 'val/val_annotations.txt', faults)).map((line) => line.split('\t') as [string, string]));
  const tree: Tree = { classes, train: [], val: [] };
  for (const entry of zip.files) {
    const [, split, first, second] = /^(train|val)\/(?:(n\d+)\/)?images\/([^/]+\.JPEG)$/.exec(entry.path.slice(root.length)) ?? [];
    if (split === undefined || !entry.path.startsWith(root)) continue;
    const wnid = split === 'train' ? first : annotations.get(second as string);
    const label = labels.get(wnid ?? '');
    if (label === undefined) faults.add(`${entry.path} has no class: ${wnid === undefined ? 'it is not in val_annotations.txt' : `${wnid} is not in wnids.txt`}`);
    else tree[split as 'train' | 'val'].push({ entry, label });
  }
  const present = new Set(tree.val.map(({ entry }) => basename(entry.path)));
  for (const file of annotations.keys()) if (!present.has(file)) faults.add(`val/images/${file} is missing`);
  tree.train.sort(byPath);
  tree.val.sort(byPath);
  const trained = new Set(tree.train.map(({ label }) => label));
  for (const wnid of wnids.filter((_, label) => !trained.has(label))) faults.add(`train/${wnid} has no pictures`);
  return tree;
}

type Copy = { zip: ZipArchive; decoder: Decoder; faults: FaultList; onBatch(count: number): void; signal?: AbortSignal };

async function copySplit(samples: Sample[], append: (images: Uint8Array, labels: number[]) => Promise<void>, { zip, decoder, faults, onBatch, signal }: Copy): Promise<void> {
  let ahead: { group: Sample[]; decoded: Promise<Decoded> } | null = null;
  const store = async (): Promise<void> => {
    if (ahead === null) return;
    const { group, decoded } = ahead;
    const { pixels, faults: found } = await decoded;
    for (const [index, fault] of found) faults.add(`${group[index]?.entry.path}: ${fault}`);
    await append(pixels, group.map(({ label }) => label));
    onBatch(group.length);
  };
  for (let start = 0; start < samples.length; start += batch) {
    signal?.throwIfAborted();
    const group = samples.slice(start, start + batch);
    const pictures: Buffer[] = [];
    for (const { entry } of group) pictures.push(await zip.read(entry));
    const decoded = decoder.decode(pictures);
    await store();
    ahead = { group, decoded };
  }
  await store();
}

async function copyTree(tree: Tree, writer: CacheWriter, { onProgress, ...copy }: Omit<Copy, 'onBatch'> & Watch): Promise<void> {
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

/** Reads the archive; every picture must be a whole JPEG of 64×64 pixels. */
export const readTinyImagenet: FormatReader = async (files, writer, watch) => {
  const archive = files[0] as string;
  const faults = createFaultList(archive);
  const zip = await openZip(archive, limits);
  const decoder = createDecoder({ width: side, height: side, exact: true });
  try {
    const tree = await readTree(zip, faults);
    if (tree.val.length === 0) faults.add('there are no validation pictures (val/images/*.JPEG)');
    faults.check();
    await copyTree(tree, writer, { zip, decoder, faults, ...watch });
    faults.check();
    return { height: side, width: side, channels: 3, classes: tree.classes };
  } finally {
    decoder.close();
    await zip.close();
  }
};
