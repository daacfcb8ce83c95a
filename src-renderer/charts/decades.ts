// A logarithmic axis in whole powers of ten.
import { powerOfTen } from '../elements/format.ts';

/** The powers of ten around all positive values; one decade at least. */
export function decadeEnds(values: Iterable<number>): { min: number; max: number } {
  let [low, high] = [Infinity, 0];
  for (const value of values) {
    if (!(value > 0) || value === Infinity) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (high === 0) return { min: 0.1, max: 1 };
  const from = Math.floor(Math.log10(low));
  return { min: 10 ** from, max: 10 ** Math.max(from + 1, Math.ceil(Math.log10(high))) };
}

/** The label of a whole power of ten; null for what lies between, which gets no line either. */
export function decadeTick(value: number): string | null {
  const power = Math.round(Math.log10(value));
  return Math.abs(value / 10 ** power - 1) < 1e-6 ? powerOfTen(power) : null;
}
