// A sweep of optimizers, rates and seeds: each optimizer at its best rate by validation, against numbers of numpy and scipy.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { comparisonSchema, figureSchema, type ComparisonInput, type ComparisonTable } from '#contract';
import { checkComparison, comparisonTable, enqueueRuns, figureData, makeFigure, makeTable, openLab, showRunView, type Lab } from '#services';
import { setState } from '#store';
import { journal, metrics } from '#test/journals.ts';
import { scratchFolder } from '#test/scratch.ts';
import sweep from './fixtures/sweep.json' with { type: 'json' };

type Values = Parameters<typeof metrics>[1];
const finish = (lab: Lab, id: string): void => { for (const state of ['starting', 'running', 'finished'] as const) setState(lab.database, id, { state }); };
const ask = (runs: string[], more: Partial<ComparisonInput> = {}) => comparisonSchema.parse({ runs, ...more });
const rowOf = ({ rows }: ComparisonTable, name: string) => rows.find((row) => row.name === name);
const cellOf = (table: ComparisonTable, name: string, key: string) => rowOf(table, name)?.cells[table.columns.findIndex((column) => column.key === key)];
const close = (value: number): number => expect.closeTo(value, 9) as number;
const statistic = ([mean, deviation]: number[], count: number) => ({ mean: close(mean as number), deviation: close(deviation as number), count });

describe('4 optimizers × 3 rates × 3 seeds', () => {
  let lab: Lab;
  let ids: string[];
  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), 'vsgd-lab-test-'));
    lab = openLab(folder);
    ids = enqueueRuns(lab, { overrides: ['experiment=quickstart', 'train/optimizer=vsgd,adam,adamW,sgd', 'train.optimizer.lr=0.1,0.01,0.001', 'train.seed=1,2,3'], multirun: true }).map(({ id }) => id);
    sweep.runs.forEach(({ val, test: tested }, at) => {
      journal(lab, ids[at] as string, sweep.steps.map((step, index) => metrics(step, { 'val/accuracy': val[index] as number, 'test/accuracy': tested[index] as number, 'train/loss': 1 })));
      finish(lab, ids[at] as string);
    });
    return () => { lab.close(); rmSync(folder, { recursive: true, force: true }); };
  });

  test('by default each optimizer is at its best rate by validation, which the row, the notes and the caption name', async () => {
    const table = comparisonTable(lab, ask(ids));
    for (const [name, { lr, atBest, final, highest }] of Object.entries(sweep.expected)) {
      expect(rowOf(table, name)).toMatchObject({ setting: `lr ${lr}`, description: `${name} at lr ${lr} (best of 3 settings by validation accuracy), 3 seeds` });
      expect([cellOf(table, name, 'test accuracy at best validation'), cellOf(table, name, 'final test accuracy'), cellOf(table, name, 'best test accuracy')]).toEqual([atBest, final, highest].map((one) => statistic(one, 3)));
    }
    expect(table.columns[0]?.key).toBe('test accuracy at best validation');
    const line = 'VSGD at lr 0.1 (best of 3 settings by validation accuracy), 3 seeds';
    expect(table.notes[0]).toContain(line);
    for (const format of ['md', 'tex', 'csv', 'json'] as const) expect(makeTable(lab, ask(ids), format).content.replaceAll('\\_', '_')).toContain(line);
    for (const format of ['svg', 'tex', 'json'] as const) expect((await makeFigure(lab, { comparison: ask(ids), figure: figureSchema.parse({}), format })).content).toContain(line);
    expect(figureData(lab, ask(ids))).toMatchObject({ curves: [{ name: 'VSGD at lr 0.1 (n = 3)', runs: 3 }, { name: 'Adam at lr 0.001 (n = 3)' }, { name: 'AdamW at lr 0.01 (n = 3)' }, { name: 'SGD at lr 0.1 (n = 3)' }] });
  });

  test('differences are by seed at the chosen rates, with the interval of Student', () => {
    const table = comparisonTable(lab, ask(ids, { baseline: 'Adam' }));
    for (const [name, expected] of Object.entries(sweep.expected)) {
      if (!('difference' in expected)) { expect(rowOf(table, name)?.difference).toBeNull(); continue; }
      const { mean, deviation, low, high } = expected.difference;
      expect(rowOf(table, name)?.difference).toEqual({ mean: close(mean), deviation: close(deviation), low: expect.closeTo(low, 5) as number, high: expect.closeTo(high, 5) as number, count: 3, of: 3 });
    }
    expect([table.difference, makeTable(lab, ask(ids), 'md').content]).toEqual(['final test accuracy', expect.stringMatching(/Difference of the final test accuracy: mean ± standard deviation over seeds \\\[95 % confidence interval/)]);
  });

  test('all settings together are warned of; a group for each has its own numbers', () => {
    const all = comparisonTable(lab, ask(ids, { settings: 'all' }));
    expect(all.notes).toContainEqual(expect.stringMatching(/^Each group mixes 3 values of lr\./));
    for (const [name, expected] of Object.entries(sweep.expected)) expect(cellOf(all, name, 'final test accuracy')).toEqual(statistic(expected.all, 9));
    const each = comparisonTable(lab, ask(ids, { settings: 'each' }));
    expect([each.rows.length, each.rows.slice(0, 3).map(({ name }) => name)]).toEqual([12, ['VSGD, lr 0.001', 'VSGD, lr 0.01', 'VSGD, lr 0.1']]);
    expect(cellOf(each, 'AdamW, lr 0.01', 'final test accuracy')).toEqual(statistic(sweep.expected.AdamW.final, 3));
    const keys = comparisonTable(lab, ask(ids, { by: 'train.optimizer._target_,train.optimizer.lr' }));
    expect(keys.rows.map(({ name, cells, setting }) => [name, cells, setting])).toEqual(each.rows.map(({ name, cells }) => [name, cells, null]));
    expect(() => checkComparison(lab, ask(ids, { by: 'optimizer,train.optimizer.lr', baseline: 'SGD, lr 0.1' }), { metric: true })).not.toThrow();
    expect(() => checkComparison(lab, ask(ids, { by: 'optimizer,train.optimizer.lrr' }), { metric: true })).toThrow(/key 'train\.optimizer\.lrr'\. Did you mean 'train\.optimizer\.lr'/);
  });

  test('parallel coordinates show the whole sweep', () => {
    const made = figureData(lab, ask(ids, { kind: 'parallel' }));
    expect(made.kind === 'parallel' && made.lines.length).toBe(36);
  });
});

