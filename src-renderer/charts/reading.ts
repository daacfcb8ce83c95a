// What a chart says of its curves: the value under the crosshair, the extremes, what is not finite.
import type { Drawn } from './curve.ts';

/** Index of the first x that is not below `x`; the length where all are. */
export function firstAt(xs: ArrayLike<number>, x: number): number {
  let [low, high] = [0, xs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((xs[middle] as number) < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the point nearest to `x`; null for an empty curve, or where `x` lies beyond its ends by more than `slack`. */
export function nearestIndex(xs: ArrayLike<number>, x: number, slack = Infinity): number | null {
  if (xs.length === 0) return null;
  const at = Math.min(firstAt(xs, x), xs.length - 1);
  const before = Math.max(0, at - 1);
  const nearest = Math.abs((xs[before] as number) - x) < Math.abs((xs[at] as number) - x) ? before : at;
  const outside = x < (xs[0] as number) || x > (xs[xs.length - 1] as number);
  return outside && Math.abs((xs[nearest] as number) - x) > slack ? null : nearest;
}

/** `value`: as it was measured; `smoothed`: of the smoothed curve there, null where the curve is not smoothed. */
export type Reading = { curve: Drawn; index: number; value: number; smoothed: number | null };

/** What is read of a curve at one of its points. */
export const readingOf = (curve: Drawn, index: number): Reading => ({ curve, index, value: curve.ys[index] as number, smoothed: curve.weight > 0 ? (curve.smoothed[index] as number) : null });

/** Curves at `x`, largest first; those that do not reach so far are left out. */
export function readAt(curves: Drawn[], x: number, slack: number): Reading[] {
  return curves.flatMap((curve): Reading[] => {
    const index = nearestIndex(curve.xs, x, slack);
    return index === null ? [] : [readingOf(curve, index)];
  }).sort((a, b) => Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value)) || b.value - a.value);
}

/** Where these values stand, if it is one place: what the pointer is between has no value. */
export function placeOfAll(readings: Reading[]): number | null {
  const places = new Set(readings.map(({ curve, index }) => curve.xs[index]));
  return places.size === 1 ? ([...places][0] ?? null) : null;
}

/** Smallest and largest finite value with their indices; null where there is none. */
export function extremesOf(ys: ArrayLike<number>): { low: number; high: number } | null {
  let [low, high] = [-1, -1];
  for (let index = 0; index < ys.length; index += 1) {
    const y = ys[index] as number;
    if (!Number.isFinite(y)) continue;
    if (low < 0 || y < (ys[low] as number)) low = index;
    if (high < 0 || y > (ys[high] as number)) high = index;
  }
  return low < 0 ? null : { low, high };
}

/** How many finite values have no place on a logarithmic axis. */
export function countPlaceless(curves: { ys: Float64Array }[]): number {
  let count = 0;
  for (const { ys } of curves) for (let index = 0; index < ys.length; index += 1) if (Number.isFinite(ys[index]) && (ys[index] as number) <= 0) count += 1;
  return count;
}

/** How many values are not finite. */
export function countStrange(curves: { ys: Float64Array }[]): number {
  let count = 0;
  for (const { ys } of curves) for (let index = 0; index < ys.length; index += 1) if (!Number.isFinite(ys[index])) count += 1;
  return count;
}
