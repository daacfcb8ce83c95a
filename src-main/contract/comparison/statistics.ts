// Statistics over seeds.

export type Statistic = { mean: number; deviation: number; count: number };

/** What is drawn around a mean: sample deviation, standard error, smallest to largest, 95 % confidence interval of the mean, nothing. */
export const bands = ['deviation', 'error', 'range', 'ci95', 'none'] as const;
export type Band = (typeof bands)[number];

/** The band of a metric: a learning rate is set, not measured, and a deviation of settings is none of seeds; theirs is from the smallest to the largest, never below zero. */
export const bandFor = (metric: string, band: Band): Band => (metric === 'lr' && band !== 'none' ? 'range' : band);

/** Deviations below this share of the largest value are rounding errors: the values are equal. */
const roundingShare = 8 * Number.EPSILON;

/** Mean and sample deviation (n − 1); the deviation of one value is 0, and so is that of equal ones: sums are of distances from the first value, where equal values leave nothing to round. */
export function statisticOf(values: ArrayLike<number>): Statistic {
  const count = values.length;
  const origin = Number.isFinite(values[0]) ? (values[0] as number) : 0;
  let [sum, largest] = [0, 0];
  for (let index = 0; index < count; index += 1) {
    sum += (values[index] as number) - origin;
    largest = Math.max(largest, Math.abs(values[index] as number));
  }
  const mean = origin + sum / count;
  let squares = 0;
  for (let index = 0; index < count; index += 1) squares += ((values[index] as number) - mean) ** 2;
  const deviation = count > 1 ? Math.sqrt(squares / (count - 1)) : 0;
  return { mean, deviation: deviation <= roundingShare * largest ? 0 : deviation, count };
}

/** The middle of `of` values of which those that are not among `values` are larger than all of these, as runs that have not reached a target yet: infinite where it is one of them. */
export function censoredMedian(values: number[], of: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Infinity;
  const half = Math.floor(of / 2);
  return of % 2 === 1 ? at(half) : (at(half - 1) + at(half)) / 2;
}

// The 0.975 quantile of Student's t for 1 to 30 degrees of freedom, from the usual tables.
const quantiles = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788, 2.1604, 2.1448, 2.1314,
  2.1199, 2.1098, 2.1009, 2.093, 2.086, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
];

/** The 0.975 quantile of Student's t; above 30 degrees of freedom by the expansion of Abramowitz and Stegun 26.7.5. */
export function studentQuantile(freedom: number): number {
  const z = 1.959964;
  return quantiles[freedom - 1] ?? z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2);
}

/** Lower and upper end of the band around the mean of `values`. One value has no width but its own. */
export function bandOf(values: number[], band: Band): { mean: number; low: number; high: number } {
  const { mean, deviation, count } = statisticOf(values);
  if (band === 'range') return { mean, low: Math.min(...values), high: Math.max(...values) };
  const error = deviation / Math.sqrt(count);
  const half = band === 'deviation' ? deviation : band === 'error' ? error : band === 'ci95' && count > 1 ? studentQuantile(count - 1) * error : 0;
  return { mean, low: mean - half, high: mean + half };
}

/** The least share of the last decimal of a mean that a deviation is shown at all with; below it, it is a rounding error. */
const leastShown = 1e-6;

/** A deviation in as many decimals as its mean is written with; one that these cannot show has one digit, and a rounding error is zero. */
export function besides(mean: string, deviation: number): string {
  if (/[e∞]|NaN/.test(mean) || !Number.isFinite(deviation)) return Number.isFinite(deviation) ? deviation.toPrecision(2) : String(deviation);
  const decimals = /\.(\d*)/.exec(mean)?.[1]?.length ?? 0;
  const text = deviation.toFixed(decimals);
  return Number(text) === 0 && deviation > leastShown * 10 ** -decimals ? deviation.toPrecision(1) : text;
}
