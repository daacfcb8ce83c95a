// Layouts that users bring: names of splits, system folders, empty and nested classes, Unicode forms, wrappers.
import { expect, test } from 'vitest';
import { inspectDataset } from '#datasets';
import { imageFolder } from '#test/imageFolders.ts';
import { scratchFolder } from '#test/scratch.ts';

const inspect = (path: string) => inspectDataset({ root: scratchFolder(), path, xDim: 8 });

/** Classes, and images of each class by split; the reasons of what is left out by its name. */
async function read(content: Parameters<typeof imageFolder>[0]) {
  const { classes, splits, skipped, warnings, doubts } = await inspect(await imageFolder(content));
  return { classes, splits: Object.fromEntries(splits.map(({ name, perClass }) => [name, perClass])), leftOut: Object.fromEntries(skipped.map(({ file, reason }) => [file, reason])), warnings, doubts };
}

test.each([
  ['train', 'val', 'test'], ['train', 'valid', 'test'], ['Train', 'Validation', 'Test'], ['TRAIN', 'VAL', 'TEST'], ['training', 'dev', 'testing'],
  ['training_set', 'valid_set', 'test_set'], ['train-images', 'val data', 'test split'],
])('splits named %s, %s and %s', async (train, val, testing) => {
  const found = await read({ [`${train}/cat`]: 4, [`${train}/dog`]: 5, [`${val}/cat`]: 2, [`${val}/dog`]: 3, [`${testing}/cat`]: 1, [`${testing}/dog`]: 2 });
  expect(found).toMatchObject({ classes: ['cat', 'dog'], splits: { train: [4, 5], val: [2, 3], test: [1, 2] }, leftOut: {}, warnings: [] });
});

test.each([['train'], ['test'], ['val'], ['valid'], ['Train']])('a class named %s among others is a class', async (name) => {
  const found = await read({ car: 10, [name]: 10, zebra: 10 });
  expect(found.classes).toEqual(['car', name, 'zebra'].sort());
  expect(found.splits.train).toEqual([9, 9, 9]);
  expect(found.doubts).toEqual([]);
});

test('classes of which all are named like splits are doubted', async () => {
  const { classes, doubts } = await read({ train: 10, test: 10 });
  expect(classes).toEqual(['test', 'train']);
  expect(doubts).toEqual([expect.stringContaining('names of splits')]);
});

test.each(['__MACOSX', '.ipynb_checkpoints', '@eaDir', '$RECYCLE.BIN', 'System Volume Information', '__pycache__', 'node_modules', '.git', '.Trash-1000'])('%s is no class, not even with images in it', async (name) => {
  const found = await read({ cat: 4, dog: 4, [name]: 3 });
  expect(found.classes).toEqual(['cat', 'dog']);
  expect(found.leftOut).toHaveProperty([`${name}/`]);
});

test('files of the system are left out with their names', async () => {
  const { leftOut, splits } = await read({ cat: 4, dog: 4, 'cat/.DS_Store': 'x', 'cat/Thumbs.db': 'x', 'dog/._1.png': 'x', 'labels.csv': 'x' });
  expect(Object.keys(leftOut).sort()).toEqual(['cat/.DS_Store', 'cat/Thumbs.db', 'dog/._1.png', 'labels.csv']);
  expect(splits.train).toEqual([3, 3]);
});

