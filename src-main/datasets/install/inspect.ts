// What an import would install: classes, images per split and class, sizes and what is left out. Installs nothing.
import { basename, resolve } from 'node:path';
import { toLabError, type DatasetInspection, type PackedSplit } from '#contract';
import { readManifest } from '../cache/manifest.ts';
import { findEntry, type CatalogEntry } from '../catalog/catalog.ts';
import type { SplitTarget } from '../formats/format.ts';
import { countClasses, doubtsOf } from '../imageFolder/doubts.ts';
import { scanFolder } from '../imageFolder/scan.ts';
import { checkImportSettings, folderName, type ImportOptions } from './import.ts';
import { recognise, type Recognised } from './recognise.ts';
import { digestsOf, explainAbort } from './unpack.ts';

export type InspectOptions = Omit<ImportOptions, 'acceptDigest' | 'origin'>;

const maxSizes = 20;

async function isInstalled(root: string, name: string): Promise<boolean> {
  return readManifest(root, name).then(() => true, (error: unknown) => toLabError(error).code === 'DATASET_DAMAGED');
}

async function inspectFolder(path: string, options: InspectOptions): Promise<DatasetInspection> {
  const settings = checkImportSettings(options);
  const name = folderName(path, options.name);
  const scanned = await scanFolder({ path: resolve(path), ...settings, seed: options.seed, signal: options.signal, onProgress: options.onProgress });
  const replaced = (await isInstalled(options.root, name)) ? [`The installed data set ${name} will be replaced.`] : [];
  const splits = [...scanned.splits].map(([split, samples]) => ({ name: split, perClass: countClasses(samples.map(({ label }) => label), scanned.classes.length), heldOut: scanned.heldOut && split === 'test' }));
  const sizes = [...scanned.sizes].map(([text, count]) => ({ width: Number(text.split('×')[0]), height: Number(text.split('×')[1]), count })).sort((one, other) => other.count - one.count);
  return {
    kind: 'folder', title: 'Image folder', name, classes: scanned.classes, splits, sizes: sizes.slice(0, maxSizes), xDim: settings.xDim, holdOut: scanned.heldOut ? settings.holdOut : null,
    official: null, published: null, skipped: scanned.skipped, warnings: [...replaced, ...scanned.warnings], doubts: doubtsOf(scanned),
  };
}

/** A target that counts labels and writes nothing. */
function createCounter(): { target: SplitTarget; labels: Map<PackedSplit['name'], number[]> } {
  const labels = new Map<PackedSplit['name'], number[]>();
  const split: SplitTarget['split'] = async (name) => {
    const own: number[] = [];
    labels.set(name, own);
    return { get count() { return own.length; }, append: async (_images, added) => { for (const label of added) own.push(label); } };
  };
  return { target: { split }, labels };
}

async function inspectArchive({ name, paths, unpacked = false }: Extract<Recognised, { kind: 'archive' }>, { root, signal, onProgress }: InspectOptions): Promise<DatasetInspection> {
  const entry = findEntry(name) as CatalogEntry;
  const digests = unpacked ? [] : await digestsOf(entry, paths, { signal, onProgress });
  const official = !unpacked && digests.every(({ md5, expected }) => md5 === expected);
  const counter = createCounter();
  const { classes, width, height } = await entry.read(paths, counter.target, { signal, onProgress, countOnly: true });
  const splits = [...counter.labels].map(([split, labels]) => ({ name: split, perClass: countClasses(labels, classes.length), heldOut: false }));
  const count = [...counter.labels.values()].reduce((sum, labels) => sum + labels.length, 0);
  const trained = counter.labels.get('train')?.length ?? 0;
  const warnings = (await isInstalled(root, name)) ? [`The installed data set ${name} will be replaced.`] : [];
  if (!official) warnings.push(`${unpacked ? 'An unpacked folder cannot be compared with the published archive' : 'This is not the published archive'}: it has ${trained} of ${entry.counts.train} training images.`);
  return {
    kind: 'archive', title: entry.label, name, classes, splits, sizes: [{ width, height, count }], xDim: null, holdOut: null, official, published: entry.counts.train, skipped: [], warnings,
    doubts: official || unpacked ? [] : digests.filter(({ md5, expected }) => md5 !== expected).map(({ path, md5, expected }) => `${basename(path)} has the MD5 ${md5}; published is ${expected}.`),
  };
}

/**
 * Inspects a file or folder that is to be imported.
 * @throws LabError as importDataset does, except for an archive with another digest than the published one, which is a doubt
 */
export async function inspectDataset(options: InspectOptions): Promise<DatasetInspection> {
  const found = await recognise(options.path);
  try {
    return found.kind === 'folder' ? await inspectFolder(found.path, options) : await inspectArchive(found, options);
  } catch (error) {
    throw explainAbort(error, { name: options.path, signal: options.signal });
  }
}
