// The filter of runs, in the app's table and on the command line.
import { describe, expect, test } from 'vitest';
import { conditionOf, filterRuns, isCondition, parseFilter, type MetricSummary, type RunView } from '#contract';

const summary = (last: number, max = last): MetricSummary => ({ last, lastStep: 1, min: last, minStep: 1, max, maxStep: 1, count: 1 });
const run = (id: string, optimizer: string, more: Partial<RunView> & { lr?: number } = {}): RunView => ({
  id, name: `run ${id}`, state: 'finished', reason: null, overrides: [], engine: null, engineAsked: 'auto', dataset: { name: 'mnist', fingerprint: null }, startedAt: null, endedAt: null, createdAt: '', tags: [], notes: '', starred: false,
  config: { model: { _target_: 'model.ConvMixer' }, train: { seed: 1, optimizer: { _target_: optimizer, lr: more.lr ?? 0.1 } } }, seed: 1, desired: 'finished', position: 0, sweep: null, fork: null, step: 0, totalSteps: null, secondsPerStep: null, trashedAt: null, diskBytes: 0, metrics: {}, testAtBest: null, ...more,
});
const a = run('a', 'vsgd.VSGD', { tags: ['study'], metrics: { 'test/accuracy': summary(0.7, 0.9), 'train/loss': summary(0.2) }, startedAt: '2026-11-20T10:00:00Z', endedAt: '2026-11-20T10:05:00Z' });
const b = run('b', 'torch.optim.Adam', { lr: 0.01, tags: ['paper'], metrics: { 'val/accuracy': summary(0.5) }, startedAt: '2026-11-20T10:00:00Z', endedAt: '2026-11-20T12:30:00Z' });
const c = run('c', 'torch.optim.SGD', { state: 'paused' });
const d = run('d', 'torch.optim.SGD', { state: 'stopped' });
const all = [a, b, c, d];
const found = (text: string, state = '') => filterRuns(all, text, state).map(({ id }) => id).join('');

test.each([
  ['lr < 0.05', 'b'], ['lr <0.05', 'b'], ['lr< 0.05', 'b'], ['lr  >=  0.1 optimizer = sgd', 'cd'], ['-lr < 0.05', 'acd'], ['test/accuracy > 0.6', 'a'],
  ['accuracy>60%', 'a'], ['accuracy > 60 %', 'a'], ['best>80%', 'a'], ['best test/accuracy>0.8', 'a'], ['last test/accuracy>0.8', ''], ['loss<0.5', 'a'],
  ['duration>5m', 'b'], ['duration>=5m', 'a' + 'b'], ['duration<1h30m', 'a'], ['duration>9000', ''], ['duration>=9000', 'b'], ['duration=5m', 'a'], ['duration > 1 h', 'b'],
  ['tag:study OR tag:paper', 'ab'], ['tag:study OR lr < 0.05 mnist', 'ab'], ['optimizer=sgd tag:study OR state:paused', 'c'], ['tag:study OR tag:paper OR state:paused -state:paused', 'ab'],
  ['or', ''], ['"run a" OR "run b"', 'ab'],
])('%j', (text, wanted) => {
  expect(parseFilter(text, all).map(({ fault }) => fault).filter(Boolean)).toEqual([]);
  expect(found(text)).toBe(wanted);
});

test.each([
  ['stat:failed', /There is no 'stat:'\. Did you mean 'state'/], ['optimizer:sgd', 'Write optimizer=sgd: only tag, state and is take a colon.'],
  ['optimizer=adma', "No run has the optimizer 'adma'. Did you mean 'Adam'?"], ['tag:studdy', "No run has the tag 'studdy'. Did you mean 'study'?"], ['state:fialed', /Did you mean 'failed'/],
  ['lr<abc', /'abc' is no number/], ['duration>soon', /as 90 \(seconds\), 5m or 1h30m/], ['tag:study OR', 'OR needs a condition on both sides.'], ['tag:study OR stat:failed', /Did you mean 'state'/],
])('%j has a hint', (text, fault) => {
  expect(parseFilter(text, all).find((term) => term.fault !== null)?.fault).toMatch(fault);
});

test('a paused or stopped run belongs to a group of states, and every run to one', () => {
  expect(['open', 'paused', 'finished', 'failed'].map((state) => found('', state))).toEqual(['', 'cd', 'ab', '']);
});

describe('terms', () => {
  test('an alternative is one term, which reads the same when it is parsed again', () => {
    const [term, other] = parseFilter('tag:study OR lr < 0.05 mnist');
    expect([term?.text, other?.text]).toEqual(['tag:study OR lr<0.05', 'mnist']);
    expect(parseFilter(term!.text)).toHaveLength(1);
    expect(conditionOf(term!)).toEqual({ key: 'any', relation: 'of', value: 'tag:study, lr<0.05' });
  });

  test('conditions are told from names', () => {
    expect(['lr<0.05', 'lr < 0.05', 'tag:study', '-state:failed', 'a OR b'].map(isCondition)).toEqual([true, true, true, true, true]);
    expect(['convmixer shapes vsgd seed 1', '019aa2c4', 'cuda:0', 'my run (lr 0.1)', '-x'].map(isCondition)).toEqual([false, false, false, false, false]);
  });
});
