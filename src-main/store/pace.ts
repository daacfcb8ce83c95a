// How quickly a run goes on: by the wall clock, with evaluations and checkpoints in it, and without what lay between its sessions.
import type { ConfigTree } from '#contract';
import type { SqliteDatabase } from './connection.ts';
import { damaged } from './damage.ts';

type Point = { step: number; time: number };
type Curve = { id: number; last: number };

/** A rate over less would jump. */
const leastMs = 60_000;

/** The first point from a step on. Steps may be missing where a journal was damaged. */
function pointAt(database: SqliteDatabase, { id }: Curve, step: number): Point {
  const point = database.prepare('SELECT step, time FROM metrics WHERE series_id = ? AND step >= ? ORDER BY step LIMIT 1').get(id, step) as Point | undefined;
  if (!point) throw damaged(database.file, `points of curve ${id} were lost`);
  return point;
}

/** The first point that is not before a time; times rise with steps. */
function pointSince(database: SqliteDatabase, curve: Curve, time: number): Point {
  let [low, high] = [0, curve.last];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const point = pointAt(database, curve, middle);
    if (point.time >= time) high = middle;
    else low = point.step + 1;
  }
  return pointAt(database, curve, Math.min(low, curve.last));
}

/** Steps from one evaluation on the test split to the next. */
function roundOf({ train }: ConfigTree): number {
  const every = Number((train as { eval_test_freq?: unknown } | undefined)?.eval_test_freq);
  return every > 0 ? every : 1;
}

/**
 * Seconds per step of a run's newest session: over its last minute at least, and over whole rounds, so that each holds as many evaluations.
 * Null before the session's second step.
 */
export const secondsPerStep = (database: SqliteDatabase, { id: runId, session_at: since }: { id: string; session_at: number | null }, config: ConfigTree): number | null => database.transaction(() => {
  const curve = database.prepare("SELECT id, last_step AS last FROM series WHERE run_id = ? AND key = 'iter' AND count > 0").get(runId) as Curve | undefined;
  if (curve === undefined) return null;
  const last = pointAt(database, curve, curve.last);
  const every = roundOf(config);
  const rounds = Math.ceil((curve.last - pointSince(database, curve, last.time - leastMs).step) / every);
  const [first, wanted] = [pointSince(database, curve, since ?? 0), pointAt(database, curve, Math.max(0, curve.last - rounds * every))];
  const from = wanted.step > first.step ? wanted : first;
  return last.time > from.time ? (last.time - from.time) / 1000 / (last.step - from.step) : null;
})();

/** The first steps compile and warm up. */
const warmSteps = 5;
/** A median over so many of the newest values: that of a long run is not read whole. */
const mostRead = 2000;

/** The median of a metric of a run, without its first steps; null where it has none that is finite. A single value may be far from it. */
export function medianOf(database: SqliteDatabase, runId: string, { key, after = warmSteps }: { key: string; after?: number }): number | null {
  const values = database.prepare('SELECT value FROM metrics WHERE series_id = (SELECT id FROM series WHERE run_id = ? AND key = ?) AND step > ? ORDER BY step DESC LIMIT ?')
    .pluck().all(runId, key, after, mostRead) as (number | null)[];
  const sorted = values.filter((value): value is number => value !== null && Number.isFinite(value)).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return null;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
