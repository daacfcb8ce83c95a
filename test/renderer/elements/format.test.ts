// Numbers as the app shows them (ui.md, Look).
import { expect, test } from 'vitest';
import { duration, percent, rate, scientific, shortCount, significant, size, toNumber } from '../../../src-renderer/elements/format.ts';

test.each([[0.083512, '0.08351'], [1234567, '1.235e6'], [0.00001234, '1.234e-5'], [0, '0'], [5625, '5,625'], [NaN, 'NaN'], [-Infinity, '-Infinity']])('%d as %s', (value, text) => {
  expect(significant(value)).toBe(text);
});
test.each([[0.008, '8 ms'], [41.2, '41 s'], [60, '1 min'], [8040, '2 h 14 min'], [3660, '1 h 01 min'], [200_000, '2 d 7 h'], [59.7, '1 min'], [3599.6, '1 h 00 min'], [0.9996, '1 s'], [NaN, '']])('%d s as %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
test('shares, rates, sizes', () => {
  expect([percent(0.71418), rate(31.24), rate(0.25), rate(1437.2), rate(999.7), rate(1 / 1234), size(236_600_000), size(12), size(0), size(999_960)]).toEqual(['71.42 %', '31.2 it/s', '4.00 s/it', '1,437 it/s', '1,000 it/s', '1,234 s/it', '236.6 MB', '12 B', '0 B', '1.0 MB']);
});
test('numbers that JSON has not', () => {
  expect(['NaN', 'Infinity', '-Infinity', 2].map((value) => toNumber(value as never))).toEqual([NaN, Infinity, -Infinity, 2]);
});
test('powers of ten and short counts', () => {
  expect([0.005084, 12345, 0.5, 999.4, 0, NaN, -2e-10].map((value) => scientific(value))).toEqual(['5.084 × 10⁻³', '1.235 × 10⁴', '0.5000', '999.4', '0', 'NaN', '-2.000 × 10⁻¹⁰']);
  expect([512, 1728, 36_864, 999_949, 1_179_648].map(shortCount)).toEqual(['512', '1.7 k', '36.9 k', '999.9 k', '1.18 M']);
});
