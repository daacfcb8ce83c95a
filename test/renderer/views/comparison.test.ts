// What the page makes of a comparison: its address, its columns, where groups differ.
import { expect, test } from 'vitest';
import { comparisonSchema, figureSchema, groupRuns, type ComparedRun, type RunView, type SavedComparison, type TableColumn } from '#contract';
import { compareCommand, comparisonOf, dropsOf, emptiness, groupDifferences, isSameComparison, queryOf, runLabels, shownColumns } from '../../../src-renderer/views/compare/comparison.ts';

test('the address keeps all of a comparison', () => {
  const comparison = comparisonSchema.parse({ runs: ['a', 'b'], by: 'train.optimizer._target_,train.optimizer.lr', kind: 'curves', metric: 'train/loss', x: 'epoch', band: 'ci95', settings: 'each', finishedOnly: true, smoothing: 0.5, log: true, baseline: 'SGD', target: 0.1, hidden: ['VSGD', 'Adam'], charts: 'metrics' });
  expect(comparisonOf(queryOf(comparison, 'name'), ['a', 'b'], 'train/loss')).toEqual(comparison);
  expect(comparisonOf({ x: 'nonsense', smooth: '7', target: 'high', charts: 'all' }, ['a'], 'test/accuracy')).toMatchObject({ x: 'step', smoothing: 0.999, target: null, charts: 'one' });
});

test('a comparison is the same after its way through the address, whatever the order of what it hides', () => {
  const comparison = comparisonSchema.parse({ runs: ['a', 'b'], metric: 'train/loss', hidden: ['VSGD', 'Adam'] });
  const query = { ...queryOf(comparison, 'name'), hide: 'Adam|VSGD' };
  expect(isSameComparison(comparisonOf(query, ['a', 'b'], 'train/loss'), comparison)).toBe(true);
  expect(isSameComparison(comparisonOf({ ...query, band: 'ci95' }, ['a', 'b'], 'train/loss'), comparison)).toBe(false);
  expect(isSameComparison(comparisonOf(query, ['a'], 'train/loss'), comparison)).toBe(false);
});

test('the command takes a saved comparison by its name while it is the same, and says which looks differ', () => {
  const comparison = comparisonSchema.parse({ runs: ['a', 'b'] });
  const figure = figureSchema.parse({ width: 140, title: 'Mine', yLabel: 'Loss' });
  const saved: SavedComparison = { version: 1, name: 'my comparison', comparison, figure };
  const command = (more: object) => compareCommand({ comparison, figure, saved, ...more }, 'figure.pdf');
  expect(command({})).toBe("vsgd-lab compare --saved 'my comparison' --out figure.pdf");
  expect(command({ figure: { ...figure, title: '', width: 84 } })).toBe("vsgd-lab compare --saved 'my comparison' --width 84 --title '' --out figure.pdf");
  expect(command({ figure: { ...figure, yLabel: null } })).toBe('vsgd-lab compare a b --width 140 --title Mine --out figure.pdf');
  expect(command({ comparison: { ...comparison, log: true } })).toBe('vsgd-lab compare a b --log --width 140 --title Mine --y-label Loss --out figure.pdf');
  expect(command({ saved: null, figure: figureSchema.parse({}) })).toBe('vsgd-lab compare a b --out figure.pdf');
});

const columns = (...keys: string[]): TableColumn[] => keys.map((key) => ({ key, label: key === 'steps to target' ? 'steps to 65 %' : key, unit: 'number' }));
test('columns in the order of interest; a target takes the place of training loss and duration', () => {
  const all = ['final test accuracy', 'best test accuracy', 'final test loss', 'final training loss', 'duration'];
  expect(shownColumns(columns(...all), 'test/accuracy').map(({ label, index, spread, yields }) => [label, index, spread, yields])).toEqual([
    ['Final', 0, true, 'never'], ['Highest', 1, true, 'never'], ['Test loss', 2, false, 'first'], ['Training loss', 3, false, 'first'], ['Duration', 4, false, 'first'],
  ]);
  expect(shownColumns(columns(...all, 'steps to target'), 'test/accuracy').map(({ label }) => label)).toEqual(['Final', 'Highest', 'Test loss', 'Steps to 65 %']);
  const atBest = 'test accuracy at best validation';
  expect([shownColumns(columns(...all, atBest), 'test/accuracy')[0], shownColumns(columns(...all, atBest, 'final test loss'), 'test/loss').map(({ label }) => label).slice(0, 2)]).toMatchObject([{ label: 'Test at best val.', index: 5, spread: true }, ['Final', 'Final']]);
});

