// What the app says about a run: colors, times, what may be done with it. Read from its configuration and metrics.
import { colorNameOf, variantStyle, workSeconds, type ColorName, type MetricSummary, type RunView } from '#contract';

/** A color of the interface as CSS. */
export const cssColor = (name: ColorName): string => `var(--${name})`;

/** The color of a group: that of its kind, lighter for variants of it. */
export function groupColor({ color, variant }: { color: ColorName; variant: number }): string {
  const { lighten } = variantStyle(variant);
  return lighten === 0 ? cssColor(color) : `color-mix(in oklab, var(--${color}), var(--bg) ${100 * lighten}%)`;
}

/** The color of an optimizer's configuration, by its name: adamW, notebook_vsgd. */
export const optimizerColor = (option: string): string =>
  cssColor((['vsgd', 'adam', 'adamw', 'sgd'] as const).find((name) => option.toLowerCase().split('_').includes(name)) ?? 'extra-3');

export const colorOf = (run: RunView): string => cssColor(colorNameOf(run));

/** Seconds of work from the start to the end, or to now while it is at work. */
export function secondsOf(run: RunView, now: number): number | null {
  return run.startedAt === null ? null : workSeconds(run, run.endedAt === null ? now : Date.parse(run.endedAt));
}

export const isActive = ({ state }: RunView): boolean => ['starting', 'running', 'pausing', 'stopping'].includes(state);
export const canResume = ({ state }: RunView): boolean => ['paused', 'stopped', 'failed', 'interrupted'].includes(state);

/** Seconds of training left; null where that cannot be told. */
export const secondsLeft = ({ secondsPerStep, totalSteps, step }: RunView): number | null => (secondsPerStep !== null && totalSteps !== null ? (totalSteps - step) * secondsPerStep : null);

/** The key of the main metric: test accuracy, else validation. Never training: that is of single batches. */
export const mainMetricKey = ({ metrics }: RunView): string | null => ['test/accuracy', 'val/accuracy'].find((key) => metrics[key]) ?? null;

/** The accuracy that stands for a run: on the test split at its best validation, else the last one on the test split, else the last of validation. `told`: which of them, in words. */
export function headlineOf(run: RunView): { value: number; told: string } | null {
  if (run.testAtBest) return { value: run.testAtBest.value, told: `on the test split at the best validation accuracy, step ${run.testAtBest.step.toLocaleString('en-US')}` };
  const key = mainMetricKey(run);
  const summary = key === null ? undefined : run.metrics[key];
  return summary === undefined || typeof summary.last !== 'number' ? null : { value: summary.last, told: `last value on the ${key?.startsWith('val/') ? 'validation' : 'test'} split, step ${summary.lastStep.toLocaleString('en-US')}` };
}

export function mainMetric(run: RunView): MetricSummary | null {
  const key = mainMetricKey(run);
  return key === null ? null : (run.metrics[key] ?? null);
}
