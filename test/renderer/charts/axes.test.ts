// Ticks and ranges of live charts: round, true on logarithmic axes, in units of time that people use.
import { describe, expect, test } from 'vitest';
import { xDomain, xTicks, yDomain, yTicks } from '../../../src-renderer/charts/axes.ts';
import type { Curve } from '../../../src-renderer/charts/curve.ts';

const curve = (xs: number[], ys: number[]): Curve => ({ label: 'a', color: 'red', xs: Float64Array.from(xs), ys: Float64Array.from(ys) });

describe('the horizontal axis', () => {
  test('has round steps, and whole ones', () => {
    expect(xTicks(20, 400, { kind: 'step', wanted: 5 }).labels).toEqual(['100', '200', '300', '400']);
    expect(xTicks(1, 10, { kind: 'step', wanted: 4 }).values).toEqual([5, 10]);
    expect(xTicks(0, 3, { kind: 'number', wanted: 6 }).labels).toEqual(['0.0', '0.5', '1.0', '1.5', '2.0', '2.5', '3.0']);
  });
  test.each([
    [0, 45, ['0', '10 s', '20 s', '30 s', '40 s']], [0, 150, ['0', '30 s', '1 min', '1:30', '2 min', '2:30']],
    [0, 8000, ['0', '30 min', '1 h', '1:30 h', '2 h']], [0, 300_000, ['0', '1 d', '2 d', '3 d']], [0, 0.5, ['0 s', '0.1 s', '0.2 s', '0.3 s', '0.4 s', '0.5 s']],
  ])('tells durations from %d to %d s as %j', (low, high, labels) => {
    expect(xTicks(low, high, { kind: 'duration', wanted: 5 }).labels).toEqual(labels);
  });
  test('has moments at full local minutes', () => {
    const start = new Date(2026, 10, 24, 12, 3, 20).getTime();
    expect(xTicks(start, start + 600_000, { kind: 'moment', wanted: 5 }).labels).toEqual(['12:04', '12:06', '12:08', '12:10', '12:12']);
  });
  test('starts at zero where the data nearly do; one point has a range too', () => {
    expect(xDomain([curve([20, 400], [1, 1])])).toEqual([0, 400]);
    expect(xDomain([curve([300, 400], [1, 1])])).toEqual([300, 400]);
    expect(xDomain([curve([10], [1])])).toEqual([9, 11]);
    expect(xDomain([curve([2000], [1]), curve([2000], [2])])).toEqual([1900, 2100]);
    expect(xDomain([])).toEqual([0, 1]);
  });
});

describe('the vertical axis', () => {
  test('has powers of ten where it is logarithmic, and says the unit', () => {
    expect(yTicks([0.00005, 0.2], { log: true, unit: 's', wanted: 5 }).labels).toEqual(['0.1 ms', '1 ms', '10 ms', '100 ms']);
    expect(yTicks([0.6, 2.9], { log: true, unit: '', wanted: 5 }).labels).toEqual(['1.0', '1.5', '2.0', '2.5']);
    expect(yTicks([0, 0.7], { log: false, unit: 'share', wanted: 4 }).labels).toEqual(['0 %', '20 %', '40 %', '60 %']);
  });
  test('leaves out what is not finite, and ends shares at one', () => {
    expect(yDomain([curve([1, 2, 3], [0, NaN, 1])], { log: false, unit: 'share', limits: null })).toEqual([0, 1]);
    const [low, high] = yDomain([curve([1, 2, 3], [0.1, Infinity, 10])], { log: true, unit: '', limits: null });
    expect([low < 0.1, low > 0.05, high > 10, high < 20]).toEqual([true, true, true, true]);
    expect(yDomain([curve([1, 2], [0, 5])], { log: false, unit: '', limits: { low: 1, high: 2 } })).toEqual([1, 2]);
    const falling = [curve([0, 10, 20, 30], [2.5, 1, 0.4, 0.2])];
    expect(yDomain(falling, { log: false, unit: '', limits: null, range: [15, 30] })[1]).toBeLessThan(0.5); // zoomed, it fits what is seen
    expect(yDomain(falling, { log: false, unit: '', limits: null, range: [21, 29] })).toEqual(yDomain(falling, { log: false, unit: '', limits: null }));
  });
});