describe('settings that are not all alike', () => {
  function createLab(overrides: string[], curves: (at: number) => Values[], states: (at: number) => 'finished' | 'running' = () => 'finished') {
    const lab = openLab(scratchFolder());
    onTestFinished(() => lab.close());
    const ids = enqueueRuns(lab, { overrides: ['experiment=quickstart', ...overrides], multirun: true }).map(({ id }) => id);
    ids.forEach((id, at) => {
      journal(lab, id, curves(at).map((values, index) => metrics(10 * (index + 1), values)));
      if (states(at) === 'finished') finish(lab, id);
      else for (const state of ['starting', 'running'] as const) setState(lab.database, id, { state });
    });
    return { lab, ids };
  }

  test('several swept keys: the setting names those that tell it from the others', () => {
    const { lab, ids } = createLab(['train/optimizer=adam', 'train.optimizer.lr=0.1,0.01', 'train.optimizer.weight_decay=0,0.1', 'train.seed=1,2'], (at) => [{ 'val/accuracy': [0.5, 0.5, 0.6, 0.6, 0.9, 0.7, 0.4, 0.4][at] as number, 'test/accuracy': at / 10 }]);
    expect(comparisonTable(lab, ask(ids)).rows).toMatchObject([{ name: 'Adam', description: 'Adam at lr 0.01, weight_decay 0 (best of 4 settings by validation accuracy), 2 seeds', runs: ids.slice(4, 6) }]);
    expect(comparisonTable(lab, ask(ids, { settings: 'all' })).notes[0]).toMatch(/^Adam mixes 2 values of lr and 2 values of weight_decay\./);
  });

  test('a run that diverged counts as the worst; one that is not finished has no part while others are', () => {
    const { lab, ids } = createLab(['train/optimizer=sgd', 'train.optimizer.lr=1,0.1,0.01', 'train.seed=1,2'], (at) => [
      [{ 'val/accuracy': 0.95, 'test/accuracy': 0.9, 'train/loss': 1 }, { 'val/accuracy': 0.1, 'test/accuracy': 0.1, 'train/loss': 'NaN' as const }], [{ 'val/accuracy': 0.94, 'test/accuracy': 0.9 }],
      [{ 'val/accuracy': 0.6, 'test/accuracy': 0.5 }], [{ 'val/accuracy': 0.62, 'test/accuracy': 0.5 }],
      [{ 'val/accuracy': 0.99, 'test/accuracy': 0.4 }], [{ 'val/accuracy': 0.5, 'test/accuracy': 0.4 }],
    ][at] as Values[], (at) => (at === 4 ? 'running' : 'finished'));
    expect(comparisonTable(lab, ask(ids)).rows[0]).toMatchObject({ setting: 'lr 0.1', runs: ids.slice(2, 4) });
    expect(comparisonTable(lab, ask(ids, { settings: 'each', finishedOnly: true })).rows.map(({ name, runs }) => [name, runs.length])).toEqual([['SGD, lr 0.01', 1], ['SGD, lr 0.1', 2], ['SGD, lr 1', 2]]);
  });

  test('without validation the choice is by test, and says so; unequal seeds pair where both have them', () => {
    const { lab, ids } = createLab(['train/optimizer=vsgd,sgd', 'train.optimizer.lr=0.1,0.01', 'train.seed=1,2,3'], (at) => [{ 'test/accuracy': [0.5, 0.5, 0.5, 0.7, 0.8, 0.9, 0.6, 0.62, 0.64, 0.1, 0.1, 0.1][at] as number }]);
    const table = comparisonTable(lab, ask([...ids.slice(0, 5), ...ids.slice(6)]));
    expect(table.rows.map(({ description }) => description)).toEqual(['VSGD at lr 0.01 (best of 2 settings by test accuracy, selected on test (no validation)), 2 seeds', 'SGD at lr 0.1 (best of 2 settings by test accuracy, selected on test (no validation)), 3 seeds']);
    expect(rowOf(table, 'VSGD')?.difference).toMatchObject({ mean: close(0.14), count: 2, of: 2 });
    expect(table.columns.map(({ key }) => key)).not.toContain('test accuracy at best validation');
  });

  test('different data sets do not compete: each has groups of its own', () => {
    const { lab, ids } = createLab(['dataset=shapes,mnist', 'train/optimizer=sgd'], () => [{ 'val/accuracy': 0.5, 'test/accuracy': 0.5 }]);
    expect(comparisonTable(lab, ask(ids)).rows.map(({ name, setting }) => [name, setting])).toEqual([['SGD, mnist', null], ['SGD, shapes', null]]);
  });

  test('test at best validation takes the first evaluation with the highest validation, and the last validation before an evaluation without its own', () => {
    const { lab, ids } = createLab(['train.seed=1'], (): Values[] => [{ 'val/accuracy': 0.5 }, { 'val/accuracy': 0.7, 'test/accuracy': 0.61 }, { 'val/accuracy': 0.9 }, { 'val/accuracy': 0.7, 'test/accuracy': 0.65 }, { 'test/accuracy': 0.8 }]);
    expect(showRunView(lab, ids[0] as string).testAtBest).toEqual({ value: 0.61, step: 20, validation: 0.7 });
    journal(lab, ids[0] as string, [metrics(60, { 'val/accuracy': 0.71, 'test/accuracy': 0.6 })]);
    expect(showRunView(lab, ids[0] as string).testAtBest).toEqual({ value: 0.6, step: 60, validation: 0.71 });
  });

  test('the median of steps to a target counts runs that have not reached it', () => {
    const reach = (at: number): Values[] => Array.from({ length: 6 }, (_, index) => ({ 'test/accuracy': index >= at ? 0.9 : 0.1 }));
    const { lab, ids } = createLab(['train/optimizer=sgd', 'train.seed=1,2,3,4,5'], (at) => reach([1, 2, 9, 4, 9][at] as number));
    const made = (count: number) => { const table = comparisonTable(lab, ask(ids.slice(0, count), { target: 0.5 })); return [cellOf(table, 'SGD', 'steps to target'), makeTable(lab, ask(ids.slice(0, count), { target: 0.5 }), 'md').content]; };
    // numpy.median of [20, 30, inf, 50, inf]; of [20, 30]; of [20, 30, inf, 50]
    expect(made(5)).toEqual([{ mean: close(100 / 3), deviation: close(15.275252316519467), count: 3, median: 50 }, expect.stringContaining('median 50 (3 of 5)')]);
    expect(made(2)).toEqual([{ mean: 25, deviation: close(7.0710678118654755), count: 2, median: 25 }, expect.stringContaining('25 ± 7, median 25')]);
    expect(made(4)[0]).toMatchObject({ median: 40, count: 3 });
  });
});
