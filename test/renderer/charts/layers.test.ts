// What is given to Chart.js: full resolution of what is in sight, bands under lines, triangles.
import { expect, test } from 'vitest';
import type { Drawn } from '../../../src-renderer/charts/curve.ts';
import { layersOf, lonePoints, pointsInSight } from '../../../src-renderer/charts/layers.ts';

const count = 100_000;
const xs = Float64Array.from({ length: count }, (_, index) => index);
const ys = Float64Array.from(xs, (x) => (x === 70_001 ? 9 : x === 500 ? NaN : Math.sin(x)));
const curve = (band: boolean): Drawn => ({ label: 'a', color: 'red', xs, ys, smoothed: ys, weight: 0.5, ...(band ? { band: { low: ys, high: ys } } : {}) });

test('a zoomed chart has every point in sight, a whole one every extreme', () => {
  expect(pointsInSight(xs, ys, { range: [70_000, 70_100], columns: 400, log: false })).toHaveLength(103);
  const whole = pointsInSight(xs, ys, { range: [0, count], columns: 400, log: false });
  expect([whole.length < 2100, whole.some(({ y }) => y === 9), whole.some(({ y }) => Number.isNaN(y))]).toEqual([true, true, true]);
});

test('bands lie under lines; a triangle stands where a value is not finite', () => {
  const view = { range: [0, count] as [number, number], columns: 400, log: false, floor: -2, paint: (color: string, share = 1) => `${color} ${share}` };
  const layers = layersOf([curve(true), curve(false)], view);
  expect(layers.map((layer) => [layer.type, 'fill' in layer, (layer as { borderColor?: string }).borderColor ?? '', layer.order])).toEqual([
    ['line', false, '', 7], ['line', true, '', 6], ['line', false, 'red 0.25', 5], ['line', false, 'red 1', 4], ['scatter', false, 'red 1', 3], ['line', false, 'red 1', 2], ['scatter', false, 'red 1', 1],
  ]);
  expect(layers.at(-1)?.data).toEqual([{ x: 500, y: -2 }]);
});

test('a value without a neighbor is a point of its own, between values that are not finite and at an end', () => {
  const sight = { range: [0, 9] as [number, number], columns: 400, log: false };
  const lone = (ys: number[], log = false) => lonePoints(Float64Array.from(ys, (_, index) => index), Float64Array.from(ys), { ...sight, log }).map(({ x }) => x);
  expect([lone([5, NaN, 6, NaN, 7, 8]), lone([1, 2, Infinity, 3]), lone([4]), lone([1, 2])]).toEqual([[0, 2], [3], [0], []]);
  expect(lone([1, 0, 2, -1, 3, 4], true)).toEqual([0, 2]);
});

test('on a logarithmic axis what is not above zero is a gap, as in exported figures', () => {
  const points = pointsInSight(Float64Array.from([0, 1, 2, 3]), Float64Array.from([1, 0, -2, 4]), { range: [0, 3], columns: 400, log: true });
  expect(points.map(({ y }) => y)).toEqual([1, NaN, NaN, 4]);
});