const createRun = (seed: number, optimizer: string, lr: number): ComparedRun => ({ id: `${optimizer}${seed}`, name: 'x', seed, startedAt: null, endedAt: null, metrics: {}, config: { train: { seed, optimizer: { _target_: `torch.optim.${optimizer}`, lr, ...(optimizer === 'Adam' ? { betas: [0.9, 0.999] } : {}) } } } });
test('where groups differ: a value for each; seeds that all groups have are no difference', () => {
  const runs = [createRun(1, 'Adam', 0.1), createRun(2, 'Adam', 0.1), createRun(1, 'SGD', 0.1), createRun(2, 'SGD', 0.5)];
  expect(groupDifferences(groupRuns(runs, ''))).toEqual([
    { key: 'train.optimizer', values: ['Adam', 'SGD'] }, { key: 'train.optimizer.betas', values: ['[0.9,0.999]', '–'] }, { key: 'train.optimizer.lr', values: ['0.1', '0.1, 0.5'] },
  ]);
  expect(groupDifferences(groupRuns(runs.slice(0, 2), ''))).toEqual([{ key: 'train.seed', values: ['1, 2'] }]);
});

test('a chart without curves says why', () => {
  const run = (state: string, reason: string | null = null, metrics = {}) => ({ ...createRun(1, 'Adam', 0.1), state, reason, metrics }) as RunView;
  const told = (...runs: RunView[]) => { const empty = emptiness(runs, 'test/accuracy'); return empty && [empty.text, empty.run?.state]; };
  const failed = run('failed', 'MNIST is not here.\n  at load');
  expect(told()).toEqual(['Everything is hidden.', undefined]);
  expect(told(failed)).toEqual(['The run failed: MNIST is not here.', 'failed']);
  expect(told(failed, failed, failed)).toEqual(['All 3 runs failed: MNIST is not here.', 'failed']);
  expect(told(failed, run('queued'))).toEqual(['No run has written test/accuracy yet. 1 of 2 runs failed: MNIST is not here.', 'failed']);
  expect(told(run('running'))).toEqual(['No run has written test/accuracy yet.', undefined]);
  expect(told(run('stopped'))).toEqual(['No run has written test/accuracy.', undefined]);
  expect(told(failed, run('running', null, { 'test/accuracy': {} }))).toBeNull();
});

test('runs beside each other are called by the settings that differ', () => {
  const runs = (...of: ComparedRun[]) => runLabels(of as RunView[]);
  expect(runs(createRun(1, 'SGD', 0.1), createRun(2, 'SGD', 0.1), createRun(2, 'SGD', 0.5))).toEqual(['lr 0.1, seed 1', 'lr 0.1, seed 2', 'lr 0.5, seed 2']);
  expect(runs(createRun(1, 'SGD', 0.1), { ...createRun(1, 'SGD', 0.1), id: 'other', name: 'y' })).toEqual(['x', 'y']);
  const adam = createRun(1, 'Adam', 0.1);
  const withBetas = { ...adam, config: { train: { ...(adam.config.train as object), optimizer: { _target_: 'torch.optim.Adam', lr: 0.1, betas: [0.9, 0.999], eps: 1e-8 } } } };
  expect(runs(createRun(1, 'SGD', 0.1), withBetas)).toEqual(['SGD', 'Adam']);
  expect(runs(createRun(1, 'SGD', 0.1), createRun(2, 'SGD', 0.2), createRun(1, 'Adam', 0.5))).toEqual(['SGD, seed 1', 'SGD, seed 2', 'Adam, seed 1']);
  const longer = (run: ComparedRun, max_iter: number, T_max: number): ComparedRun => ({ ...run, config: { train: { ...(run.config.train as object), max_iter, scheduler: { T_max } } } });
  const sweeps = [longer(createRun(1, 'SGD', 0.1), 100, 1), longer(createRun(2, 'SGD', 0.1), 100, 1), longer(createRun(1, 'SGD', 0.5), 150, 2), longer(createRun(1, 'SGD', 0.2), 150, 2)];
  expect(runs(...sweeps), 'several sweeps: what tells all apart, no more').toEqual(['lr 0.1, seed 1', 'lr 0.1, seed 2', 'lr 0.5, seed 1', 'lr 0.2, seed 1']);
});

test('the learning rate drops where it halves at once, not where it bends', () => {
  expect(dropsOf([1, 10_000, 10_001, 20_000, 20_001], [0.1, 0.1, 0.01, 0.01, 0.001])).toEqual([10_001, 20_001]);
  expect(dropsOf([1, 2, 3, 4], [0.001, 0.1, 0.09, 0.07])).toEqual([]);
});
