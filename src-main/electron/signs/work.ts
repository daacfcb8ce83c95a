// What trains right now, and what has just ended: for the taskbar, the power saver, the tray and notifications.
import { describeEnd, isResting, type RunView } from '#contract';
import { currentCursor, listRunViews, watchChanges, type Lab } from '#services';

export const isAtWork = ({ state }: Pick<RunView, 'state'>): boolean => !isResting(state);

/** `atWork`: runs with a trainer. `ended`: those that came to their end since the last time. */
export type Work = { atWork: RunView[]; ended: RunView[] };

/** Tells at the start and at each change what is at work, until the signal. */
export async function followWork(lab: Lab, tell: (work: Work) => void, signal: AbortSignal): Promise<void> {
  const cursor = currentCursor(lab);
  const states = (['starting', 'running', 'pausing', 'stopping'] as const).slice();
  const atWork = new Map(listRunViews(lab, { states }).runs.map((run) => [run.id, run]));
  tell({ atWork: [...atWork.values()], ended: [] });
  for await (const { delta: { runs, removed } } of watchChanges(lab, { cursor, series: [] }, signal)) {
    const ended = runs.filter((run) => atWork.has(run.id) && describeEnd(run) !== null);
    for (const run of runs) if (isAtWork(run)) atWork.set(run.id, run);
    for (const id of [...removed, ...runs.filter((run) => !isAtWork(run)).map(({ id: gone }) => gone)]) atWork.delete(id);
    tell({ atWork: [...atWork.values()], ended });
  }
}

/** Share of all work under way that is done, 0 to 1; null where a run has no known end, or nothing is at work. */
export function progressOf(runs: Pick<RunView, 'step' | 'totalSteps'>[]): number | null {
  const shares = runs.map(({ step, totalSteps }) => (totalSteps ? Math.min(1, step / totalSteps) : Number.NaN));
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return Number.isNaN(mean) ? null : mean;
}
