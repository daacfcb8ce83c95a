// Fewer points, the same picture.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimate } from '#contract';

const rising = (length: number) => Float64Array.from({ length }, (_, index) => index);

test('extremes, ends and gaps are always kept, in order, and few points are left', () => {
  fc.assert(fc.property(fc.array(fc.double({ noNaN: false }), { minLength: 1, maxLength: 5000 }), fc.integer({ min: 10, max: 300 }), (ys, columns) => {
    const kept = decimate(rising(ys.length), ys, columns);
    const finite = ys.filter(Number.isFinite);
    const shown = kept.map((index) => ys[index] as number).filter(Number.isFinite);
    expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
    expect([kept[0], kept.at(-1)]).toEqual([0, ys.length - 1]);
    expect(Math.max(...shown)).toBe(Math.max(...finite));
    expect(Math.min(...shown)).toBe(Math.min(...finite));
    expect(kept.some((index) => !Number.isFinite(ys[index]))).toBe(ys.some((y) => !Number.isFinite(y)));
    expect(kept.length).toBeLessThanOrEqual(Math.max(4 * columns, 5 * (columns + 1)));
  }));
});

test('a short series keeps every point', () => {
  expect(decimate(rising(40), rising(40), 10)).toHaveLength(40);
});
