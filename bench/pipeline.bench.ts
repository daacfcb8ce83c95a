// Pictures per second of the input pipeline's training batches: CIFAR's and Tiny ImageNet's augmentations, on noise.
import { recipeOf } from '#datasets';
import type { DatasetChoice } from '#contract';
import { createBatcher, type BatcherSetup } from '../src-main/datasets/pipeline/batcher.ts';
import { Prefetcher } from '../src-main/datasets/pipeline/prefetch.ts';
import type { BenchRow } from './run.ts';

const loader = { batch_size: 256, test_batch_size: 256, use_augmentations: true, limit_train: null, limit_test: null, val_size: 0 };
const choices: DatasetChoice[] = [{ name: 'cifar100', x_dim: 32, num_classes: 100, options: loader }, { name: 'tiny-imagenet-200', x_dim: 64, num_classes: 200, options: loader }];

function setupOf(choice: DatasetChoice): BatcherSetup {
  const [count, side] = [4096, choice.x_dim];
  const pixels = new Uint8Array(new SharedArrayBuffer(count * side * side * 3));
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = (at * 2654435761) >>> 24;
  return { pixels: pixels as unknown as Uint8Array, labels: new Uint32Array(count), indices: Uint32Array.from({ length: count }, (_, index) => index), recipe: recipeOf(choice, true), side, channels: 3, seed: 1, batchSize: 256 };
}

export async function run(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const choice of choices) {
    const setup = setupOf(choice);
    const batcher = createBatcher(setup);
    const [images, labels] = [new Float32Array(256 * setup.side ** 2 * 3), new Int32Array(256)];
    for (const workers of [0, 1, 2]) {
      const prefetcher = workers > 0 ? new Prefetcher(setup, batcher, { workers, ahead: 2 * workers }) : null;
      const rates: number[] = [];
      for (let turn = 0; turn < 6; turn += 1) {
        const start = performance.now();
        for (let index = 0; index < 16; index += 1) {
          const iteration = turn * 16 + index;
          if (prefetcher) (await prefetcher.take(iteration)).release();
          else batcher.fill(iteration, images, labels);
        }
        if (turn > 0) rates.push((16 * 256 * 1000) / (performance.now() - start));
      }
      await prefetcher?.close();
      rows.push({ name: `${choice.name} augmentations, ${workers === 0 ? 'in the calling thread' : `${workers} worker(s)`}`, value: rates.toSorted((a, b) => a - b)[2] as number, unit: 'images/s' });
    }
  }
  return rows;
}
