// Filters, orders and cards of runs.
import { describe, expect, test } from 'vitest';
import type { MetricSummary, RunView } from '#contract';
import { stepsPerEpoch, xsOf } from '../../../src-renderer/views/run/runCards.ts';
import { filterRuns, sortRuns } from '../../../src-renderer/views/runs/runsTable.ts';

const summary = (last: number, max = last): MetricSummary => ({ last, lastStep: 1, min: last, minStep: 1, max, maxStep: 1, count: 1 });
function createRun(id: string, { optimizer = 'vsgd.VSGD', seed = 1, state = 'finished', accuracy, lr = 0.1 }: { optimizer?: string; seed?: number; state?: RunView['state']; accuracy?: number; lr?: number } = {}): RunView {
  return {
    id, name: `run ${id}`, state, reason: null, overrides: [], engine: null, dataset: { name: 'mnist', fingerprint: null }, startedAt: null, endedAt: null, createdAt: '', tags: [], notes: '', starred: false,
    config: { model: { _target_: 'model.ConvMixer' }, train: { seed, optimizer: { _target_: optimizer, lr } } }, seed, desired: 'finished', position: 0, sweep: null, fork: null, step: 0, totalSteps: null, trashedAt: null,
    metrics: accuracy === undefined ? {} : { 'test/accuracy': summary(accuracy) },
  };
}
const a = createRun('a', { accuracy: 0.9, seed: 1 });
const b = createRun('b', { accuracy: 0.7, seed: 1, optimizer: 'torch.optim.SGD', lr: 0.01 });
const c = createRun('c', { seed: 2, state: 'running' });
const names = (runs: RunView[]) => runs.map(({ id }) => id).join('');

describe('the table', () => {
  test.each([['', '', 'abc'], ['sgd', '', 'abc'], ['adam', '', ''], ['train.optimizer.lr=0.01', '', 'b'], ['train.optimizer.lr>=0.1', '', 'ac'], ['test/accuracy>0.8', '', 'a'], ['mnist train.seed=2', '', 'c'], ['', 'open', 'c'], ['', 'finished', 'ab']])('filter %j, state %j: %s', (text, state, wanted) => {
    expect(names(filterRuns([a, b, c], text, state))).toBe(wanted);
  });
  test('orders, with what has no value last either way', () => {
    expect(names(sortRuns([a, c, b], 'best', false))).toBe('bac');
    expect(names(sortRuns([a, c, b], 'best', true))).toBe('abc');
    expect(names(sortRuns([c, b, a], '', true))).toBe('cba');
  });
});

test('axes: epochs come from the epoch curve, times count from the start', () => {
  const epochs = { steps: Float64Array.of(1, 2, 3, 4), times: new Float64Array(4), values: Float64Array.of(0, 0, 1, 1) };
  const curve = { steps: Float64Array.of(1, 4), times: Float64Array.of(1500, 3000), values: Float64Array.of(1, 1) };
  expect(stepsPerEpoch(epochs)).toBe(2);
  expect(Array.from(xsOf(curve, 'epoch', { epochs, start: 0 }))).toEqual([0.5, 2]);
  expect(Array.from(xsOf(curve, 'relative', { start: 1000 }))).toEqual([0.5, 2]);
  expect(xsOf(curve, 'step', { start: 0 })).toBe(curve.steps);
});
