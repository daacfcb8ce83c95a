// The measures of an optimizer as the page names them, and their quantiles as curves.
import { optimizerOf, type Quantiles, type RunView } from '#contract';
import type { Curve } from '../../../charts/curve.ts';
import { scientific, significant } from '../../../elements/format.ts';
import { isActive } from '../../../elements/runFacts.ts';
import type { Layers, QuantileRow } from '../../../state/layers.svelte.ts';

/** `logs`: on a logarithmic axis. */
export type MeasureView = { name: string; title: string; column: string; about: string; logs: boolean; format(value: number): string; short(value: number): string };

const powers = { logs: true, format: (value: number) => scientific(value), short: (value: number) => scientific(value, 2) };

/** Every measure that the journal may hold, in the order of the page; docs/vsgd.md has their formulas. */
const views: MeasureView[] = [
  { name: 'beta1', title: 'beta1', column: 'beta1', about: 'Weight of the past in the mean gradient, bhg / (bg + bhg)', logs: false, format: (value) => value.toPrecision(4), short: (value) => value.toFixed(3) },
  { name: 'step', title: 'Effective step size', column: 'Step size', about: 'What multiplies the mean gradient: lr / (√m2 + eps) in VSGD', ...powers },
  { name: 'noise', title: 'Gradient noise, √bg', column: '√bg', about: 'Square root of the posterior rate bg', ...powers },
  { name: 'root', title: 'Gradient size, √v', column: '√v', about: 'Square root of the running mean of squared gradients', ...powers },
  { name: 'momentum', title: 'Momentum buffer, |b|', column: '|b|', about: 'Size of the momentum buffer', ...powers },
];

/** Measures that these rows have, in the page's order. */
export const viewsOf = (rows: QuantileRow[]): MeasureView[] => views.filter(({ name }) => rows.some(({ quantiles }) => name in quantiles));

/** A measure over the steps: its median, with a band from 10 % to 90 %. */
export function quantileCurve(rows: QuantileRow[], { name, color, band }: { name: string; color: string; band: boolean }): Curve {
  const column = (index: 0 | 1 | 2) => Float64Array.from(rows, ({ quantiles }) => quantiles[name]?.[index] ?? NaN);
  return { label: 'median', color, xs: Float64Array.from(rows, ({ step }) => step), ys: column(1), ...(band ? { band: { low: column(0), high: column(2) } } : {}) };
}

/** The row nearest to a step; the last one for null. */
export function rowAt(rows: QuantileRow[], step: number | null): QuantileRow | null {
  if (step === null) return rows.at(-1) ?? null;
  return rows.reduce<QuantileRow | null>((best, row) => (best === null || Math.abs(row.step - step) < Math.abs(best.step - step) ? row : best), null);
}

/** Where values lie between the smallest and the largest quantile of all tensors, from 0 to 1; null where all are the same. */
export function spreadOf(list: Quantiles[], logs: boolean): ((value: number) => number) | null {
  const scale = (value: number) => (logs ? Math.log10(Math.max(value, 1e-30)) : value);
  const all = list.flatMap((values) => (values ? values.map(scale) : []));
  const [low, high] = [all.reduce((a, b) => Math.min(a, b), Infinity), all.reduce((a, b) => Math.max(a, b), -Infinity)];
  return high - low > 1e-9 ? (value) => (scale(value) - low) / (high - low) : null;
}

/** Columns of the table by layer: what the optimizer has besides the step size, and that. */
export function columnsOf(views: MeasureView[], { measures }: Layers): (MeasureView & { values: Quantiles[]; place: ((value: number) => number) | null })[] {
  const [step, other] = [views.find(({ name }) => name === 'step'), views.find(({ name }) => name !== 'step')];
  return [other, step].flatMap((view) => {
    const values = view && measures[view.name];
    return values ? [{ ...view, values, place: spreadOf(values, view.logs) }] : [];
  });
}

/** Steps on an axis: 500, 12.5k. */
export const formatStep = (step: number): string => (step >= 10_000 ? `${significant(step / 1000).replace(/\.?0+$/, '')}k` : Number(step.toFixed(2)).toLocaleString('en-US'));

/** What a run without quantiles by layer has to say for itself. */
export function whyNothing(run: RunView): string {
  const every = Number((run.config.train as { optimizer_log_freq?: unknown } | undefined)?.optimizer_log_freq ?? NaN);
  if (!(every > 0)) return 'This run logs nothing of its optimizer: train.optimizer_log_freq is 0 or less.';
  if (isActive(run) || run.state === 'queued') return `The first look at the optimizer comes at step ${every.toLocaleString('en-US')} (train.optimizer_log_freq).`;
  if ((run.metrics.beta1_mean?.count ?? 0) === 0) return `This run ended before the first look at its optimizer, at step ${every.toLocaleString('en-US')} (train.optimizer_log_freq).`;
  const seen = optimizerOf(run) === 'VSGD' ? ' Its beta1 is below.' : '';
  return `This run has no step sizes by layer: it was made before they were logged.${seen} Run it again to have them.`;
}
