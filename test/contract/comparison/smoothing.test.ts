// TensorBoard's smoothing, and outlier limits.
import { expect, test } from 'vitest';
import { leastSmoothed, outlierLimits, smooth, smoothingOf } from '#contract';

test('the debiased average: the first value is itself, a constant stays constant', () => {
  expect(Array.from(smooth([4], 0.9))).toEqual([4]);
  for (const [value, weight] of [[3, 0.97], [0.1, 0.9], [1e-3, 0.6], [1 / 3, 0.999]] as const) expect(new Set(smooth(new Float64Array(500).fill(value), weight))).toEqual(new Set([value]));
  // By hand, weight 0.5: 1; (0.25 + 1) / 0.75; (0.625 + 1.5) / 0.875.
  expect(Array.from(smooth([1, 2, 3], 0.5)).map((value) => value.toFixed(6))).toEqual(['1.000000', '1.666667', '2.428571']);
});

test('what is not finite passes through and leaves the average alone', () => {
  expect(Array.from(smooth([1, NaN, Infinity, 1], 0.9))).toEqual([1, NaN, Infinity, expect.closeTo(1, 12) as number]);
});

test('weight 0 changes nothing', () => {
  expect(Array.from(smooth([3, -1, 7], 0))).toEqual([3, -1, 7]);
});

test('limits leave out the outermost values and count them', () => {
  const values = [...Array.from({ length: 1000 }, (_, index) => index / 1000), 1e9, -1e9];
  const limits = outlierLimits(values);
  expect(limits?.high).toBeLessThan(1);
  expect(limits?.low).toBeGreaterThanOrEqual(0);
  expect(limits?.clipped).toBe(values.filter((value) => value < limits!.low || value > limits!.high).length);
  expect(outlierLimits(new Float64Array(100).fill(1))).toBeNull();
  expect(outlierLimits([1, 2, 1e9])).toBeNull();
});

test('evaluations, the learning rate and short series are never smoothed', () => {
  const smoothed = ['train/loss', 'train/accuracy', 'grad_norm', 'train_time', 'beta1_median'];
  const plain = ['test/accuracy', 'test/loss', 'val/accuracy', 'val/loss', 'test_time', 'val_time', 'lr', 'train/epoch_loss'];
  expect([smoothed.map((key) => smoothingOf(key, 5000, 0.6)), plain.map((key) => smoothingOf(key, 5000, 0.6))]).toEqual([smoothed.map(() => 0.6), plain.map(() => 0)]);
  expect([leastSmoothed - 1, leastSmoothed].map((count) => smoothingOf('train/loss', count, 0.9))).toEqual([0, 0.9]);
});