test('an empty folder, one of unreadable files and a class of damaged images are no classes', async () => {
  const { classes, leftOut, warnings } = await read({ cat: 4, dog: 4, empty: 0, 'text/a.txt': 'x', 'broken/a.png': 'not a PNG', 'broken/b.jpg': '' });
  expect(classes).toEqual(['cat', 'dog']);
  expect(leftOut).toMatchObject({ 'empty/': expect.stringContaining('not a class'), 'text/': expect.stringContaining('not a class'), 'broken/a.png': expect.any(String), 'broken/b.jpg': 'it is empty' });
  expect(warnings.join(' ')).toMatch(/empty\/ and text\/|empty\/, text\//);
  expect(warnings.join(' ')).toContain('The class broken is left out');
});

test.each(['test', 'val'])('a class that only %s has is left out with its images, each by name', async (split) => {
  const { classes, splits, leftOut, warnings } = await read({ 'train/cat': 4, 'train/dog': 4, [`${split}/blue`]: 2, [`${split}/cat`]: 2, [`${split}/dog`]: 1 });
  expect(classes).toEqual(['cat', 'dog']);
  expect(splits[split]).toEqual([2, 1]);
  expect(Object.keys(leftOut)).toEqual([`${split}/blue/0.png`, `${split}/blue/1.png`]);
  expect(warnings).toEqual([expect.stringContaining('The class blue has no training image')]);
});

test('class names in two Unicode forms are one class, in NFC', async () => {
  const names = ['Müller', 'が', '한'];
  const found = await read({ ...Object.fromEntries(names.map((name) => [`train/${name.normalize('NFC')}`, 3])), ...Object.fromEntries(names.map((name) => [`test/${name.normalize('NFD')}`, 2])) });
  expect(found.classes).toEqual(names.map((name) => name.normalize('NFC')).sort());
  expect(found.splits).toEqual({ train: [3, 3, 3], test: [2, 2, 2] });
});

test('both forms beside each other in one split are one class too', async () => {
  const { splits } = await read({ ['é'.normalize('NFC')]: 10, ['é'.normalize('NFD')]: 10, z: 10 });
  expect(splits.train?.reduce((sum, count) => sum + count, 0)).toBe(27);
});

test('folders beside the splits and images outside class folders are left out by name', async () => {
  const { leftOut, warnings } = await read({ 'train/cat': 3, 'train/dog': 3, 'test/cat': 1, 'test/dog': 1, extra: 2, 'docs/readme.md': 'x', 'train/stray.png': 'x', 'unlabelled/a.txt': 'x', validation: 5 });
  expect(leftOut).toMatchObject({ 'extra/': expect.stringContaining('no split'), 'docs/': expect.stringContaining('no split'), 'train/stray.png': expect.stringContaining('outside'), 'validation/': expect.stringContaining('5 images without class folders') });
  expect(warnings).toEqual([expect.stringContaining('validation/')]);
});

test('a folder that an archive unpacked to is looked through', async () => {
  expect(await read({ 'archive/pets/train/cat': 3, 'archive/pets/train/dog': 3, 'archive/pets/valid/cat': 1, 'archive/pets/valid/dog': 1, '__MACOSX/archive': 1 })).toMatchObject({ splits: { train: [3, 3], val: [1, 1] }, warnings: [expect.stringContaining('archive/pets/')] });
  expect(await read({ 'train/cat': 10, 'train/dog': 10 })).toMatchObject({ splits: { train: [9, 9], test: [1, 1] }, warnings: [] });
});

test('images in one folder within each class, as in Tiny ImageNet, are the images of the class', async () => {
  expect(await read({ 'train/n1/images': 3, 'train/n2/images': 3, 'test/n1': 1, 'test/n2': 1 })).toMatchObject({ classes: ['n1', 'n2'], splits: { train: [3, 3], test: [1, 1] }, leftOut: {} });
});

test.each<[string, Parameters<typeof imageFolder>[0], RegExp]>([
  ['nested classes', { 'animals/cat': 3, 'animals/dog': 3, 'plants/rose': 3, 'plants/oak': 3 }, /no class with training images.*animals\/, plants\/ hold folders instead of images/s],
  ['a single class', { cat: 5 }, /only one class with training images was found \(cat\)/],
  ['images without class folders', { 'a.png': 'x', 'b.png': 'x' }, /2 images lie outside of any class folder/],
  ['splits without train/', { 'test/cat': 2, 'test/dog': 2, 'val/cat': 2 }, /test\/, val\/ with folders in it, but no train\//],
  ['two validation splits', { 'train/a': 2, 'train/b': 2, 'val/a': 1, 'valid/a': 1 }, /val\/, valid\/ would both be the validation split/],
  ['damaged images only', { 'a/1.png': 'x', 'b/1.png': 'x' }, /no image can be read/],
])('refused with what was found: %s', async (_name, content, message) => {
  await expect(read(content)).rejects.toMatchObject({ code: 'DATASET_DAMAGED', message: expect.stringMatching(message) });
});

test('the test split that is held back has images of every class', async () => {
  const { splits } = await read({ a: 40, b: 5, c: 2, d: 11 });
  expect(splits).toEqual({ train: [36, 4, 1, 10], test: [4, 1, 1, 1] });
});

test('a folder of scripts with single images is doubted', async () => {
  const { doubts } = await read({ 'src/a.ts': 'x', 'src/b.ts': 'x', 'src/c.ts': 'x', src: 1, docs: 1, 'docs/a.md': 'x' });
  expect(doubts).toEqual([expect.stringContaining('single image'), expect.stringContaining('Most files in it are not images')]);
});
