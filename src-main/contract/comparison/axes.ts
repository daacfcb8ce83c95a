// Where the points of a run lie on the horizontal axis of a comparison.
import type { ComparedRun } from './groups.ts';

/** By iterations, epochs, seconds of work since the run's start, or the time of day. */
export const comparisonAxes = ['step', 'epoch', 'seconds', 'wall'] as const;
export type ComparisonAxis = (typeof comparisonAxes)[number];

/** Steps of an epoch, from the step at which the last epoch began; of a run without a whole epoch, all its steps. */
export function stepsOfEpoch({ metrics }: Pick<ComparedRun, 'metrics'>): number {
  const { epoch } = metrics;
  if (!epoch) return 1;
  return epoch.max !== null && epoch.max > 0 && epoch.maxStep !== null ? Math.max(1, (epoch.maxStep - 1) / epoch.max) : Math.max(1, epoch.lastStep);
}

type Timed = Pick<ComparedRun, 'startedAt' | 'pauses'>;

/** Seconds of work from a run's start to a moment (Unix time in milliseconds); what lay between its sessions is none. `first` stands for a start that is not known. */
export function workSeconds({ startedAt, pauses = [] }: Timed, moment: number, first = moment): number {
  const idle = pauses.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(moment, to) - from), 0);
  return (moment - (startedAt ? Date.parse(startedAt) : first) - idle) / 1000;
}

/** x of every point: steps, fractional epochs, seconds, or milliseconds since 1970. */
export function placesOf(run: Pick<ComparedRun, 'metrics'> & Timed, { steps, times }: { steps: Float64Array; times: Float64Array }, axis: ComparisonAxis): Float64Array {
  if (axis === 'step') return steps;
  if (axis === 'wall') return times;
  if (axis === 'epoch') {
    const perEpoch = stepsOfEpoch(run);
    return steps.map((step) => step / perEpoch);
  }
  return times.map((time) => workSeconds(run, time, times[0]));
}
