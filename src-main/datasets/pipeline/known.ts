// What is known of a data set before it is opened, and what of a run's choice does not fit it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError, type DatasetChoice, type DatasetManifest, type PackedSplit } from '#contract';
import { parseManifest } from '../cache/manifest.ts';
import { datasetDirectory } from '../cache/paths.ts';
import { catalog } from '../catalog/catalog.ts';
import { shapeClasses } from '../formats/shapes.ts';
import { installedName } from './names.ts';

export type SplitCounts = Partial<Record<PackedSplit['name'], number>>;
export type KnownDataset = { name: string; width: number; height: number; channels: 1 | 3; classes: number; counts: SplitCounts };

export const ofManifest = ({ classes, splits, name, width, height, channels }: DatasetManifest): KnownDataset =>
  ({ name, width, height, channels, classes: classes.length, counts: Object.fromEntries(splits.map(({ name: split, count }) => [split, count])) });

/** The installed data set `name` by its manifest, whose files are not checked; null where none can be read. */
export function installedDataset(root: string, name: string): KnownDataset | null {
  const file = join(datasetDirectory(root, name), 'manifest.json');
  try {
    return ofManifest(parseManifest(readFileSync(file, 'utf8'), name, file));
  } catch {
    return null; // absent or damaged, which is reported when the data set is opened
  }
}

/** By its manifest, as it will be generated, or as its published archive is; null where only an installation tells. `root`: the folder of the data sets. */
export function knownDataset(root: string | null, dataset: DatasetChoice): KnownDataset | null {
  const { x_dim: side } = dataset;
  if (dataset.name === 'shapes') return { name: 'shapes', width: side, height: side, channels: 3, classes: shapeClasses.length, counts: { train: dataset.options.train_size, test: dataset.options.test_size } };
  const name = installedName(dataset);
  const found = root === null ? null : installedDataset(root, name);
  const entry = catalog.find((one) => one.name === dataset.name);
  return found ?? (entry ? { ...entry, counts: entry.counts } : null);
}

/** @throws LabError CONFIG_INVALID where sizes, classes or the validation images do not fit the data set */
export function checkChoice({ name, width, height, classes, counts }: KnownDataset, { x_dim, num_classes, options }: DatasetChoice): void {
  if (height !== x_dim || width !== x_dim) {
    throw new LabError('CONFIG_INVALID', `'dataset.x_dim' is ${x_dim}, but the images of ${name} are ${width} × ${height}. Set dataset.x_dim=${width}, or import the data set again at that size.`, { place: { key: 'dataset.x_dim' } });
  }
  if (classes !== num_classes) {
    throw new LabError('CONFIG_INVALID', `'dataset.num_classes' is ${num_classes}, but ${name} has ${classes} classes. Set dataset.num_classes=${classes}.`, { place: { key: 'dataset.num_classes' } });
  }
  requireTraining(counts, options.val_size);
}

/** @throws LabError CONFIG_INVALID where the validation images would take all of the training split */
export function requireTraining({ train, val }: SplitCounts, held: number): void {
  if (val === undefined && train !== undefined && held >= train) throw new LabError('CONFIG_INVALID', `'dataset.data_module.val_size' is ${held}, but the data set has only ${train} training images. Lower it.`, { place: { key: 'dataset.data_module.val_size' } });
}

/** Images that a run trains, validates and tests with. */
export function selectedCounts({ counts: { train = 0, val, test } }: KnownDataset, { options }: DatasetChoice): { train: number; val: number; test: number } {
  const limit = (count: number, most: number | null): number => Math.min(count, most ?? Infinity);
  return { train: limit(val === undefined ? train - options.val_size : train, options.limit_train), val: val ?? options.val_size, test: limit(test ?? val ?? 0, options.limit_test) };
}
