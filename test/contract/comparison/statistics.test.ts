// Statistics over seeds.
import { expect, test } from 'vitest';
import { bandFor, bandOf, bands, besides, statisticOf, studentQuantile } from '#contract';

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

test('a learning rate is a setting: its band is its range, which never lies below zero', () => {
  const rates = [0.001, 0.01, 0.1];
  expect(bands.map((band) => bandFor('lr', band))).toEqual(['range', 'range', 'range', 'range', 'none']);
  expect(bandOf(rates, bandFor('lr', 'deviation')).low).toBe(0.001);
  expect(bandFor('test/loss', 'ci95')).toBe('ci95');
});

test('one value has no confidence interval but itself', () => {
  expect(bandOf([5], 'ci95')).toEqual({ mean: 5, low: 5, high: 5 });
});

test.each([[[0.2, 0.2, 0.2]], [[0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]], [[1e-3, 1e-3, 1e-3]], [[-7.7, -7.7]], [[1e300, 1e300, 1e300]]])('equal values %j have the deviation 0, their own mean, and no band', (values) => {
  expect(statisticOf(values)).toEqual({ mean: values[0], deviation: 0, count: values.length });
  for (const band of bands) expect(bandOf(values, band)).toEqual({ mean: values[0], low: values[0], high: values[0] });
});

test('differences that are equal but for rounding have the deviation 0', () => {
  expect(statisticOf([0.3 - 0.1, 0.5 - 0.3, 0.7 - 0.5]).deviation).toBe(0);
});

test('mean and deviation keep their digits where the values are far from zero', () => {
  // numpy.mean and numpy.std(ddof=1) of 1e9 + [4, 7, 13, 16]
  expect(statisticOf([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16])).toEqual({ mean: 1_000_000_010, deviation: expect.closeTo(5.477225575051661, 12) as number, count: 4 });
  expect(statisticOf([Infinity, 1])).toMatchObject({ mean: Infinity });
});

test('a deviation has the decimals of its mean, and one digit where these show none; a rounding error is zero', () => {
  const cases: [string, number, string][] = [['2.310', 0.002594, '0.003'], ['61', 2.4, '2'], ['70.19 %', 0.2, '0.20'], ['1,234', 56.7, '57'], ['2.310', 0.00004, '0.00004'], ['2.310', 0, '0.000'], ['1.234e-7', 1.26e-8, '1.3e-8'], ['NaN', NaN, 'NaN'], ['20.00', 0, '0.00'], ['20.00', 3e-15, '0.00'], ['0.00', 2e-15, '0.00']];
  expect(cases.map(([mean, deviation]) => besides(mean, deviation))).toEqual(cases.map(([, , written]) => written));
});
