// Importing what users bring: previews that agree with the import, unpacked archives, orientation, settings, left-out files.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { importDataset, inspectDataset, readLeftOut } from '#datasets';
import { cifar10Entries, tarGz, zip } from '#test/archives.ts';
import { imageFolder } from '#test/imageFolders.ts';
import { scratchFolder } from '#test/scratch.ts';

test('an import installs what the inspection announced, and keeps the list of left-out files', async () => {
  const root = scratchFolder();
  const path = await imageFolder({ cat: 20, dog: 9, 'cat/note.txt': 'x', 'dog/cut.png': 'x', empty: 0 }, 'My pets');
  const inspection = await inspectDataset({ root, path, xDim: 8, holdOut: 0.2 });
  expect(inspection).toMatchObject({ kind: 'folder', name: 'My-pets', xDim: 8, holdOut: 0.2, sizes: [{ width: 8, height: 8, count: 29 }], doubts: [] });
  const { manifest, skipped } = await importDataset({ root, path, xDim: 8, holdOut: 0.2 });
  expect(manifest.classes).toEqual(inspection.classes);
  expect(manifest.splits.map(({ name, count }) => [name, count])).toEqual(inspection.splits.map(({ name, perClass }) => [name, perClass.reduce((sum, count) => sum + count, 0)]));
  expect(skipped.map(({ file }) => file).sort()).toEqual(['cat/note.txt', 'dog/cut.png', 'empty/']);
  expect(await readLeftOut(root, 'My-pets')).toEqual(skipped);
  expect((await inspectDataset({ root, path, xDim: 8 })).warnings).toContainEqual(expect.stringContaining('will be replaced'));
});

test('a class whose images turn out to be damaged while decoding is left out, with its images', async () => {
  const good = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#0f0' } }).png().toBuffer();
  const spoiled = Buffer.from(good);
  spoiled.fill(0xaa, good.indexOf('IDAT') + 4, good.indexOf('IEND') - 8); // whole by its chunks, not by its pixels
  const path = await imageFolder({ 'a/1.png': spoiled, 'a/2.png': spoiled, b: 4, c: 4 });
  const root = scratchFolder();
  const { manifest, skipped, warnings } = await importDataset({ root, path, name: 'left', xDim: 8 });
  expect(manifest.classes).toEqual(['b', 'c']);
  expect(skipped.map(({ file }) => file)).toEqual(['a/1.png', 'a/2.png']);
  expect(warnings).toContainEqual(expect.stringContaining('The class a is left out'));
  expect(Math.max(...readFileSync(join(root, 'left', 'train-labels.u32')))).toBe(1);
});

test('a doubtful folder needs confirmation', async () => {
  const root = scratchFolder();
  const path = await imageFolder({ one: 1, two: 1 });
  await expect(importDataset({ root, path, xDim: 8 })).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('--yes') });
  expect((await importDataset({ root, path, xDim: 8, confirmed: true })).manifest.classes).toEqual(['one', 'two']);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])('a JPEG with EXIF orientation %i is imported as it is meant to be seen', async (orientation) => {
  // What is seen: left half white above, black below; right half gray. Stored as the orientation says.
  const seen = await sharp({ create: { width: 16, height: 16, channels: 3, background: '#808080' } })
    .composite([{ input: { create: { width: 8, height: 8, channels: 3, background: '#fff' } }, left: 0, top: 0 }, { input: { create: { width: 8, height: 8, channels: 3, background: '#000' } }, left: 0, top: 8 }]).png().toBuffer();
  const turns: Record<number, (image: Sharp) => Sharp> = {
    1: (image) => image, 2: (image) => image.flop(), 3: (image) => image.rotate(180), 4: (image) => image.flip(),
    5: (image) => image.flop().rotate(270), 6: (image) => image.rotate(270), 7: (image) => image.flop().rotate(90), 8: (image) => image.rotate(90),
  };
  const turn = turns[orientation] as (image: Sharp) => Sharp;
  const stored = await sharp(await turn(sharp(seen)).png().toBuffer()).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).withMetadata({ orientation }).toBuffer();
  const content = Object.fromEntries(['train', 'test'].flatMap((split) => ['a', 'b'].flatMap((name) => [1, 2].map((number) => [`${split}/${name}/${number}.jpg`, stored]))));
  const root = scratchFolder();
  await importDataset({ root, path: await imageFolder(content), name: 'turned', xDim: 16 });
  const pixels = readFileSync(join(root, 'turned', 'train-images.u8'));
  const at = (row: number, column: number) => Math.round((pixels[3 * (16 * row + column)] as number) / 64);
  expect([at(2, 2), at(13, 2), at(2, 13), at(13, 13)]).toEqual([4, 0, 2, 2]);
});

const idx = (count: number, side: number): Buffer => {
  const header = Buffer.alloc(side === 0 ? 8 : 16);
  header.writeUInt32BE(side === 0 ? 0x801 : 0x803, 0);
  header.writeUInt32BE(count, 4);
  if (side > 0) for (const at of [8, 12]) header.writeUInt32BE(side, at);
  return Buffer.concat([header, Buffer.alloc(count * Math.max(1, side * side), 1)]);
};
const mnist = { 'train-images-idx3-ubyte': idx(4, 28), 'train-labels-idx1-ubyte': idx(4, 0), 't10k-images-idx3-ubyte': idx(2, 28), 't10k-labels-idx1-ubyte': idx(2, 0) };

