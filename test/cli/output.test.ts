// Numbers as the command line prints them.
import { expect, test } from 'vitest';
import { bytes, duration } from '../../src-main/cli/output.ts';

test.each([
  [4.24, '4.2 s'], [9.96, '10 s'], [59.4, '59 s'], [59.7, '1 min 0 s'], [119.7, '2 min 0 s'], [185, '3 min 5 s'], [3599.6, '1 h 0 min'], [8040, '2 h 14 min'], [7199, '2 h 0 min'], [Infinity, '?'],
])('%d s as %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test.each([[999, '999 B'], [1000, '1.0 kB'], [999_940, '999.9 kB'], [999_960, '1.0 MB'], [236_600_000, '236.6 MB']])('%d bytes as %s', (count, text) => {
  expect(bytes(count)).toBe(text);
});
