// Curves out of the store as typed arrays. Whole ones are kept for a while: the page, its table and its small curves ask for the same.
import type { Points } from '#contract';
import type { SqliteDatabase } from './connection.ts';

/** What a whole curve was when it was read: other rows, or another cut of the journal, make another one. */
type Version = { id: number; count: number; lastStep: number; cuts: number };
type Kept = { version: Version; points: Points };
const mostPoints = 3_000_000; // 72 MB
const fewPoints = 500; // read anew as quickly as found
const kept = new WeakMap<SqliteDatabase, Map<number, Kept>>();

function readRows(database: SqliteDatabase, id: number, { from, to, limit }: { from: number; to: number; limit: number }): Points {
  const rows = database.prepare('SELECT step, time, value FROM metrics WHERE series_id = ? AND step BETWEEN ? AND ? ORDER BY step LIMIT ?').raw().all(id, from, to, limit) as [number, number, number | null][];
  const points = { steps: new Float64Array(rows.length), times: new Float64Array(rows.length), values: new Float64Array(rows.length) };
  for (let index = 0; index < rows.length; index += 1) { // a loop: it sees every point of a curve
    const row = rows[index] as [number, number, number | null];
    points.steps[index] = row[0];
    points.times[index] = row[1];
    points.values[index] = row[2] ?? NaN;
  }
  return points;
}

/** Puts a curve last in the row of those to be forgotten, and forgets the first ones where there are too many points. */
function keep(curves: Map<number, Kept>, one: Kept): void {
  curves.delete(one.version.id);
  curves.set(one.version.id, one);
  let points = 0;
  for (const { points: { steps } } of curves.values()) points += steps.length;
  for (const [id, { points: { steps } }] of curves) {
    if (points <= mostPoints) return;
    curves.delete(id);
    points -= steps.length;
  }
}

function readWhole(database: SqliteDatabase, version: Version): Points {
  const curves = kept.get(database) ?? new Map<number, Kept>();
  kept.set(database, curves);
  const found = curves.get(version.id);
  const current = found && found.version.count === version.count && found.version.lastStep === version.lastStep && found.version.cuts === version.cuts;
  const points = current ? found.points : readRows(database, version.id, { from: 0, to: Number.MAX_SAFE_INTEGER, limit: -1 });
  keep(curves, { version, points });
  return points;
}

/**
 * One metric of a run as typed arrays, steps rising, NaN for what is no number; `from` and `to` are steps, both included; `limit` keeps the first so many.
 * The arrays are shared: read them only.
 */
export function readSeries(database: SqliteDatabase, runId: string, { key, from = 0, to = Number.MAX_SAFE_INTEGER, limit = -1 }: { key: string; from?: number; to?: number; limit?: number }): Points {
  const version = database.prepare('SELECT s.id, s.count, s.last_step AS lastStep, r.journal_cuts AS cuts FROM series s JOIN runs r ON r.id = s.run_id WHERE s.run_id = ? AND s.key = ?').get(runId, key) as Version | undefined;
  if (!version) return { steps: new Float64Array(), times: new Float64Array(), values: new Float64Array() };
  const whole = from <= 0 && to >= version.lastStep && (limit < 0 || limit >= version.count);
  return whole && version.count > fewPoints ? readWhole(database, version) : readRows(database, version.id, { from, to, limit });
}
