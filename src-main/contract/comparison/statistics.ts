// Statistics over seeds.

export type Statistic = { mean: number; deviation: number; count: number };

/** What is drawn around a mean: sample deviation, standard error, smallest to largest, 95 % confidence interval of the mean, nothing. */
export const bands = ['deviation', 'error', 'range', 'ci95', 'none'] as const;
export type Band = (typeof bands)[number];

/** Mean and sample deviation (n − 1); the deviation of one value is 0. */
export function statisticOf(values: ArrayLike<number>): Statistic {
  const count = values.length;
  let sum = 0;
  for (let index = 0; index < count; index += 1) sum += values[index] as number;
  const mean = sum / count;
  let squares = 0;
  for (let index = 0; index < count; index += 1) squares += ((values[index] as number) - mean) ** 2;
  return { mean, deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : 0, count };
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

const float = (values: ArrayLike<number>): Float64Array => (values instanceof Float64Array ? values : Float64Array.from(values));
/** One curve is its own mean and band. */
function alone({ xs, ys }: { xs: ArrayLike<number>; ys: ArrayLike<number> }): MeanCurve {
  const values = float(ys);
  return { xs: float(xs), ys: values, low: values, high: values };
}

/** A deviation in as many decimals as its mean is written with; one that these cannot show has one digit. */
export function besides(mean: string, deviation: number): string {
  if (/[e∞]|NaN/.test(mean) || !Number.isFinite(deviation)) return Number.isFinite(deviation) ? deviation.toPrecision(2) : String(deviation);
  const text = deviation.toFixed(/\.(\d*)/.exec(mean)?.[1]?.length ?? 0);
  return Number(text) === 0 && deviation > 0 ? deviation.toPrecision(1) : text;
}

export type MeanCurve = { xs: Float64Array; ys: Float64Array; low: Float64Array; high: Float64Array };

/** Mean and band over curves at the steps that all of them have; `at` gives each curve's x at a step, of which the mean is drawn. */
export function meanCurve(curves: { steps: ArrayLike<number>; xs: ArrayLike<number>; ys: ArrayLike<number> }[], band: Band): MeanCurve {
  const [first] = curves;
  if (first && curves.length === 1) return alone(first);
  const places = curves.map(({ steps }) => new Map(Array.from(steps, (step, index) => [step, index])));
  const common = [...(places[0]?.keys() ?? [])].filter((step) => places.every((place) => place.has(step)));
  const made: MeanCurve = { xs: new Float64Array(common.length), ys: new Float64Array(common.length), low: new Float64Array(common.length), high: new Float64Array(common.length) };
  common.forEach((step, index) => {
    const at = places.map((place) => place.get(step) as number);
    const { mean, low, high } = bandOf(at.map((place, curve) => curves[curve]?.ys[place] as number), band);
    made.xs[index] = statisticOf(at.map((place, curve) => curves[curve]?.xs[place] as number)).mean;
    made.ys[index] = mean;
    made.low[index] = low;
    made.high[index] = high;
  });
  return made;
}
