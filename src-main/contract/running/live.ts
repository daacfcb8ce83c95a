// What the app is told while runs go on: changed runs, and new rows of the curves that it watches.
import type { PackedPoints } from './points.ts';
import type { RunView } from './runs.ts';

/** What the app asks for first, when it opens: the newest runs, so many that they fill a screen whatever is folded. */
export const firstRuns = { limit: 100, newestFirst: true } as const;
/** Of the others it asks for so many at a time. */
export const runsPerPage = 2000;

/** Where a reader stands in one curve. A resumed run cuts its journal back: then `cuts` grows and the curve begins anew. */
export type SeriesCursor = { cuts: number; step: number };

/** New rows of one curve, steps rising. `reset`: forget the rows that came before these. `more`: there are further rows already. */
export type SeriesDelta = {
  runId: string;
  key: string;
  reset: boolean;
  more: boolean;
  points: PackedPoints;
  cursor: SeriesCursor;
};

/** What changed after a cursor. `reset`: the store was made anew; list the runs again. */
export type LiveDelta = { cursor: string; reset: boolean; runs: RunView[]; removed: string[]; series: SeriesDelta[] };
