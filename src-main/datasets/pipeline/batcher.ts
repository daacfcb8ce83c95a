// Makes a training batch from shared pixels: the same code in the calling thread and in the workers.
import { createEpochOrder } from './order.ts';
import type { Recipe } from './recipes.ts';
import { createRenderer } from './render.ts';

/** Everything that a thread needs to make any batch. */
export type BatcherSetup = {
  pixels: Uint8Array;
  labels: Uint32Array;
  /** Places in the split of the training pictures. */
  indices: Uint32Array;
  recipe: Recipe;
  side: number;
  channels: number;
  seed: number;
  batchSize: number;
};

export type Batcher = {
  batchesPerEpoch: number;
  /** How many pictures the batch of an iteration has. */
  sizeOf(iteration: number): number;
  /** Fills `images` and `labels` with the batch of an iteration. */
  fill(iteration: number, images: Float32Array, labels: Int32Array): void;
};

export function createBatcher({ pixels, labels, indices, recipe, side, channels, seed, batchSize }: BatcherSetup): Batcher {
  const count = indices.length;
  const size = side * side * channels;
  const batchesPerEpoch = Math.ceil(count / batchSize);
  const orderOf = createEpochOrder(count, seed);
  const renderer = createRenderer(recipe, { side, channels, seed });
  const sizeOf = (iteration: number) => Math.min(batchSize, count - (iteration % batchesPerEpoch) * batchSize);
  return {
    batchesPerEpoch,
    sizeOf,
    fill(iteration, images, targets) {
      const epoch = Math.floor(iteration / batchesPerEpoch);
      const order = orderOf(epoch);
      const start = (iteration % batchesPerEpoch) * batchSize;
      for (let row = 0; row < sizeOf(iteration); row += 1) {
        const picture = indices[order[start + row] as number] as number;
        renderer.render(pixels.subarray(picture * size, (picture + 1) * size), epoch * count + (order[start + row] as number), { images, offset: row * size });
        targets[row] = labels[picture] as number;
      }
    },
  };
}
