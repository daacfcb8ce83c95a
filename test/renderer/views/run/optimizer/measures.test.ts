// The measures of an optimizer on its page: curves, the row at a step, places in the table, words for a run without them.
import { expect, test } from 'vitest';
import type { RunView } from '#contract';
import { columnsOf, formatStep, quantileCurve, rowAt, spreadOf, viewsOf, whyNothing } from '../../../../../src-renderer/views/run/optimizer/measures.ts';

const rows = [10, 20, 40].map((step) => ({ offset: step, step, quantiles: { noise: step === 20 ? null : ([1, 2, step] as [number, number, number]), step: [0.1, 0.2, 0.3] as [number, number, number] } }));

test('measures come in the page\'s order, whatever the journal\'s', () => {
  expect(viewsOf(rows).map(({ name }) => name)).toEqual(['step', 'noise']);
  expect(viewsOf([])).toEqual([]);
});

test('a measure is a median with a band, with a gap where it had no value', () => {
  const curve = quantileCurve(rows, { name: 'noise', color: 'red', band: true });
  expect([curve.xs, curve.ys, curve.band?.high].map((values) => Array.from(values!))).toEqual([[10, 20, 40], [2, NaN, 2], [10, NaN, 40]]);
  expect(quantileCurve(rows, { name: 'noise', color: 'red', band: false }).band).toBeUndefined();
});

test('the row nearest to the crosshair; the last without one', () => {
  expect([null, 0, 14, 31, 99].map((step) => rowAt(rows, step)?.step)).toEqual([40, 10, 10, 40, 40]);
  expect(rowAt([], 3)).toBeNull();
});

test('places in the table go by the logarithm where the axis does; equal values have none', () => {
  const place = spreadOf([[1, 10, 100], null, [10, 10, 10_000]], true)!;
  expect([1, 100, 10_000].map(place)).toEqual([0, 0.5, 1]);
  expect(spreadOf([[1, 1, 1], [1, 1, 1]], true)).toBeNull();
  const layers = { step: 40, tensors: ['a'], sizes: [1], total: {}, measures: { step: [null], noise: [null] } };
  expect(columnsOf(viewsOf(rows), layers).map(({ name }) => name)).toEqual(['noise', 'step']);
});

test('steps on an axis', () => {
  expect([0, 500, 9999, 12_500, 30_000].map(formatStep)).toEqual(['0', '500', '9,999', '12.5k', '30k']);
});

test('a run without quantiles says why', () => {
  const run = (state: string, every: number, count = 0) => ({ state, config: { train: { optimizer_log_freq: every, optimizer: { _target_: 'vsgd.VSGD' } } }, metrics: count > 0 ? { beta1_mean: { count } } : {} }) as unknown as RunView;
  expect([run('finished', 0), run('running', 100), run('stopped', 100), run('finished', 100, 3)].map(whyNothing)).toEqual([
    expect.stringContaining('logs nothing'), expect.stringContaining('comes at step 100'), expect.stringContaining('ended before'), expect.stringContaining('made before they were logged. Its beta1 is below.'),
  ]);
});
