// The queue in a line of the rail.
import { expect, test } from 'vitest';
import type { RunView } from '#contract';
import { batchOf } from '../../../src-renderer/shell/batch.ts';

const at = (seconds: number): string => new Date(1000 * seconds).toISOString();
function createRun(state: RunView['state'], more: Partial<RunView> = {}): RunView {
  return {
    id: 'r', name: 'r', state, reason: null, overrides: [], engine: null, engineAsked: 'auto', dataset: { name: 'mnist', fingerprint: null }, config: { model: { _target_: 'model.VGG' } }, startedAt: null, endedAt: null, createdAt: '', tags: [], notes: '', starred: false,
    seed: 1, desired: 'finished', position: 0, sweep: { id: 's', index: 0, size: 4 }, fork: null, step: 0, totalSteps: null, secondsPerStep: null, trashedAt: null, diskBytes: 0, metrics: {}, testAtBest: null, ...more,
  };
}
const finished = createRun('finished', { startedAt: at(0), endedAt: at(100), step: 10, totalSteps: 10 });
const running = createRun('running', { startedAt: at(100), step: 5, totalSteps: 10, secondsPerStep: 12 });
const waiting = createRun('queued');

test('a sweep of four, one done: 1 of 4, and the rest as long as those before', () => {
  expect(batchOf([finished, running, waiting, waiting], 0)).toEqual({ atWork: 1, waiting: 2, done: 1, total: 4, part: 1.5 / 4, secondsLeft: 60 + 2 * 110 });
});

test('side by side they share what waits; a run of its own is known by those of its model and data', () => {
  const single = { sweep: null };
  expect(batchOf([running, { ...running, secondsPerStep: 40 }, { ...finished, ...single }, { ...waiting, ...single }], 0)).toMatchObject({ done: 0, total: 3, secondsLeft: 200 });
  expect(batchOf([running, running, { ...finished, ...single }, { ...waiting, ...single }], 0)).toMatchObject({ secondsLeft: (60 + 60 + 100) / 2 });
});

test('what cannot be told is not: an empty queue, a run that no other is like, a beginning', () => {
  expect(batchOf([finished], 0)).toBeNull();
  expect(batchOf([finished, running, { ...waiting, sweep: null }], 0)?.secondsLeft).toBeNull();
  expect(batchOf([{ ...running, secondsPerStep: null }], 0)?.secondsLeft).toBeNull();
});
