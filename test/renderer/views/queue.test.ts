// The queue in entries: what is one, how many of it are in which state, where it goes when it is moved.
import { describe, expect, test } from 'vitest';
import type { RunView } from '#contract';
import { entriesOf, placeBeside, placesText, stateOf, statesOf } from '../../../src-renderer/views/runs/queue/queue.ts';

function createRun(id: string, { name = `vgg cifar10 vsgd seed ${id.slice(1)}`, lr = id.startsWith('a') ? 0.1 : 0.2, seed = Number(id.slice(1)), state = 'queued' }: { name?: string; lr?: number; seed?: number; state?: RunView['state'] } = {}): RunView {
  return {
    id, name, state, reason: null, overrides: [], engine: null, engineAsked: 'auto', dataset: { name: 'mnist', fingerprint: null }, startedAt: null, endedAt: null, createdAt: '', tags: [], notes: '', starred: false,
    config: { model: { _target_: 'model.VGG' }, train: { seed, optimizer: { _target_: 'vsgd.VSGD', lr } } }, seed, desired: 'finished', position: 0, sweep: null, fork: null, step: 0, totalSteps: null, secondsPerStep: null, trashedAt: null, diskBytes: 0, metrics: {}, testAtBest: null,
  };
}
const told = (runs: RunView[]) => entriesOf(runs).map(({ name, runs: own }) => `${name}: ${own.map(({ id }) => id).join(' ')}`);

describe('entries', () => {
  test('are seeds of one configuration, in the order of their first runs', () => {
    expect(told(['b1', 'a1', 'b2', 'a2', 'a3'].map((id) => createRun(id)))).toEqual(['vgg cifar10 vsgd: b1 b2', 'vgg cifar10 vsgd: a1 a2 a3']);
  });

  test('are single runs where seeds are the same, or names are a person’s own', () => {
    expect(told([createRun('a1'), createRun('a2', { seed: 1 })])).toHaveLength(2);
    expect(told([createRun('a1', { name: 'first' }), createRun('a2', { name: 'second' })])).toEqual(['first: a1', 'second: a2']);
    expect(told([createRun('a1', { name: 'both' }), createRun('a2', { name: 'both' })])).toEqual(['both: a1 a2']);
    expect(told([createRun('a7')])).toEqual(['vgg cifar10 vsgd seed 7: a7']);
  });

  test('tell how many are in which state, and their places', () => {
    const [entry] = entriesOf([createRun('a1', { state: 'stopping' }), createRun('a2'), createRun('a3')]);
    expect([statesOf(entry!.runs), stateOf(entry!), entry!.waiting.map(({ id }) => id)]).toEqual(['1 stopping, 2 queued', 'stopping', ['a2', 'a3']]);
    expect(statesOf(entry!.waiting)).toBe(''); // how many they are, its name tells
    expect([placesText([2, 3, 4, 7]), placesText([1]), placesText([])]).toEqual(['2–4, 7', '1', '']);
  });
});

describe('an entry that is moved', () => {
  const places = (queue: RunView[], entries = entriesOf(queue)) => entries.map((entry) => ([-1, 1] as const).map((by) => placeBeside(entries, entry, { by, queue })));

  test('goes before the one above, or behind the one below', () => {
    const queue = [createRun('a1'), createRun('a2'), createRun('b1'), createRun('b2'), createRun('c1', { lr: 0.3 })];
    expect(places(queue)).toEqual([[undefined, 'c1'], ['a1', null], ['b1', undefined]]);
  });

  test('changes places with one row only, where the seeds of another are spread', () => {
    expect(places([createRun('a1'), createRun('b1'), createRun('c1', { lr: 0.3 }), createRun('b2')])).toEqual([[undefined, 'c1'], ['a1', 'b2'], ['b1', undefined]]); // the second gathers before its own last one
  });

  test('within its entry it stays there', () => {
    const queue = [createRun('a1'), createRun('a2'), createRun('a3'), createRun('b1')];
    const members = queue.slice(0, 3).map((run) => ({ key: run.id, name: run.name, runs: [run], waiting: [run] }));
    expect(places(queue, members)).toEqual([[undefined, 'a3'], ['a1', 'b1'], ['a2', undefined]]);
  });

  test('passes those at work', () => {
    const queue = [createRun('b1'), createRun('c1', { lr: 0.3 })];
    const atWork = createRun('a1', { state: 'running' });
    expect(places(queue, entriesOf([atWork, ...queue]))).toEqual([[undefined, undefined], [undefined, null], ['b1', undefined]]);
  });
});
