// What flows from the input pipeline to the training loop. The loop knows this shape; #datasets makes it.

import type { DatasetOrigin } from './datasets.ts';

/** One batch: float32 NHWC images as the model takes them, int32 class numbers. Views of shared memory: call `release` when read. */
export type Batch = {
  images: Float32Array;
  labels: Int32Array;
  /** [N, H, W, C] */
  shape: [number, number, number, number];
  /** Milliseconds that the caller waited for it. */
  waitMs: number;
  release(): void;
};

/** A source of batches; every batch is a pure function of (data set, options, seed, iteration), whatever the worker count. */
export interface BatchSource {
  readonly info: {
    name: string;
    fingerprint: string;
    classes: string[];
    height: number;
    width: number;
    channels: 1 | 3;
    train: number;
    val: number;
    test: number;
    /** The split that `testBatches` reads: validation where the data set has no test split. */
    testSplit?: 'val' | 'test';
    origin?: DatasetOrigin;
    /** ceil(train / batch_size); the last batch of an epoch may be smaller, as PyTorch's DataLoader has it. */
    batchesPerEpoch: number;
  };
  /** The batch of training iteration `iteration` (from 0); following iterations are prefetched. Call in rising order for speed. */
  trainBatch(iteration: number): Promise<Batch>;
  /** Batch number `index` (taken modulo their number) of the validation split, in order, without augmentation. */
  valBatch(index: number): Promise<Batch>;
  /** The whole test split in order, without augmentation. */
  testBatches(): AsyncIterable<Batch>;
  close(): Promise<void>;
}