test.each<[string, (name: string) => string, boolean]>([
  ['unpacked', (name) => name, false], ['compressed', (name) => `${name}.gz`, true], ['with dots', (name) => name.replace('-idx', '.idx'), false], ['in the folders of torchvision', (name) => `MNIST/raw/${name}`, false],
])('the four files of MNIST, %s', async (_title, rename, compressed) => {
  const path = await imageFolder(Object.fromEntries(Object.entries(mnist).map(([name, bytes]) => [rename(name), compressed ? gzipSync(bytes) : bytes])));
  const { manifest } = await importDataset({ root: scratchFolder(), path, acceptDigest: true });
  expect(manifest).toMatchObject({ name: 'mnist', splits: [{ name: 'train', count: 4 }, { name: 'test', count: 2 }] });
});

test('of MNIST, only the files that are missing are named as missing', async () => {
  const path = await imageFolder({ 'train-images-idx3-ubyte.gz': gzipSync(mnist['train-images-idx3-ubyte']), 't10k-labels-idx1-ubyte': mnist['t10k-labels-idx1-ubyte'] });
  const refused = await importDataset({ root: scratchFolder(), path }).catch((error: Error) => error.message) as string;
  expect(refused).toMatch(/has train-images-idx3-ubyte\.gz, t10k-labels-idx1-ubyte; train-labels-idx1-ubyte\.gz, t10k-images-idx3-ubyte\.gz are missing/);
});

test.each(['cifar-10-batches-bin', 'my copy'])('the folder %s that the archive of CIFAR-10 unpacks to', async (name) => {
  const path = await imageFolder(Object.fromEntries(cifar10Entries(3).filter(({ type }) => type !== '5').map(({ name: file, content }) => [file.split('/')[1] as string, content as Buffer])), name);
  const { manifest } = await importDataset({ root: scratchFolder(), path });
  expect(manifest).toMatchObject({ name: 'cifar10', source: { official: false }, splits: [{ count: 15 }, { count: 3 }] });
});

test.each(['tiny-imagenet-200', 'tiny'])('the folder %s that the zip of Tiny ImageNet unpacks to', async (name) => {
  const image = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#08f' } }).jpeg().toBuffer();
  const path = await imageFolder({ 'wnids.txt': 'n00000002\nn00000001\n', 'words.txt': 'n00000001\tfish\nn00000002\tbird\n', 'train/n00000001/images/a.JPEG': image, 'train/n00000002/images/b.JPEG': image, 'train/n00000002/n00000002_boxes.txt': 'x', 'val/val_annotations.txt': 'v.JPEG\tn00000002\t0\t0\t1\t1\n', 'val/images/v.JPEG': image, 'test/images/t.JPEG': image, '.DS_Store': 'x' }, name);
  const root = scratchFolder();
  expect(await inspectDataset({ root, path })).toMatchObject({ kind: 'archive', title: 'Tiny ImageNet', classes: ['fish', 'bird'], published: 100_000, official: false, warnings: [expect.stringContaining('2 of 100000 training images')] });
  const { manifest } = await importDataset({ root, path });
  expect(manifest).toMatchObject({ name: 'tiny-imagenet-200', classes: ['fish', 'bird'], splits: [{ name: 'train', count: 2 }, { name: 'val', count: 1 }] });
});

test.each([
  ['cifar-10-batches-py/data_batch_1', 'Python', 'cifar-10-binary.tar.gz'], ['cifar-100-python/train', 'Python', 'cifar-100-binary.tar.gz'],
  ['cifar-10-batches-mat/data_batch_1.mat', 'Matlab', 'cifar-10-binary.tar.gz'], ['cifar-100-matlab/train.mat', 'Matlab', 'cifar-100-binary.tar.gz'],
])('%s is another version of CIFAR: the archive that is needed is named', async (file, version, needed) => {
  const folder = scratchFolder();
  const archive = join(folder, 'data.tar.gz');
  writeFileSync(archive, tarGz([{ name: file, content: Buffer.from('x') }]));
  const message = expect.stringMatching(new RegExp(`${version} version.*${needed}`)) as string;
  await expect(importDataset({ root: scratchFolder(), path: archive })).rejects.toMatchObject({ message });
  const unpacked = join(folder, file.split('/')[0] as string);
  mkdirSync(unpacked);
  writeFileSync(join(unpacked, file.split('/')[1] as string), 'x');
  for (const path of [unpacked, await imageFolder({ [file]: 'x' })]) await expect(importDataset({ root: scratchFolder(), path })).rejects.toMatchObject({ message });
});

test('a zip or tar of another kind says that it can be unpacked first', async () => {
  const folder = scratchFolder();
  writeFileSync(join(folder, 'pets.zip'), zip([{ name: 'cat/1.png', content: Buffer.from('x') }]));
  writeFileSync(join(folder, 'pets.tar.gz'), tarGz([{ name: 'cat/1.png', content: Buffer.from('x') }]));
  for (const name of ['pets.zip', 'pets.tar.gz']) await expect(importDataset({ root: scratchFolder(), path: join(folder, name) })).rejects.toMatchObject({ message: expect.stringMatching(/un(zip|pack) it and import that folder/) });
});

test.each([0, -5, 1.5, 7, 1025, 100000, NaN])('the side %d is refused by name', async (xDim) => {
  const path = await imageFolder({ a: 2, b: 2 });
  for (const work of [importDataset, inspectDataset]) await expect(work({ root: scratchFolder(), path, xDim })).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('x-dim') });
});

test('a folder with the name of a data set of the catalogue gets another one', async () => {
  const root = scratchFolder();
  expect((await inspectDataset({ root, path: await imageFolder({ a: 2, b: 2 }, 'mnist') })).name).toBe('my-mnist');
  await expect(inspectDataset({ root, path: await imageFolder({ a: 2, b: 2 }), name: 'cifar10' })).rejects.toMatchObject({ code: 'CONFLICT' });
});
