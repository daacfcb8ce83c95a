// Opens a data set for training: pixels in shared memory, batches by iteration, the same whatever the number of workers.
import { open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { LabError, type Batch, type BatchSource, type DatasetChoice, type DatasetManifest, type PackedSplit } from '#contract';
import { readManifest } from '../cache/manifest.ts';
import { datasetDirectory } from '../cache/paths.ts';
import { originOf } from '../catalog/list.ts';
import { generateShapes } from '../install/generate.ts';
import { createBatcher, type BatcherSetup } from './batcher.ts';
import { checkChoice, ofManifest } from './known.ts';
import { installedName, shapesOptions } from './names.ts';
import { selectPictures, type Selection } from './order.ts';
import { Prefetcher } from './prefetch.ts';
import { recipeOf, type Recipe } from './recipes.ts';
import { createRenderer } from './render.ts';

export type LoaderOptions = {
  /** Folder of the installed data sets. */
  root: string;
  dataset: DatasetChoice;
  seed: number;
  /** Worker threads; 0 makes batches in the calling thread, -1 chooses. */
  workers?: number;
};

type Pixels = { pixels: Uint8Array; labels: Uint32Array };

async function manifestOf(root: string, dataset: DatasetChoice): Promise<DatasetManifest> {
  if (dataset.name === 'shapes') return (await generateShapes({ root, ...shapesOptions(dataset) })).manifest;
  return readManifest(root, installedName(dataset));
}

async function readShared(file: string, bytes: number): Promise<SharedArrayBuffer> {
  const shared = new SharedArrayBuffer(bytes);
  const handle = await open(file, 'r');
  try {
    const view = new Uint8Array(shared);
    for (let at = 0; at < bytes; ) {
      const { bytesRead } = await handle.read(view, at, Math.min(bytes - at, 2 ** 26), at);
      if (bytesRead === 0) throw new LabError('DATASET_DAMAGED', `${file} ends after ${at} of ${bytes} bytes. Check the data set with vsgd-lab datasets verify, or install it again.`, { place: { file, offset: at } });
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
  return shared;
}

async function readSplit(directory: string, split: PackedSplit, pictureBytes: number): Promise<Pixels> {
  const pixels = new Uint8Array(await readShared(join(directory, split.images), split.count * pictureBytes));
  const labels = new Uint32Array(await readShared(join(directory, split.labels), 4 * split.count));
  return { pixels: pixels as unknown as Uint8Array, labels: labels as unknown as Uint32Array };
}

/** One worker hides the work behind the steps; cheap pictures are not worth a thread. */
function chooseWorkers(asked: number, recipe: Recipe, batchPixels: number): number {
  if (asked >= 0) return asked;
  const cost = batchPixels * (recipe.affine || recipe.jitter !== null ? 8 : 1);
  return cost < 400_000 ? 0 : Math.min(4, Math.max(1, availableParallelism() - 1));
}

/** Batches of a selection in its own order, without augmentation. */
function createPlain(setup: Omit<BatcherSetup, 'indices'>, selection: Selection): { batches: number; make(index: number): Batch } {
  const size = setup.side * setup.side * setup.channels;
  const renderer = createRenderer(setup.recipe, setup);
  const total = selection.indices.length;
  return {
    batches: Math.ceil(total / setup.batchSize),
    make(index) {
      const start = performance.now();
      const rows = selection.indices.subarray(index * setup.batchSize, (index + 1) * setup.batchSize);
      const images = new Float32Array(rows.length * size);
      const labels = Int32Array.from(rows, (picture) => setup.labels[picture] as number);
      rows.forEach((picture, row) => renderer.render(setup.pixels.subarray(picture * size, (picture + 1) * size), 0, { images, offset: row * size }));
      return { images, labels, shape: [rows.length, setup.side, setup.side, setup.channels], waitMs: performance.now() - start, release: () => {} };
    },
  };
}

function createTraining(setup: BatcherSetup, workers: number): { batchesPerEpoch: number; take(iteration: number): Promise<Batch>; close(): Promise<void> } {
  const batcher = createBatcher(setup);
  if (workers > 0) {
    const prefetcher = new Prefetcher(setup, batcher, { workers, ahead: workers + 1 });
    return { batchesPerEpoch: batcher.batchesPerEpoch, take: (iteration) => prefetcher.take(iteration), close: () => prefetcher.close() };
  }
  const { side, channels } = setup;
  return {
    batchesPerEpoch: batcher.batchesPerEpoch,
    async take(iteration) {
      const start = performance.now();
      const count = batcher.sizeOf(iteration);
      const [images, labels] = [new Float32Array(count * side * side * channels), new Int32Array(count)];
      batcher.fill(iteration, images, labels);
      return { images, labels, shape: [count, side, side, channels], waitMs: performance.now() - start, release: () => {} };
    },
    close: async () => {},
  };
}

/**
 * Opens a data set.
 * @throws LabError DATASET_MISSING with the command that installs it, CONFIG_INVALID where sizes or classes do not fit
 */
export async function openLoader({ root, dataset, seed, workers = -1 }: LoaderOptions): Promise<BatchSource> {
  const manifest = await manifestOf(root, dataset);
  checkChoice(ofManifest(manifest), dataset);
  const directory = datasetDirectory(root, installedName(dataset));
  const { channels, width: side } = manifest;
  const selections = selectPictures(manifest, dataset, seed);
  const splits = new Map<string, Pixels>();
  for (const split of manifest.splits) splits.set(split.name, await readSplit(directory, split, side * side * channels));
  const common = (selection: Selection, training: boolean) => ({ ...(splits.get(selection.split) as Pixels), recipe: recipeOf(dataset, training), side, channels, seed });
  const { batch_size, test_batch_size } = dataset.options;
  const setup: BatcherSetup = { ...common(selections.train, true), indices: selections.train.indices, batchSize: Math.min(batch_size, selections.train.indices.length) };
  const training = createTraining(setup, chooseWorkers(workers, setup.recipe, setup.batchSize * side * side * channels));
  const validation = createPlain({ ...common(selections.val, false), batchSize: batch_size }, selections.val);
  const testing = createPlain({ ...common(selections.test, false), batchSize: test_batch_size }, selections.test);
  return {
    info: {
      name: manifest.name, fingerprint: manifest.fingerprint, classes: manifest.classes, height: side, width: side, channels,
      train: setup.indices.length, val: selections.val.indices.length, test: selections.test.indices.length, testSplit: selections.test.split === 'val' ? 'val' : 'test', origin: { ...originOf(manifest), ...(dataset.options.limit_train === null ? {} : { limit: dataset.options.limit_train }) }, batchesPerEpoch: training.batchesPerEpoch,
    },
    trainBatch: (iteration) => training.take(iteration),
    valBatch: async (index) => validation.make(index % Math.max(1, validation.batches)),
    async *testBatches() {
      for (let index = 0; index < testing.batches; index += 1) yield testing.make(index);
    },
    close: () => training.close(),
  };
}
