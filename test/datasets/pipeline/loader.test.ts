// The loader: every batch a pure function of seed and iteration, whatever the workers; splits, limits, errors that name the mend.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { permutation, randomBits, type DatasetChoice } from '#contract';
import { openLoader, readManifest, shapesName } from '#datasets';
import { selectPictures } from '../../../src-main/datasets/pipeline/order.ts';

let root = '';
beforeAll(() => { root = mkdtempSync(join(tmpdir(), 'vsgd-lab-loader-')); });
afterAll(() => rmSync(root, { recursive: true, force: true }));

const shapes = (options: Partial<Extract<DatasetChoice, { name: 'shapes' }>['options']> = {}): Extract<DatasetChoice, { name: 'shapes' }> => ({
  name: 'shapes', x_dim: 28, num_classes: 10,
  options: { batch_size: 16, test_batch_size: 32, use_augmentations: true, limit_train: null, limit_test: null, val_size: 10, train_size: 100, test_size: 40, noise: 0.1, ...options },
});
const hash = ({ images, labels }: { images: Float32Array; labels: Int32Array }) => createHash('sha256').update(Buffer.from(images.slice().buffer)).update(Buffer.from(labels.slice().buffer)).digest('hex');

async function hashes(workers: number, iterations: number[]): Promise<string[]> {
  const source = await openLoader({ root, dataset: shapes(), seed: 5, workers });
  const result: string[] = [];
  for (const iteration of iterations) {
    const batch = await source.trainBatch(iteration);
    result.push(`${batch.shape.join()} ${hash(batch)}`);
    batch.release();
  }
  await source.close();
  return result;
}
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

test('0, 1 and 3 workers give the same batches over two epochs, the smaller last ones included', async () => {
  const wanted = await hashes(0, upTo(13));
  expect(wanted[5]).toMatch(/^10,28,28,3 /);
  expect(new Set(wanted).size).toBe(13);
  expect(await hashes(1, upTo(13))).toEqual(wanted);
  expect(await hashes(3, upTo(13))).toEqual(wanted);
  // Resumed in the middle, or asked out of order: the same.
  expect(await hashes(2, [7, 8, 9])).toEqual(wanted.slice(7, 10));
  expect(await hashes(2, [9, 0, 12, 3])).toEqual([9, 0, 12, 3].map((index) => wanted[index]));
});

test('an epoch shows every training picture once; validation is held out', async () => {
  await openLoader({ root, dataset: shapes(), seed: 5 }).then((source) => source.close());
  const manifest = await readManifest(root, shapesName({ trainSize: 100, testSize: 40, noise: 0.1, xDim: 28 }));
  const { train, val, test: tests } = selectPictures(manifest, shapes(), 5);
  expect([train.indices.length, val.indices.length, tests.indices.length]).toEqual([90, 10, 40]);
  expect(new Set([...train.indices, ...val.indices]).size).toBe(100);
  expect(selectPictures(manifest, shapes(), 6).val.indices).not.toEqual(val.indices);
  expect(selectPictures(manifest, shapes({ val_size: 0, limit_train: 7, limit_test: 3 }), 5)).toMatchObject({ train: { indices: { length: 7 } }, val: { indices: { length: 0 } }, test: { indices: { length: 3 } } });
  const ownVal = { ...manifest, splits: [{ ...manifest.splits[0]! }, { ...manifest.splits[1]!, name: 'val' as const }] };
  expect(selectPictures(ownVal, shapes(), 5)).toMatchObject({ train: { indices: { length: 100 } }, test: { split: 'val' } });
});

test('test batches are in order, whole, and not augmented', async () => {
  const source = await openLoader({ root, dataset: shapes(), seed: 1 });
  const other = await openLoader({ root, dataset: shapes(), seed: 2 });
  const read = async (from: typeof source) => {
    const seen: string[] = [];
    for await (const batch of from.testBatches()) seen.push(`${batch.labels.length} ${hash(batch)}`);
    return seen;
  };
  const first = await read(source);
  expect(first.map((line) => line.split(' ')[0])).toEqual(['32', '8']);
  expect(await read(other)).toEqual(first);
  expect(hash(await source.valBatch(0))).toBe(hash(await source.valBatch(1)));
  await Promise.all([source.close(), other.close()]);
});

describe('errors name the mend', () => {
  const open = (dataset: DatasetChoice) => openLoader({ root, dataset, seed: 1 });
  const cifar: DatasetChoice = { name: 'cifar10', x_dim: 32, num_classes: 10, options: { batch_size: 4, test_batch_size: 4, use_augmentations: true, limit_train: null, limit_test: null, val_size: 4 } };
  test('missing', () => expect(open(cifar)).rejects.toThrow(expect.objectContaining({ code: 'DATASET_MISSING', message: expect.stringContaining('vsgd-lab datasets download cifar10') as string })));
  test('classes', () => expect(open({ ...shapes(), num_classes: 7 })).rejects.toThrow(/Set dataset.num_classes=10/));
  test('validation too large', () => expect(open(shapes({ val_size: 100 }))).rejects.toThrow(/val_size/));
});

describe('draws', () => {
  test('are uniform: chi-square over 64 cells of 64,000 draws, for several purposes', () => {
    for (const purpose of ['crop', 'affine', 'order'] as const) {
      const cells = new Array<number>(64).fill(0);
      for (let index = 0; index < 64_000; index += 1) cells[randomBits(3, purpose, [index, 1]) >>> 26]! += 1;
      const chi = cells.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
      expect(chi).toBeLessThan(120); // 63 degrees of freedom: beyond 103.4 once in a thousand
      expect(chi).toBeGreaterThan(30);
    }
  });

  test('neighbouring counters and seeds are not correlated', () => {
    const correlation = (other: (index: number) => number) => upTo(20_000).reduce((sum, index) => sum + (randomBits(1, 'flip', [index, 0]) / 2 ** 32 - 0.5) * (other(index) / 2 ** 32 - 0.5), 0) / 20_000 * 12;
    for (const other of [(i: number) => randomBits(1, 'flip', [i + 1, 0]), (i: number) => randomBits(1, 'flip', [i, 1]), (i: number) => randomBits(2, 'flip', [i, 0]), (i: number) => randomBits(1, 'crop', [i, 0])]) {
      expect(Math.abs(correlation(other))).toBeLessThan(0.03);
    }
  });

  test('an order is a permutation, another in every epoch', () => {
    const [a, b] = [0, 1].map((epoch) => permutation(500, 9, { purpose: 'order', a: epoch }));
    expect(new Set(a).size).toBe(500);
    expect(a).not.toEqual(b);
  });
});
