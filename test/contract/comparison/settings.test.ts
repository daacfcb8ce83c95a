// Settings of a group: what counts as one, how they are named, and which is chosen.
import { expect, test } from 'vitest';
import { arrangeGroups, bestSetting, describeGroup, describeMixing, mixedSettings, settingsOf, type ComparedRun } from '#contract';

type Made = { optimizer?: string; seed?: number; lr?: number; val?: number; state?: ComparedRun['state']; more?: object };
let made = 0;
function createRun({ optimizer = 'torch.optim.SGD', seed = 1, lr = 0.1, val, state = 'finished', more = {} }: Made): ComparedRun {
  made += 1;
  return {
    id: `r${made}`, name: `run ${made}`, seed, state, startedAt: null, endedAt: null, config: { dataset: { name: 'cifar10' }, train: { seed, optimizer: { _target_: optimizer, lr }, ...more } },
    metrics: val === undefined ? {} : { 'val/accuracy': { last: val, lastStep: 1, min: val, minStep: 1, max: val, maxStep: 1, count: 1 } },
  };
}
const sgd = (lr: number, seed: number, val: number) => createRun({ lr, seed, val });
const inState = (state: ComparedRun['state'], run: ComparedRun): ComparedRun => ({ ...run, state });
const all = { by: '', settings: 'best', finishedOnly: false, kind: 'curves' } as const;

test('seeds, names and frequencies are no settings; a key that only follows another is not named', () => {
  const runs = [createRun({ val: 0, more: { experiment_name: 'a', val_freq: 1, loader: { seed: 1 }, scheduler: { T_max: 10 } } }), createRun({ lr: 0.01, seed: 2, val: 0, more: { experiment_name: 'b', val_freq: 2, loader: { seed: 2 }, scheduler: { T_max: 20 } } })];
  expect(mixedSettings(runs).map(({ key }) => key)).toEqual(['train.optimizer.lr']);
  expect(mixedSettings([runs[0]!, { ...runs[0]!, seed: 5 }])).toEqual([]);
});

test('how a run is computed is no setting: workers, threads, device', () => {
  const runs = [createRun({ val: 0.8 }), createRun({ seed: 2, val: 0.9, more: { loader_workers: 2, engine_threads: 4, device: 'cpu' } })];
  expect(mixedSettings(runs)).toEqual([]);
});

test('settings are in the order of their values, whatever the order of the runs', () => {
  const runs = [sgd(0.1, 1, 0), sgd(1e-3, 1, 0), sgd(0.01, 1, 0), sgd(1e-3, 2, 0)];
  expect(settingsOf(runs).map(({ name, runs: of }) => [name, of.length])).toEqual([['lr 0.001', 2], ['lr 0.01', 1], ['lr 0.1', 1]]);
  expect(settingsOf(runs.slice(0, 1))).toEqual([{ name: '', runs: [runs[0]] }]);
});

test('a failed seed is left out of the mean that chooses, but stays in its group', () => {
  const runs = [sgd(0.1, 1, 0.8), inState('failed', sgd(0.1, 2, 0.2)), sgd(0.01, 1, 0.7), sgd(0.01, 2, 0.7)];
  expect(bestSetting(runs)).toMatchObject({ setting: 'lr 0.1', of: 2, by: 'val/accuracy', runs: runs.slice(0, 2) });
  expect(arrangeGroups(runs, { ...all, finishedOnly: true })[0]?.runs).toEqual([runs[0]]);
});

test('while nothing is finished the runs at work are compared as they are; without any metric nothing is chosen', () => {
  expect(bestSetting([inState('running', sgd(0.1, 1, 0.3)), inState('running', sgd(0.01, 1, 0.4))])?.setting).toBe('lr 0.01');
  const bare = [createRun({ lr: 0.1 }), createRun({ lr: 0.01 })];
  const [group] = arrangeGroups(bare, all);
  expect([bestSetting(bare), group?.runs.length, describeMixing([group!])]).toEqual([null, 2, 'SGD mixes 2 values of lr. The means depend on which values were swept.']);
});

test('a loss chooses by its minimum', () => {
  const withLoss = (lr: number, min: number): ComparedRun => ({ ...createRun({ lr }), metrics: { 'val/loss': { last: min + 1, lastStep: 2, min, minStep: 1, max: 9, maxStep: 2, count: 2 } } });
  const best = bestSetting([withLoss(0.1, 0.5), withLoss(0.01, 0.3)]);
  expect([best?.setting, best?.by]).toEqual(['lr 0.01', 'val/loss']);
});

test('groups by another key choose the optimizer, too, and say what each is', () => {
  const adam = (lr: number, seed: number, val: number) => createRun({ lr, seed, val, optimizer: 'torch.optim.Adam' });
  const groups = arrangeGroups([sgd(0.1, 1, 0.5), adam(0.1, 1, 0.6), sgd(0.1, 2, 0.7), adam(0.1, 2, 0.6)], { ...all, by: 'train.seed' });
  expect(groups.map(describeGroup)).toEqual(['seed 1 at Adam (best of 2 settings by validation accuracy), 1 run', 'seed 2 at SGD (best of 2 settings by validation accuracy), 1 run']);
});

test('a group for each setting keeps the color of its optimizer', () => {
  const groups = arrangeGroups([sgd(0.1, 1, 0.5), sgd(0.01, 1, 0.6), sgd(0.01, 2, 0.6)], { ...all, settings: 'each' });
  expect(groups.map(({ name, color, variant, runs }) => [name, color, variant, runs.length])).toEqual([['SGD, lr 0.01', 'sgd', 0, 2], ['SGD, lr 0.1', 'sgd', 1, 1]]);
  expect(arrangeGroups([sgd(0.1, 1, 0.5), sgd(0.1, 2, 0.5)], { ...all, settings: 'each' }).map(({ name }) => name)).toEqual(['SGD']);
});
