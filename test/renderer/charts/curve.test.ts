// Readings under the crosshair, labels that do not touch, drops of a schedule, the order of what is drawn.
import { expect, test } from 'vitest';
import { extremesOf, nearestIndex, readingsAt, spreadLabels, type DrawnCurve } from '../../../src-renderer/charts/curve.ts';
import { datasetsOf } from '../../../src-renderer/charts/datasets.ts';

const curve = (label: string, ys: number[], more: Partial<DrawnCurve> = {}): DrawnCurve => ({ label, color: label, xs: Float64Array.from(ys, (_, index) => 10 * index), ys: Float64Array.from(ys), smoothed: Float64Array.from(ys), ...more });

test('the nearest point, also before the first and after the last', () => {
  const xs = Float64Array.of(0, 10, 20);
  expect([-5, 4, 6, 15, 99].map((x) => nearestIndex(xs, x))).toEqual([0, 0, 1, 2, 2]);
  expect(nearestIndex(new Float64Array(), 1)).toBe(-1);
});

test('readings are sorted by value, not finite ones last; a curve that has ended is left out', () => {
  const band = { low: Float64Array.of(0, 0.2, 0), high: Float64Array.of(1, 0.6, 1) };
  const readings = readingsAt([curve('low', [0, 0.4, 1], { band }), curve('strange', [0, NaN, 0]), curve('high', [0, 0.9, 0]), curve('ended', [5, 5], { xs: Float64Array.of(0, 1) }), curve('one point', [0.1])], 11);
  expect(readings.map(({ label }) => label)).toEqual(['high', 'low', 'one point', 'strange']);
  expect(readings.find(({ label }) => label === 'low')?.half).toBeCloseTo(0.2);
  expect(readingsAt([curve('ended', [1, 2, 3])], 200)).toEqual([]);
});

test('labels keep their order and a line of room, within the plot', () => {
  expect(spreadLabels([50, 52, 10], { room: 14, top: 0, bottom: 100 })).toEqual([50, 64, 10]);
  expect(spreadLabels([99, 98], { room: 14, top: 0, bottom: 100 })).toEqual([100, 86]);
  expect(spreadLabels([], { room: 14, top: 0, bottom: 100 })).toEqual([]);
});

test('extremes with their places; nothing of a curve without a finite value', () => {
  const text = (ys: number[]) => extremesOf(curve('loss', ys), String, (x) => `step ${x}`);
  expect([text([3, NaN, 1]), text([NaN])]).toEqual(['loss: smallest 1 at step 20, largest 3 at step 0', 'loss']);
});

test('bands lie below all lines, the first line on top, a triangle where a value is not finite', () => {
  const band = { low: Float64Array.of(0, 0), high: Float64Array.of(1, 1) };
  const made = datasetsOf([curve('a', [1, 2], { band }), curve('b', [1, NaN], { band })], { columns: 100, smoothing: 0, base: -1, resolve: (color) => color });
  const lines = made.filter((set) => 'borderColor' in set && set.type === 'line');
  const bands = made.filter((set) => 'borderWidth' in set && set.borderWidth === 0);
  expect([lines.length, bands.length]).toEqual([2, 4]);
  expect(Math.max(...lines.map(({ order }) => order as number))).toBeLessThan(Math.min(...bands.map(({ order }) => order as number)));
  expect(lines[0]?.order as number).toBeLessThan(lines[1]?.order as number);
  expect(made.find(({ type }) => type === 'scatter')?.data).toEqual([{ x: 10, y: -1 }]);
});
