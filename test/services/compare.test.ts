// Statistics over seeds.
import { expect, test } from 'vitest';
import { statisticOf } from '#services';

test('the mean and the sample deviation', () => {
  expect(statisticOf([1, 2, 3, 4])).toEqual({ mean: 2.5, deviation: Math.sqrt(5 / 3), count: 4 });
  expect(statisticOf([7])).toEqual({ mean: 7, deviation: 0, count: 1 });
});
