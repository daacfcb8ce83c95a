// Mean curves: over the runs that are left at each step, and of runs that were evaluated at different steps.
import { expect, test } from 'vitest';
import { describeMeans, meanCurve, partsOf, smooth } from '#contract';

const curve = (steps: number[], ys: number[], xs = steps) => ({ steps, xs, ys });
const numbers = (of: ArrayLike<number>) => Array.from(of);

test('goes on over the runs that are left, with how many these are; one run alone has no band', () => {
  const made = meanCurve([curve([1, 2, 3, 4], [1, 2, 9, 8]), curve([1, 2], [3, 2]), curve([1, 2, 3], [5, 8, 3])], 'deviation');
  expect([numbers(made.xs), numbers(made.ys), numbers(made.counts), made.of, made.carried]).toEqual([[1, 2, 3, 4], [3, 4, 6, 8], [3, 3, 2, 1], 3, false]);
  // numpy: std([1, 3, 5], ddof=1), std([2, 2, 8], ddof=1), std([9, 3], ddof=1)
  expect(numbers(made.high).map((high, index) => high - (made.ys[index] as number))).toEqual([2, expect.closeTo(3.4641016151377544, 12), expect.closeTo(4.242640687119285, 12), NaN]);
  expect(describeMeans([{ name: 'SGD', mean: made }])).toBe('Drawn thin where a mean is over fewer runs than its group has: SGD over 1 of 3 runs at step 4, over all 3 until step 2.');
});

test('between two evaluations the last value counts, within the range of a run', () => {
  const made = meanCurve([curve([6, 12, 18], [1, 2, 3]), curve([7, 14, 21], [10, 20, 30])], 'range');
  expect([numbers(made.xs), numbers(made.ys), numbers(made.counts)]).toEqual([[6, 7, 12, 14, 18, 21], [1, 5.5, 6, 11, 11.5, 30], [1, 2, 2, 2, 2, 1]]);
  expect([made.low[3], made.high[3], made.low[0]]).toEqual([2, 20, NaN]);
  expect(describeMeans([{ name: 'SGD', mean: made }])).toMatch(/SGD over 1 of 2 runs at step 21, over all 2 until step 18\. Runs were evaluated at different steps.*: SGD\.$/);
});

test('runs without any step in common, one after the other, have no step over both', () => {
  const made = meanCurve([curve([1, 2], [1, 1]), curve([5, 6], [3, 3])], 'deviation');
  expect([numbers(made.ys), numbers(made.counts), describeMeans([{ name: 'A', mean: made }])]).toEqual([[1, 1, 3, 3], [1, 1, 1, 1], expect.stringContaining('A over at most 1 of 2 runs.')]);
});

test('over time lie at the mean time of a step, and never go back when a slow run ends', () => {
  expect(numbers(meanCurve([curve([1, 2], [0, 0], [10, 20]), curve([1, 2], [0, 0], [12, 26])], 'none').xs)).toEqual([11, 23]);
  expect(numbers(meanCurve([curve([1, 2, 3], [0, 0, 0], [10, 20, 30]), curve([1, 2], [0, 0], [100, 200])], 'none').xs)).toEqual([55, 110, 120]);
});

test('nothing has no mean; one curve is its own; all runs to the end need no remark', () => {
  expect(meanCurve([], 'range').xs).toHaveLength(0);
  expect(numbers(meanCurve([curve([1, 5], [2, 3])], 'ci95').low)).toEqual([2, 3]);
  expect(describeMeans([{ name: 'A', mean: meanCurve([curve([1, 2], [1, 1]), curve([1, 2], [2, 2])], 'none') }])).toBeNull();
});

test('equal curves are their mean to the last bit, smoothed too', () => {
  const rate = curve([1, 2, 3, 4, 5], [0.1, 0.1, 0.1, 0.1, 0.1]);
  const { ys, low, high } = meanCurve([rate, rate, rate], 'ci95');
  for (const values of [ys, low, high, smooth(ys, 0.9), smooth(low, 0.97)]) expect(new Set(values)).toEqual(new Set([0.1]));
});

test('the two parts of a mean meet at the last point over all', () => {
  const { whole, fewer } = partsOf({ ys: Float64Array.of(1, 2, 3, 4), counts: Float64Array.of(3, 3, 2, 1), of: 3 });
  expect([numbers(whole), numbers(fewer ?? [])]).toEqual([[1, 2, NaN, NaN], [NaN, 2, 3, 4]]);
  expect(partsOf({ ys: Float64Array.of(1), counts: Float64Array.of(2), of: 2 }).fewer).toBeNull();
});
