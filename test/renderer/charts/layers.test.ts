// What is given to Chart.js: full resolution of what is in sight, bands under lines, triangles.
import { expect, test } from 'vitest';
import type { Drawn } from '../../../src-renderer/charts/curve.ts';
import { layersOf, pointsInSight } from '../../../src-renderer/charts/layers.ts';

const count = 100_000;
const xs = Float64Array.from({ length: count }, (_, index) => index);
const ys = Float64Array.from(xs, (x) => (x === 70_001 ? 9 : x === 500 ? NaN : Math.sin(x)));
const curve = (band: boolean): Drawn => ({ label: 'a', color: 'red', xs, ys, smoothed: ys, ...(band ? { band: { low: ys, high: ys } } : {}) });

test('a zoomed chart has every point in sight, a whole one every extreme', () => {
  expect(pointsInSight(xs, ys, { range: [70_000, 70_100], columns: 400 })).toHaveLength(103);
  const whole = pointsInSight(xs, ys, { range: [0, count], columns: 400 });
  expect([whole.length < 2100, whole.some(({ y }) => y === 9), whole.some(({ y }) => Number.isNaN(y))]).toEqual([true, true, true]);
});

test('bands lie under lines; a triangle stands where a value is not finite', () => {
  const view = { range: [0, count] as [number, number], columns: 400, smoothing: 0.5, floor: -2, paint: (color: string, share = 1) => `${color} ${share}` };
  const layers = layersOf([curve(true), curve(false)], view);
  expect(layers.map((layer) => [layer.type, 'fill' in layer, (layer as { borderColor?: string }).borderColor ?? '', layer.order])).toEqual([
    ['line', false, '', 7], ['line', true, '', 6], ['line', false, 'red 0.25', 5], ['line', false, 'red 1', 4], ['scatter', false, 'red 1', 3], ['line', false, 'red 1', 2], ['scatter', false, 'red 1', 1],
  ]);
  expect(layers.at(-1)?.data).toEqual([{ x: 500, y: -2 }]);
});
