// Groups of runs: names, colors, pairs, differences.
import { expect, test } from 'vitest';
import { compareValues, differences, groupRuns, pairedDifferences, placesOf, runNames, stepsOfEpoch, tellingNames, variantStyle, type ComparedRun } from '#contract';

const createRun = (id: string, { optimizer = 'vsgd.VSGD', seed = 1, lr = 0.1, accuracy }: { optimizer?: string; seed?: number; lr?: number; accuracy?: number } = {}): ComparedRun => ({
  id, name: `run ${id}`, seed, startedAt: null, endedAt: null, config: { train: { seed, optimizer: { _target_: optimizer, lr } } },
  metrics: accuracy === undefined ? {} : { 'test/accuracy': { last: accuracy, lastStep: 1, min: accuracy, minStep: 1, max: accuracy, maxStep: 1, count: 1 } },
});
const a = createRun('a', { accuracy: 0.9 });
const b = createRun('b', { accuracy: 0.7, optimizer: 'torch.optim.SGD', lr: 0.01 });
const c = createRun('c', { seed: 2 });
const told = (by: string) => groupRuns([a, b, c], by).map(({ name, color, runs }) => [name, color, runs.map(({ id }) => id).join('')]);

test('an optimizer keeps its color; other groups take those of the palette in turn', () => {
  expect(told('')).toEqual([['VSGD', 'vsgd', 'ac'], ['SGD', 'sgd', 'b']]);
  expect(told('train.seed')).toEqual([['seed 1', 'extra-1', 'ab'], ['seed 2', 'extra-2', 'c']]);
  expect(told('run').map(([name]) => name)).toEqual(['run a', 'run b', 'run c']);
  expect(told('no.such.key')).toEqual([['key none', 'extra-1', 'abc']]);
});

test('groups by a number are in its order, and named with their key', () => {
  const rates = [0.1, 0.01, 1e-7, 0.3, 0.03, 10].map((lr, at) => createRun(`r${at}`, { lr }));
  expect(groupRuns(rates, 'train.optimizer.lr').map(({ name }) => name)).toEqual(['lr 1e-7', 'lr 0.01', 'lr 0.03', 'lr 0.1', 'lr 0.3', 'lr 10']);
  expect(['b', '10', '', '9', 'none', 'a'].sort(compareValues)).toEqual(['9', '10', '', 'a', 'b', 'none']);
});

test('single runs have the color of their optimizer, lighter and then dashed; equal names are told apart', () => {
  const runs = Array.from({ length: 5 }, (_, at) => ({ ...createRun(`000${at}`, { seed: at === 4 ? 3 : at }), name: 'sweep' }));
  const groups = groupRuns([...runs, b], 'run');
  expect(groups.map(({ color, variant }) => [color, variant])).toEqual([['vsgd', 0], ['vsgd', 1], ['vsgd', 2], ['vsgd', 3], ['vsgd', 4], ['sgd', 0]]);
  expect(groups.map(({ name }) => name)).toEqual(['sweep, VSGD, seed 0', 'sweep, VSGD, seed 1', 'sweep, VSGD, seed 2', 'sweep, VSGD, seed 3, 0003', 'sweep, VSGD, seed 3, 0004', 'run b']);
  const looks = groups.slice(0, 5).map(({ variant }) => JSON.stringify(variantStyle(variant)));
  expect(new Set(looks).size).toBe(5);
  expect(new Set(Array.from({ length: 9 }, (_, variant) => JSON.stringify(variantStyle(variant)))).size).toBe(9);
});

test('runs of one name alone are called by optimizer and seed', () => {
  const twins = (...runs: ComparedRun[]) => [...runNames(runs.map((run) => ({ ...run, name: 'twin' }))).values()];
  expect(twins(a, b, c)).toEqual(['VSGD seed 1', 'SGD seed 1', 'VSGD seed 2']);
  expect(new Set(twins(a, createRun('d'))).size).toBe(2);
});

test('names are told apart by what follows their common words', () => {
  expect(tellingNames(['convmixer shapes adam, seed 1', 'convmixer shapes adamw, seed 2'])).toEqual(['…adam, seed 1', '…adamw, seed 2']);
  expect(tellingNames(['sweep one', 'sweep one longer'])).toEqual(['…one', '…one longer']);
  expect(tellingNames(['VSGD seed 1', 'Adam seed 1'])).toEqual(['VSGD seed 1', 'Adam seed 1']);
  expect(tellingNames(['convmixer shapes seed 1', 'convmixer shapes seed 2'])).toEqual(['…seed 1', '…seed 2']);
  expect(tellingNames(['alone on the page'])).toEqual(['alone on the page']);
});

test('points lie at steps, epochs, seconds since the start, or the time of day', () => {
  const epoch = { last: 3, lastStep: 40, min: 0, minStep: 1, max: 3, maxStep: 31, count: 40 };
  const run = { ...a, startedAt: new Date(1000).toISOString(), metrics: { epoch } };
  const points = { steps: Float64Array.of(10, 20), times: Float64Array.of(2000, 3500) };
  expect(stepsOfEpoch(run)).toBe(10);
  expect((['step', 'epoch', 'seconds', 'wall'] as const).map((axis) => Array.from(placesOf(run, points, axis)))).toEqual([[10, 20], [1, 2], [1, 2.5], [2000, 3500]]);
  expect(Array.from(placesOf({ ...run, pauses: [[2500, 3000]] }, points, 'seconds'))).toEqual([1, 2]); // what lay between two sessions is no time of work
  expect(stepsOfEpoch({ metrics: { epoch: { ...epoch, max: 0, maxStep: 1 } } })).toBe(40);
});

test('differences pair seeds; a seed without a partner is left out', () => {
  const [vsgd, sgd] = groupRuns([a, b, c], '');
  expect(pairedDifferences(vsgd!, sgd!, ({ metrics }) => (metrics['test/accuracy']?.last as number | undefined) ?? null)).toEqual([expect.closeTo(0.2)]);
});

test('seeds with several runs, as in a sweep over rates, are compared by their means', () => {
  const run = (optimizer: string, lr: number, accuracy: number) => createRun(`${optimizer}${lr}`, { optimizer, lr, accuracy });
  const [vsgd, sgd] = groupRuns([run('vsgd.VSGD', 0.1, 0.5), run('vsgd.VSGD', 1, 0.7), run('torch.optim.SGD', 0.1, 0.6), run('torch.optim.SGD', 1, 0.1)], '');
  expect(pairedDifferences(vsgd!, sgd!, ({ metrics }) => metrics['test/accuracy']?.last as number)).toEqual([expect.closeTo(0.25)]);
});

test('only keys that differ are shown', () => {
  expect(differences([a, b]).map(({ key }) => key)).toEqual(['train.optimizer._target_', 'train.optimizer.lr']);
});
