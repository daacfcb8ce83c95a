// Which curves go onto which card, and what the x axis means.
import type { RunView } from '#contract';
import { colorOf } from '../../elements/runFacts.ts';
import type { Series } from '../../state/series.svelte.ts';

export const xAxes = ['step', 'epoch', 'relative', 'wall'] as const;
export type XAxis = (typeof xAxes)[number];
export type CardCurve = { label: string; key: string; color: string; dash?: number[]; series: Series };
/** `unit`: share (of one), s, or none. `logs`: a logarithmic axis makes sense. */
export type Card = { title: string; unit: 'share' | 's' | ''; logs: boolean; curves: CardCurve[] };

type Plan = { title: string; unit: Card['unit']; logs: boolean; curves: [key: string, label: string, color: string | null][] };
const [train, val] = ['var(--split-train)', 'var(--split-val)'];
const plans: Plan[] = [
  { title: 'Accuracy', unit: 'share', logs: false, curves: [['train/accuracy', 'training', train], ['val/accuracy', 'validation', val], ['test/accuracy', 'test', null]] },
  { title: 'Loss', unit: '', logs: true, curves: [['train/loss', 'training', train], ['val/loss', 'validation', val], ['test/loss', 'test', null]] },
  { title: 'Learning rate', unit: '', logs: true, curves: [['lr', 'rate', null]] },
  { title: 'Gradient norm', unit: '', logs: true, curves: [['grad_norm', 'all layers', null]] },
  { title: 'β₁, median', unit: '', logs: false, curves: [['beta1_median', 'median', null]] },
  { title: 'Time per step', unit: 's', logs: true, curves: [['data_time', 'data', val], ['train_time', 'compute', train]] },
  { title: 'Time per evaluation', unit: 's', logs: true, curves: [['val_time', 'validation', val], ['test_time', 'test', train]] },
];
const hidden = ['iter', 'epoch', 'train/epoch_loss', 'beta1_mean', 'skipped_steps'];

/** Cards of the curves that a run has; what no plan knows gets a card of its own. */
export function cardsOf(run: RunView, curves: Record<string, Series>): Card[] {
  const seriesOf = (key: string): Series | undefined => curves[`${run.id} ${key}`];
  const planned = new Set([...hidden, ...plans.flatMap(({ curves: list }) => list.map(([key]) => key))]);
  const others: Plan[] = Object.keys(run.metrics).filter((key) => !planned.has(key)).map((key) => ({ title: key, unit: '', logs: true, curves: [[key, key, null]] }));
  return [...plans, ...others].flatMap(({ curves: list, ...card }) => {
    const found = list.flatMap(([key, label, color]) => {
      const series = seriesOf(key);
      return series && series.steps.length > 0 ? [{ label, key, color: color ?? colorOf(run), ...(color === val ? { dash: [4, 3] } : {}), series }] : [];
    });
    return found.length > 0 ? [{ ...card, curves: found }] : [];
  });
}

/** x values of a series: steps, fractional epochs, seconds since the start, or moments in milliseconds. */
export function xsOf({ steps, times }: Series, axis: XAxis, { epochs, start }: { epochs?: Series; start: number }): Float64Array {
  if (axis === 'step') return steps;
  if (axis === 'wall') return times;
  if (axis === 'relative') return times.map((time) => (time - start) / 1000);
  const perEpoch = stepsPerEpoch(epochs);
  return steps.map((step) => step / perEpoch);
}

/** Steps of the first whole epoch, as the epoch's own curve tells. */
export function stepsPerEpoch(epochs: Series | undefined): number {
  const at = epochs?.values.findIndex((epoch) => epoch >= 1) ?? -1;
  return epochs && at > 0 ? (epochs.steps[at] as number) - 1 || 1 : (epochs?.steps.at(-1) ?? 1) || 1;
}
