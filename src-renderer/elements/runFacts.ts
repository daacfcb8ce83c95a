// What the app says about a run: optimizer, model, data set, times. Read from its configuration and metrics.
import type { MetricSummary, RunView } from '#contract';

const labels: Record<string, string> = { vsgd: 'VSGD', adam: 'Adam', adamw: 'AdamW', sgd: 'SGD' };
export const optimizerColors: Record<string, string> = { VSGD: 'var(--vsgd)', Adam: 'var(--adam)', AdamW: 'var(--adamw)', SGD: 'var(--sgd)' };

const lastName = (target: unknown): string => (typeof target === 'string' ? target.split('.').at(-1) ?? '' : '');
type Tree = Record<string, unknown>;
const at = (tree: unknown, path: string): unknown => path.split('.').reduce<unknown>((value, key) => (value as Tree | null | undefined)?.[key], tree);

/** A configuration value by its dotted key. */
export const configValue = (run: RunView, key: string): unknown => at(run.config, key);

export function optimizerOf(run: RunView): string {
  const name = lastName(at(run.config, 'train.optimizer._target_'));
  return labels[name.toLowerCase()] ?? name;
}

export const modelOf = (run: RunView): string => lastName(at(run.config, 'model._target_'));

export const colorOf = (run: RunView): string => optimizerColors[optimizerOf(run)] ?? 'var(--extra-3)';

/** Seconds from the start to the end, or to now while it is at work. */
export function secondsOf({ startedAt, endedAt }: RunView, now: number): number | null {
  return startedAt === null ? null : ((endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt)) / 1000;
}

export const isActive = ({ state }: RunView): boolean => ['starting', 'running', 'pausing', 'stopping'].includes(state);
export const canResume = ({ state }: RunView): boolean => ['paused', 'stopped', 'failed', 'interrupted'].includes(state);

export function stepsPerSecond({ metrics }: RunView): number | null {
  const time = Number(metrics.train_time?.last ?? NaN) + Number(metrics.data_time?.last ?? 0);
  return time > 0 ? 1 / time : null;
}

/** Seconds of training left; null where that cannot be told. */
export function secondsLeft(run: RunView): number | null {
  const perSecond = stepsPerSecond(run);
  return perSecond && run.totalSteps !== null ? (run.totalSteps - run.step) / perSecond : null;
}

/** The main metric: test accuracy, else validation, else training. */
export function mainMetric({ metrics }: RunView): MetricSummary | null {
  return metrics['test/accuracy'] ?? metrics['val/accuracy'] ?? metrics['train/accuracy'] ?? null;
}
