// The heat map's columns, shades and ranges.
import { expect, test } from 'vitest';
import { heatColumns, largestShare, leastShare, roundSteps, shadeOf, tenths, usedRange, type Histogram } from '../../../src-renderer/charts/heat.ts';

const edges = [0, 0.25, 0.5, 0.75, 1];
const at = (step: number, counts: number[]): Histogram => ({ step, edges, counts });

test('a histogram stands for the steps since the one before; empty ones leave a gap', () => {
  const columns = heatColumns([at(10, [0, 0, 4, 0]), at(20, [0, 0, 0, 0]), at(40, [0, 1, 3, 0])], { from: 0, to: 40, width: 400 });
  expect(columns).toEqual([{ left: 0, right: 100, shares: [0, 0, 1, 0] }, { left: 200, right: 400, shares: [0, 0.25, 0.75, 0] }]);
});

test('more histograms than pixels are added up, each counted once', () => {
  const many = Array.from({ length: 1000 }, (_, index) => at(index + 1, index % 2 === 0 ? [1, 0, 0, 0] : [0, 0, 0, 1]));
  const columns = heatColumns(many, { from: 0, to: 1000, width: 100 });
  expect(columns).toHaveLength(100);
  expect(columns.every(({ shares }) => shares[0] === 0.5 && shares[3] === 0.5)).toBe(true);
});

test('a zoom shows the histograms of its steps alone', () => {
  const columns = heatColumns([10, 20, 30, 40].map((step) => at(step, [0, step, 0, 1])), { from: 12, to: 28, width: 160 });
  expect(columns.map(({ left, right }) => [left, right])).toEqual([[0, 80], [80, 160]]);
});

test('shades go by the logarithm, from the least share drawn to the largest', () => {
  expect([0, leastShare / 2, leastShare, 0.03, 1].map((share) => shadeOf(share, 1))).toEqual([null, null, 0, 2, 5]);
  expect(largestShare(heatColumns([at(1, [1, 3, 0, 0])], { from: 0, to: 1, width: 9 }))).toBe(0.75);
});

test('the range holds every bin worth drawing, and tells what is outside', () => {
  const columns = [{ left: 0, right: 1, shares: [0.0005, 0, 0.5, 0.4995] }];
  expect(usedRange(columns, edges)).toEqual({ low: 0.5, high: 1, outside: 0.0005 });
  expect(usedRange([{ left: 0, right: 1, shares: [0, 0, 0, 1] }], [0, 0.9, 0.91, 0.92, 0.93])).toMatchObject({ low: 0.8, high: 1 });
  expect(usedRange([], [])).toEqual({ low: 0, high: 1, outside: 0 });
  expect([tenths(0.5, 1), tenths(0, 1)]).toEqual([[0.5, 0.6, 0.7, 0.8, 0.9, 1], [0, 0.2, 0.4, 0.6, 0.8, 1]]);
});

test('round steps', () => {
  expect([roundSteps(0, 300), roundSteps(37, 52), roundSteps(0, 30_000), roundSteps(1, 2)]).toEqual([[0, 100, 200, 300], [40, 45, 50], [0, 10_000, 20_000, 30_000], [1, 2]]);
});
