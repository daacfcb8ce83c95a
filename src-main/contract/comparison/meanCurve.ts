// The mean of curves with its band, over the runs that are left at each step.
import { bandOf, statisticOf, type Band } from './statistics.ts';

/** A curve to be averaged: `xs` are its places on the axis at its steps, which rise. */
export type StepCurve = { steps: ArrayLike<number>; xs: ArrayLike<number>; ys: ArrayLike<number> };
/**
 * `counts`: over how many of `of` curves each mean is. Where that is one of several, there is no band: `low` and `high` are NaN.
 * `carried`: the curves have different steps, so that some of their values count until the next one.
 */
export type MeanCurve = { steps: ArrayLike<number>; xs: Float64Array; ys: Float64Array; low: Float64Array; high: Float64Array; counts: Float64Array; of: number; carried: boolean };

const float = (values: ArrayLike<number>): Float64Array => (values instanceof Float64Array ? values : Float64Array.from(values));

/** One curve is its own mean and band. */
function alone({ steps, xs, ys }: StepCurve): MeanCurve {
  const values = float(ys);
  return { steps, xs: float(xs), ys: values, low: values, high: values, counts: new Float64Array(values.length).fill(1), of: 1, carried: false };
}

/** Every step of any curve, rising, each once. Of curves on one grid, of which some end early, these are the steps of the longest. */
function unionOf(curves: StepCurve[]): { steps: ArrayLike<number>; sameGrid: boolean } {
  const longest = curves.reduce((most, curve) => (curve.steps.length > most.steps.length ? curve : most)).steps;
  const sameGrid = curves.every(({ steps }) => { for (let at = 0; at < steps.length; at += 1) if (steps[at] !== longest[at]) return false; return true; });
  if (sameGrid) return { steps: longest, sameGrid };
  const all = new Float64Array(curves.reduce((sum, { steps }) => sum + steps.length, 0));
  let filled = 0;
  for (const { steps } of curves) { all.set(float(steps), filled); filled += steps.length; }
  all.sort();
  return { steps: all.filter((step, index) => index === 0 || step !== all[index - 1]), sameGrid };
}

/** Where a curve is at a step: its last own point up to it, and its place on the axis, between two of its own points by interpolation; null before its first step and after its last. */
function placeAt({ steps, xs }: StepCurve, at: number, step: number): { at: number; x: number } | null {
  const [from, x] = [steps[at] as number, xs[at] as number];
  if (at < 0 || (at === steps.length - 1 && from < step)) return null;
  return { at, x: from === step ? x : x + ((step - from) / ((steps[at + 1] as number) - from)) * ((xs[at + 1] as number) - x) };
}

/** The mean place of some curves. Once a curve has joined or left, it advances by the mean way of those that are there, so that it never goes back. */
function createAxis(): (places: (number | null)[]) => number {
  let [before, mean, joint]: [(number | null)[], number, boolean] = [[], NaN, true];
  return (places) => {
    joint &&= before.length === 0 || places.every((x, index) => (x === null) === (before[index] === null));
    const present = places.filter((x) => x !== null);
    const ways = places.flatMap((x, index) => (x === null || typeof before[index] !== 'number' ? [] : [x - before[index]]));
    mean = joint ? statisticOf(present).mean : ways.length > 0 ? mean + statisticOf(ways).mean : Math.max(mean, statisticOf(present).mean);
    before = places;
    return mean;
  };
}

/**
 * Mean and band at every step at which any curve has a value. A curve takes part from its first step to its last: between two of
 * its own steps with the last value that it had, after its end not at all, so that `counts` falls where runs end.
 */
export function meanCurve(curves: StepCurve[], band: Band): MeanCurve {
  const [first] = curves;
  if (!first) return alone({ steps: [], xs: [], ys: [] });
  if (curves.length === 1) return alone(first);
  const { steps: union, sameGrid } = unionOf(curves);
  const made = (): Float64Array => new Float64Array(union.length);
  const mean: MeanCurve = { steps: union, xs: made(), ys: made(), low: made(), high: made(), counts: made(), of: curves.length, carried: !sameGrid };
  const bySteps = curves.every(({ steps, xs }) => steps === xs);
  const placeOf = createAxis();
  const reached = curves.map(() => -1); // each curve's last own point so far
  for (let index = 0; index < union.length; index += 1) {
    const step = union[index] as number;
    const places = curves.map((curve, at) => {
      let own = reached[at] as number;
      while (own + 1 < curve.steps.length && (curve.steps[own + 1] as number) <= step) own += 1;
      reached[at] = own;
      return placeAt(curve, own, step);
    });
    const values = places.flatMap((place, at) => (place === null ? [] : [(curves[at] as StepCurve).ys[place.at] as number]));
    const { mean: y, low, high } = bandOf(values, band);
    mean.xs[index] = bySteps ? step : placeOf(places.map((place) => place?.x ?? null));
    mean.ys[index] = y;
    mean.low[index] = values.length === 1 ? NaN : low;
    mean.high[index] = values.length === 1 ? NaN : high;
    mean.counts[index] = values.length;
  }
  return mean;
}

/** A mean in two parts: where it is over all of its curves, and where it is over fewer, which begins and ends at a point of the other; null where that is nowhere. */
export function partsOf({ ys, counts, of }: Pick<MeanCurve, 'ys' | 'counts' | 'of'>): { whole: Float64Array; fewer: Float64Array | null } {
  const isFewer = (index: number): boolean => (counts[index] ?? of) < of;
  if (counts.every((count) => count === of)) return { whole: ys, fewer: null };
  return {
    whole: ys.map((y, index) => (isFewer(index) ? NaN : y)),
    fewer: ys.map((y, index) => (isFewer(index) || isFewer(index - 1) || isFewer(index + 1) ? y : NaN)),
  };
}

const written = (step: number): string => step.toLocaleString('en-US');

/** What is to be known of means before they are read: which go on over fewer runs than all, and which average runs that were evaluated at different steps; null where nothing is. */
export function describeMeans(means: { name: string; mean: Pick<MeanCurve, 'steps' | 'counts' | 'of' | 'carried'> }[]): string | null {
  const fewer = means.flatMap(({ name, mean: { steps, counts, of } }) => {
    const last = counts.length - 1;
    const full = counts.lastIndexOf(of);
    if (last < 0 || full === last) return [];
    return [full < 0 ? `${name} over at most ${Math.max(...counts)} of ${of} runs` : `${name} over ${counts[last]} of ${of} runs at step ${written(steps[last] as number)}, over all ${of} until step ${written(steps[full] as number)}`];
  });
  const carried = means.filter(({ mean }) => mean.carried).map(({ name }) => name);
  const sentences = [
    ...(fewer.length > 0 ? [`Drawn thin where a mean is over fewer runs than its group has: ${fewer.join('; ')}.`] : []),
    ...(carried.length > 0 ? [`Runs were evaluated at different steps; between two evaluations, a run's last value counts: ${carried.join(', ')}.`] : []),
  ];
  return sentences.length === 0 ? null : sentences.join(' ');
}
