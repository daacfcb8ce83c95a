// Ticks: round values, no more digits than needed.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { domainOf, linearTicks, logTicks } from '../../../src-main/contract/comparison/ticks.ts';

test.for([
  [0, 100, 5, ['0', '20', '40', '60', '80', '100']], [60, 71, 5, ['60.0', '62.5', '65.0', '67.5', '70.0']], [0, 30_000, 3, ['0', '10,000', '20,000', '30,000']], [-1, 1, 4, ['−1.0', '−0.5', '0.0', '0.5', '1.0']],
  [-0.0009999999999995, -0.0009989999999995, 2, ['−0.0010000', '−0.0009995', '−0.0009990']], [0, 2_000_000, 2, ['0', '1M', '2M']], [0, 1e20, 2, ['0', '5e19', '1e20']], [0, 4e-4, 4, ['0', '1e-4', '2e-4', '3e-4', '4e-4']],
] as const)('%d to %d in about %d', ([low, high, wanted, labels]) => {
  expect(linearTicks(low, high, wanted).labels).toEqual(labels);
});

test('linear ticks lie within the limits, evenly, and all labels differ', () => {
  fc.assert(fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-6, max: 1e7, noNaN: true }), fc.integer({ min: 2, max: 12 }), (low, width, wanted) => {
    fc.pre(width > Math.abs(low) * 1e-6);
    const { values, labels } = linearTicks(low, low + width, wanted);
    expect(values.every((value) => value >= low - width * 1e-6 && value <= low + width * (1 + 1e-6))).toBe(true);
    expect(values.length).toBeLessThanOrEqual(wanted + 1);
    expect(new Set(labels).size).toBe(labels.length);
  }));
});

test.for([[1e-4, 1, 5, ['1e-4', '0.001', '0.01', '0.1', '1']], [0.9, 110, 8, ['1', '2', '5', '10', '20', '50', '100']], [1e-12, 1, 4, ['1e-12', '1e-9', '1e-6', '0.001', '1']], [3, 4, 4, ['3.00', '3.25', '3.50', '3.75', '4.00']]] as const)('logarithmic: %d to %d in about %d', ([low, high, wanted, labels]) => {
  expect(logTicks(low, high, wanted).labels).toEqual(labels);
});

test('limits: room around the data, zero where it is near, something where there is nothing', () => {
  expect(domainOf([])).toEqual([0, 1]);
  expect(domainOf([NaN, 2, Infinity])).toEqual([1.8, 2.2]);
  expect(domainOf([0.1, 10])).toEqual([0, 10.5]);
  expect(domainOf([90, 100])).toEqual([89.5, 100.5]);
  expect([domainOf([0, 0.5], { share: 1 }), domainOf([0.5, 0.99], { share: 1 }), domainOf([0, 99], { share: 100 })]).toEqual([[0, 0.525], [expect.closeTo(0.4755, 9), 1], [0, 100]]);
  const [low, high] = domainOf([-1, 0, 1, 100], { log: true });
  expect([low > 0 && low < 1, high > 100]).toEqual([true, true]);
});

test.for([[0.1, 0.10000000000000002], [2.302585092994045, 2.302585092994046], [1e-3, 1e-3 + 1e-17], [-5, -5 - 1e-14]] as const)('nearly constant data, %d to %d, have an axis that can be read, logarithmic too', ([one, other]) => {
  const linear = domainOf([one, other]);
  const { labels } = linearTicks(...linear, 5);
  expect([new Set(labels).size, Math.max(...labels.map(({ length }) => length)) <= 7, linear[1] - linear[0] > 0.1 * Math.abs(one)]).toEqual([labels.length, true, true]);
  if (one > 0) expect(domainOf([one, other], { log: true })).toEqual([one / 2, other * 2]);
});
