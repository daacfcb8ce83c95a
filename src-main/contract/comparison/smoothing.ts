// The smoothing of TensorBoard's scalar charts: an exponential moving average, debiased, over all points.

/** @param weight of the past, 0 ≤ weight < 1; values that are not finite pass through and leave the average alone */
export function smooth(values: ArrayLike<number>, weight: number): Float64Array {
  const result = new Float64Array(values.length);
  let [average, taken] = [0, 0];
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] as number;
    if (weight <= 0 || !Number.isFinite(value)) {
      result[index] = value;
      continue;
    }
    taken += 1;
    average += (value - average) * ((1 - weight) / (1 - weight ** taken)); // as a step towards the value: a constant takes none, and stays what it is
    result[index] = average;
  }
  return result;
}

/** A series of fewer points is never smoothed: an average only lags behind so few. */
export const leastSmoothed = 50;

/** Results of evaluations, each measured over a whole split, and the schedule. */
const measuredWhole = /^(test|val)[/_]|^lr$|^train\/epoch_loss$/;

/** The weight by which a series is smoothed where `weight` is chosen: 0 for evaluations, the learning rate, and short series. */
export function smoothingOf(key: string, count: number, weight: number): number {
  return count < leastSmoothed || measuredWhole.test(key) ? 0 : weight;
}

/** Limits that leave out the outermost `share` of the finite values at either end; null where nothing would be left out. */
export function outlierLimits(values: ArrayLike<number>, share = 0.005): { low: number; high: number; clipped: number } | null {
  const sorted = Float64Array.from(values).filter(Number.isFinite).sort();
  if (sorted.length < 20) return null;
  const low = sorted[Math.floor(share * (sorted.length - 1))] as number;
  const high = sorted[Math.ceil((1 - share) * (sorted.length - 1))] as number;
  const clipped = sorted.filter((value) => value < low || value > high).length;
  return clipped === 0 ? null : { low, high, clipped };
}
