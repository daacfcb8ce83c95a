// The real archives of the shared folder import as what they are, recognised by content under any name.
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importDataset, verifyDataset } from '#datasets';
import { scratchFolder } from '#test/scratch.ts';
import { hasShared, sharedPath } from '#test/shared.ts';

test.skipIf(!hasShared).each([
  ['data/cifar-10-binary.tar.gz', 'cifar10', [['train', 1000], ['test', 200]], 'airplane'],
  ['data/cifar-100-binary.tar.gz', 'cifar100', [['train', 1000], ['test', 200]], 'goldfish'],
  ['data/tiny-imagenet-200.zip', 'tiny-imagenet-200', [['train', 1200], ['val', 400]], 'goldfish, Carassius auratus'],
])('%s', async (file, ...[name, splits, first]) => {
  const folder = scratchFolder();
  const path = join(folder, 'download');
  copyFileSync(sharedPath(file), path);
  const root = join(folder, 'datasets');
  const { manifest } = await importDataset({ root, path, acceptDigest: true });
  expect(manifest).toMatchObject({ name, source: { official: false, kind: 'import' } });
  expect(manifest.splits.map((split) => [split.name, split.count])).toEqual(splits);
  expect(manifest.classes[0]).toBe(first);
  await verifyDataset(root, name);
});

test.skipIf(!hasShared)('MNIST, from any of its files', async () => {
  const root = scratchFolder();
  const { manifest } = await importDataset({ root, path: sharedPath('data/t10k-labels-idx1-ubyte.gz'), acceptDigest: true });
  expect(manifest).toMatchObject({ name: 'mnist', channels: 1, height: 28 });
  expect(manifest.splits.map(({ count }) => count)).toEqual([60000, 10000]);
  const labels = readFileSync(join(root, 'mnist', 'test-labels.u32'));
  expect(Math.max(...new Uint32Array(labels.buffer, labels.byteOffset, 10000))).toBe(9);
});
