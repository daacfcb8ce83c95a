// Curves as they travel: every number comes back exactly, in the shortest form that can say it.
import { expect, test } from 'vitest';
import { packPoints } from '../../src-main/services/packing.ts';
import { unpackPoints } from '../../src-renderer/client/points.ts';

const there = (values: number[]) => {
  const column = Float64Array.from(values);
  return JSON.parse(JSON.stringify(packPoints({ steps: column, times: column, values: column }))) as ReturnType<typeof packPoints>;
};

test.each([
  ['nothing', [], 'even'],
  ['one number', [7.25], 'even'],
  ['steps', [10, 20, 30, 40], 'even'],
  ['moments', [1.7e12, 1.7e12 + 50, 1.7e12 + 101, 1.7e12 + 99], 'i4'],
  ['losses of a float32 engine', [Math.fround(0.1), Math.fround(2.3), Math.fround(1e-20), NaN], 'f4'],
  ['any number', [0.1, -2.3, 1e-300, NaN, Infinity, -Infinity, 5e-324], 'f8'],
  ['a negative zero', [-0, 0, -0], 'f4'],
  ['the same again and again', [NaN, NaN], 'f4'],
  ['far apart', [0, 2 ** 40, 5], 'f4'],
  ['beyond whole numbers', [2 ** 53, 2 ** 53 + 2, 1], 'f8'],
] as [string, number[], string][])('%s', (_, values, kind) => {
  const packed = there(values);
  expect(packed.values.kind).toBe(kind);
  const { steps, values: back } = unpackPoints(packed);
  expect([...back].every((value, index) => Object.is(value, values[index]))).toBe(true);
  expect([back.length, steps.length]).toEqual([values.length, values.length]);
});

test('only the first points, where so many are asked for', () => {
  const column = Float64Array.from([1, 2, 3, 50]);
  expect([...unpackPoints(packPoints({ steps: column, times: column, values: column }, 3)).steps]).toEqual([1, 2, 3]);
});
