// A logarithmic axis in whole powers of ten.
import { expect, test } from 'vitest';
import { decadeEnds, decadeTick } from '../../../src-renderer/charts/decades.ts';

test('ends are powers of ten around the positive values, a decade apart at least', () => {
  expect(decadeEnds([0.02, NaN, 0, -1, 3, Infinity])).toEqual({ min: 0.01, max: 10 });
  expect(decadeEnds([0.1, 0.1])).toEqual({ min: 0.1, max: 1 });
  expect(decadeEnds([])).toEqual({ min: 0.1, max: 1 });
});

test('whole powers are labelled, the rest is not', () => {
  expect([0.001, 1, 100, 20, 0.005].map(decadeTick)).toEqual(['10⁻³', '10⁰', '10²', null, null]);
});
