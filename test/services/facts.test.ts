// What a run takes from its installed data set, and what is refused before it is queued.
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { originNote, type RunDocument } from '#contract';
import { importDataset, listDatasets } from '#datasets';
import { composeView, enqueueRuns, openLab, type Lab } from '#services';
import { imageFolder } from '#test/imageFolders.ts';
import { scratchFolder } from '#test/scratch.ts';

async function labWithPets(): Promise<Lab> {
  const lab = openLab(join(scratchFolder(), 'home'));
  onTestFinished(() => lab.close());
  await importDataset({ root: lab.home.datasets, path: await imageFolder({ cat: 4, dog: 4, emu: 4 }), name: 'pets', xDim: 40 });
  return lab;
}

const pets = ['dataset=image_folder', 'dataset.data_module.folder=pets', 'model=convmixer'];
const configOf = (lab: Lab, id: string) => (JSON.parse((lab.database.prepare('SELECT document FROM runs WHERE id = ?').get(id) as { document: string }).document) as RunDocument);

test('the image size and the number of classes of a folder come from the data set, into the stored configuration', async () => {
  const lab = await labWithPets();
  const view = composeView({ overrides: pets }, lab);
  expect([view.faults, view.experiment?.dataset, view.experiment?.model.options]).toMatchObject([[], { x_dim: 40, num_classes: 3 }, { num_classes: 3 }]);
  const [run] = enqueueRuns(lab, { overrides: pets, installed: true });
  const { config, overrides } = configOf(lab, run!.id);
  expect(config.dataset).toMatchObject({ x_dim: 40, num_classes: 3 });
  expect(overrides).toEqual(pets);
});

test('a sweep over folders takes each one\'s own', async () => {
  const lab = await labWithPets();
  await importDataset({ root: lab.home.datasets, path: await imageFolder({ a: 4, b: 4 }), name: 'ab', xDim: 16 });
  const runs = enqueueRuns(lab, { overrides: ['dataset=image_folder', 'dataset.data_module.folder=pets,ab', 'model=convmixer'], multirun: true });
  expect(runs.map(({ id }) => configOf(lab, id).config.dataset)).toMatchObject([{ x_dim: 40, num_classes: 3 }, { x_dim: 16, num_classes: 2 }]);
});

test.each([['dataset.x_dim=64', /is 64, but the images of pets are 40 × 40/], ['dataset.num_classes=10', /is 10, but pets has 3 classes/], ['++dataset.num_classes=2', /is 2, but pets has 3 classes/]])('%s, which does not fit, is refused before anything is queued', async (override, message) => {
  const lab = await labWithPets();
  expect(() => enqueueRuns(lab, { overrides: [...pets, override] })).toThrow(message);
  expect(composeView({ overrides: [...pets, override] }, lab).faults[0]?.error.message).toMatch(message);
  expect(lab.database.prepare('SELECT count(*) AS runs FROM runs').get()).toEqual({ runs: 0 });
});

test('what is given explicitly and fits is accepted', async () => {
  const lab = await labWithPets();
  expect(enqueueRuns(lab, { overrides: [...pets, 'dataset.x_dim=40', 'dataset.num_classes=3'] })).toHaveLength(1);
});

test('a folder that is not installed is named, at its field', async () => {
  const lab = await labWithPets();
  const [fault] = composeView({ overrides: ['dataset=image_folder', 'dataset.data_module.folder=nosuch'] }, lab).faults;
  expect(fault?.error).toMatchObject({ code: 'DATASET_MISSING', place: { key: 'dataset.data_module.folder' }, message: expect.stringContaining("'nosuch' is not installed") });
});

test('an installed folder is listed with its origin', async () => {
  const lab = await labWithPets();
  expect((await listDatasets(lab.home.datasets)).find(({ name }) => name === 'pets')?.origin).toEqual({ kind: 'folder', official: false, train: 9, published: null });
});

test.each([
  [{ kind: 'import', official: false, train: 1200, published: 100_000 }, 'not the published archive, 1,200 of 100,000 training images'],
  [{ kind: 'download', official: true, train: 50_000, published: 50_000 }, null],
  [{ kind: 'download', official: true, train: 50_000, published: 50_000, limit: 500 }, 'limited to 500 training images'],
  [{ kind: 'folder', official: false, train: 9, published: null }, null],
] as const)('%o is described as %s', (origin, note) => {
  expect(originNote(origin)).toBe(note);
});
