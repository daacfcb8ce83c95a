// Statistics over seeds.
import { describe, expect, test } from 'vitest';
import { bandOf, besides, meanCurve, statisticOf, studentQuantile } from '#contract';

test('the mean and the sample deviation', () => {
  expect(statisticOf([1, 2, 3, 4])).toEqual({ mean: 2.5, deviation: Math.sqrt(5 / 3), count: 4 });
  expect(statisticOf([7])).toEqual({ mean: 7, deviation: 0, count: 1 });
});

test('the quantile of Student’s t: the table, and its going on to the normal', () => {
  // scipy.stats.t.ppf(0.975, n)
  expect([1, 4, 30].map(studentQuantile)).toEqual([12.7062, 2.7764, 2.0423]);
  expect(studentQuantile(31)).toBeCloseTo(2.039513, 3);
  expect(studentQuantile(100)).toBeCloseTo(1.983972, 4);
  expect(studentQuantile(100_000)).toBeCloseTo(1.959988, 4);
});

test.each([['deviation', Math.SQRT2], ['error', 1], ['ci95', 12.7062], ['range', 1], ['none', 0]] as const)('the band %s around 1 and 3', (band, half) => {
  expect(bandOf([1, 3], band)).toEqual({ mean: 2, low: expect.closeTo(2 - half, 10) as number, high: expect.closeTo(2 + half, 10) as number });
});

test('one value has no confidence interval but itself', () => {
  expect(bandOf([5], 'ci95')).toEqual({ mean: 5, low: 5, high: 5 });
});

describe('mean curves', () => {
  const curve = (steps: number[], ys: number[], xs = steps) => ({ steps, xs, ys });
  test('are taken at the steps that all have', () => {
    const { xs, ys, low, high } = meanCurve([curve([1, 2, 3], [1, 2, 9]), curve([1, 2], [3, 2])], 'deviation');
    expect([Array.from(xs), Array.from(ys)]).toEqual([[1, 2], [2, 2]]);
    expect([low[0], high[0], low[1]]).toEqual([expect.closeTo(2 - Math.SQRT2), expect.closeTo(2 + Math.SQRT2), 2]);
    expect(meanCurve([], 'range').xs).toHaveLength(0);
  });
  test('over time lie at the mean time of a step', () => {
    expect(Array.from(meanCurve([curve([1, 2], [0, 0], [10, 20]), curve([1, 2], [0, 0], [12, 26])], 'none').xs)).toEqual([11, 23]);
  });
});

test('a deviation has the decimals of its mean, and one digit where these show none', () => {
  const cases: [string, number, string][] = [['2.310', 0.002594, '0.003'], ['61', 2.4, '2'], ['70.19 %', 0.2, '0.20'], ['1,234', 56.7, '57'], ['2.310', 0.00004, '0.00004'], ['2.310', 0, '0.000'], ['1.234e-7', 1.26e-8, '1.3e-8'], ['NaN', NaN, 'NaN']];
  expect(cases.map(([mean, deviation]) => besides(mean, deviation))).toEqual(cases.map(([, , written]) => written));
});
