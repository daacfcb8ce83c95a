// What is read from curves under the crosshair.
import { expect, test } from 'vitest';
import type { Drawn } from '../../../src-renderer/charts/curve.ts';
import { countPlaceless, countStrange, extremesOf, firstAt, nearestIndex, placeOfAll, readAt } from '../../../src-renderer/charts/reading.ts';

const curve = (label: string, xs: number[], ys: number[]): Drawn => ({ label, color: 'red', xs: Float64Array.from(xs), ys: Float64Array.from(ys), smoothed: Float64Array.from(ys, (y) => y / 2), weight: 0.5 });

test('the nearest point, none beyond an end', () => {
  expect([0, 1, 1.5, 9].map((x) => firstAt([1, 2, 3], x))).toEqual([0, 0, 1, 3]);
  expect([0, 1.4, 1.6, 9].map((x) => nearestIndex([1, 2, 3], x))).toEqual([0, 0, 1, 2]);
  expect([nearestIndex([1, 2, 3], 9, 2), nearestIndex([1, 2, 3], 4, 2), nearestIndex([], 1)]).toEqual([null, 2, null]);
});

test('readings are sorted by value, what is no number last', () => {
  const readings = readAt([curve('low', [1, 2], [0, 1]), curve('lost', [1, 2], [0, NaN]), curve('high', [1, 2], [0, 5]), curve('short', [0], [9])], 2, 0.5);
  expect(readings.map(({ curve: { label }, value }) => [label, value])).toEqual([['high', 5], ['low', 1], ['lost', NaN]]);
  expect(readings.map(({ smoothed }) => smoothed)).toEqual([2.5, 0.5, NaN]);
  expect(readAt([{ ...curve('plain', [1], [4]), weight: 0 }], 1, 0).map(({ value, smoothed }) => [value, smoothed])).toEqual([[4, null]]);
});

test('the values under a pointer between points are said of where they stand, if that is one place', () => {
  expect([placeOfAll(readAt([curve('a', [20, 40], [1, 2]), curve('b', [0, 40], [1, 2])], 35, 1)), placeOfAll(readAt([curve('a', [20, 40], [1, 2]), curve('b', [34], [1])], 35, 1)), placeOfAll([])]).toEqual([40, null, null]);
});

test('extremes leave out what is not finite', () => {
  expect([extremesOf([NaN, 3, -1, Infinity, 7]), extremesOf([NaN])]).toEqual([{ low: 2, high: 4 }, null]);
  expect(countStrange([curve('a', [1, 2, 3], [1, NaN, -Infinity])])).toBe(2);
  expect(countPlaceless([curve('a', [1, 2, 3, 4], [1, 0, -2, NaN])])).toBe(2);
});
