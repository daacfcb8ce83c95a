// The list of data sets on this computer: the catalogue, the generated shapes, and what else is installed.
import { readdir } from 'node:fs/promises';
import { toLabError, type DatasetListing, type DatasetManifest, type DatasetOrigin } from '#contract';
import { readManifest } from '../cache/manifest.ts';
import { isDatasetName } from '../cache/paths.ts';
import { catalog, downloadBytes, findEntry } from './catalog.ts';

const shapesAbsent: DatasetListing = { name: 'shapes', state: 'absent', fingerprint: null, classes: 10, train: 4000, test: 1000, bytes: 0, origin: null };

function countsOf(manifest: DatasetManifest): { train: number; test: number } {
  const count = (name: string): number => manifest.splits.find((split) => split.name === name)?.count ?? 0;
  return { train: count('train'), test: count('test') || count('val') };
}

/** Where an installed data set comes from, beside what is published under its name. */
export function originOf({ name, source: { kind, official }, splits }: Pick<DatasetManifest, 'name' | 'source' | 'splits'>): DatasetOrigin {
  return { kind, official, train: splits.find((split) => split.name === 'train')?.count ?? 0, published: findEntry(name)?.counts.train ?? null };
}

function installedListing(manifest: DatasetManifest): DatasetListing {
  const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0);
  const { name, fingerprint, classes } = manifest;
  return { name, state: 'installed', fingerprint, classes: classes.length, ...countsOf(manifest), bytes, origin: originOf(manifest) };
}

function absentListing(name: string): DatasetListing {
  const entry = findEntry(name);
  if (entry === null) return { ...shapesAbsent, name };
  const { train, test, val } = entry.counts;
  return { name, state: 'absent', fingerprint: null, classes: entry.classes, train, test: test ?? val ?? 0, bytes: downloadBytes(entry), origin: null };
}

async function listingOf(root: string, name: string): Promise<{ listing: DatasetListing; generated: boolean }> {
  try {
    const manifest = await readManifest(root, name);
    return { listing: installedListing(manifest), generated: manifest.source.kind === 'generated' };
  } catch (error) {
    if (toLabError(error).code === 'DATASET_MISSING') return { listing: absentListing(name), generated: false };
    if (toLabError(error).code !== 'DATASET_DAMAGED') throw error;
    return { listing: { ...absentListing(name), state: 'damaged' }, generated: false };
  }
}

/**
 * All data sets: the catalogue's first, then `shapes` (its caches, made on demand, as one), then imported folders by name.
 * An entry that is not installed gives the numbers of its official archive. Only sizes are checked here: see verifyDataset.
 */
export async function listDatasets(root: string): Promise<DatasetListing[]> {
  const known = catalog.map(({ name }) => name);
  const present = await readdir(root, { withFileTypes: true }).catch(() => []);
  const others = present.filter((item) => item.isDirectory() && isDatasetName(item.name) && !known.includes(item.name)).map((item) => item.name).sort();
  const listed = await Promise.all([...known, ...others].map((name) => listingOf(root, name)));
  const made = listed.filter(({ generated }) => generated).map(({ listing }) => listing);
  const bytes = made.reduce((sum, listing) => sum + listing.bytes, 0);
  const shapes: DatasetListing = made[0] === undefined ? shapesAbsent : { ...made[0], name: 'shapes', bytes };
  const rows = listed.filter(({ listing, generated }) => !generated && (listing.state !== 'absent' || known.includes(listing.name))).map(({ listing }) => listing);
  return [...rows.slice(0, known.length), shapes, ...rows.slice(known.length)];
}
