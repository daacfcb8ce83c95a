// One thread or all: by their times, again after a while, and not before the threads are there.
import { expect, test } from 'vitest';
import { createChooser } from '../../../../src-main/training/engines/wasmThreads/chooser.ts';

/** The threads of `count` runs that take so long with one thread and with all. */
function runs(chooser: ReturnType<typeof createChooser>, count: number, took: { one: number; all: number }): number[] {
  return Array.from({ length: count }, () => {
    const threads = chooser.threads();
    chooser.took(threads === 1 ? took.one : took.all);
    return threads;
  });
}

test('takes what was faster in the first runs', () => {
  const options = { asked: 0, available: 4, ready: () => true };
  expect(runs(createChooser(options), 10, { one: 3, all: 2 }).slice(6)).toEqual([4, 4, 4, 4]);
  expect(runs(createChooser(options), 10, { one: 2, all: 3 }).slice(6)).toEqual([1, 1, 1, 1]);
});

test('tries both as often, and neither always before the other', () => {
  const first = runs(createChooser({ asked: 0, available: 2, ready: () => true }), 6, { one: 1, all: 1 });
  expect(first.toSorted()).toEqual([1, 1, 1, 2, 2, 2]);
  expect(first.slice(0, 2).concat(first.slice(2, 4))).toEqual([2, 1, 1, 2]);
});

test('what was decided in a bad moment is decided anew', () => {
  const chooser = createChooser({ asked: 0, available: 2, ready: () => true });
  expect(runs(chooser, 46, { one: 2, all: 3 }).at(-1)).toBe(1);
  expect(runs(chooser, 7, { one: 2, all: 1 }).at(-1)).toBe(2);
  runs(chooser, 999, { one: 2, all: 1 });
  expect(runs(chooser, 7, { one: 1, all: 2 }).at(-1)).toBe(1);
});

test('decides nothing while threads are still starting', () => {
  let ready = false;
  const chooser = createChooser({ asked: 0, available: 2, ready: () => ready });
  expect(runs(chooser, 20, { one: 1, all: 3 })).toEqual(Array.from({ length: 20 }, () => 2));
  ready = true;
  expect(runs(chooser, 7, { one: 2, all: 1 }).at(-1)).toBe(2);
});

test('a number that is asked for stays', () => {
  expect(runs(createChooser({ asked: 3, available: 3, ready: () => true }), 60, { one: 1, all: 9 }).every((threads) => threads === 3)).toBe(true);
});
