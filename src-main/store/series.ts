// Curves out of the store as typed arrays. Whole ones are kept for a while: the page, its table and its small curves ask for the same.
import type { Points } from '#contract';
import type { SqliteDatabase } from './connection.ts';
import { damaged } from './damage.ts';
import { addToSum, pointChecksum } from './digests.ts';
import { checkOnce } from './summaries.ts';

/** What a whole curve was when it was read: other rows, or another cut of the journal, make another one. */
type Version = { id: number; count: number; lastStep: number; digest: number; cuts: number };
type Kept = { version: Version; points: Points };
/** What is known of the curves of one connection: whole ones, and which were checked. */
type Known = { curves: Map<number, Kept>; checked: Set<number> };
const mostPoints = 3_000_000; // 72 MB
const fewPoints = 500; // read anew as quickly as found
const known = new WeakMap<object, Known>();

function knownOf(database: SqliteDatabase): Known {
  const connection = database.connection();
  const found = known.get(connection) ?? { curves: new Map<number, Kept>(), checked: new Set<number>() };
  known.set(connection, found);
  return found;
}

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

/** @throws LabError DATABASE_DAMAGED where these are not the points that were written */
function checkPoints(database: SqliteDatabase, { id, count, digest }: Version, { steps, times, values }: Points): void {
  let sum = 0;
  for (let index = 0; index < steps.length; index += 1) sum = addToSum(sum, pointChecksum(steps[index] as number, times[index] as number, values[index] as number)); // a loop: it sees every point
  if (steps.length !== count || sum !== digest) throw damaged(database.file, `points of curve ${id} were altered or lost`);
  knownOf(database).checked.add(id);
}

function readWhole(database: SqliteDatabase, version: Version): Points {
  const { curves } = knownOf(database);
  const found = curves.get(version.id);
  const current = found && found.version.count === version.count && found.version.lastStep === version.lastStep && found.version.digest === version.digest && found.version.cuts === version.cuts;
  if (current) {
    keep(curves, found);
    return found.points;
  }
  const points = readRows(database, version.id, { from: 0, to: Number.MAX_SAFE_INTEGER, limit: -1 });
  checkPoints(database, version, points);
  if (version.count > fewPoints) keep(curves, { version, points });
  return points;
}

const versionOf = (database: SqliteDatabase, runId: string, key: string): Version | undefined =>
  database.prepare('SELECT s.id, s.count, s.last_step AS lastStep, s.digest, r.journal_cuts AS cuts FROM series s JOIN runs r ON r.id = s.run_id WHERE s.run_id = ? AND s.key = ?').get(runId, key) as Version | undefined;

/** Checks the points of a curve, once per connection. Inside a transaction. @throws LabError DATABASE_DAMAGED */
export function checkSeries(database: SqliteDatabase, runId: string, key: string): void {
  checkOnce(database, runId, 'series');
  const version = versionOf(database, runId, key);
  if (version && !knownOf(database).checked.has(version.id)) readWhole(database, version);
}

type Range = { from: number; to: number; limit: number };

/** The points of a whole curve from one step to another. */
function part({ steps, times, values }: Points, { from, to, limit }: Range): Points {
  const firstFrom = (step: number): number => {
    let [low, high] = [0, steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((steps[middle] as number) < step) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const start = firstFrom(from);
  const end = Math.max(start, Math.min(firstFrom(to + 1), limit < 0 ? Infinity : start + limit));
  return { steps: steps.subarray(start, end), times: times.subarray(start, end), values: values.subarray(start, end) };
}

function read(database: SqliteDatabase, { runId, key }: { runId: string; key: string }, range: Range): Points {
  checkOnce(database, runId, 'series');
  const version = versionOf(database, runId, key);
  if (!version) return { steps: new Float64Array(), times: new Float64Array(), values: new Float64Array() };
  const whole = range.from <= 0 && range.to >= version.lastStep && (range.limit < 0 || range.limit >= version.count);
  if (whole) return readWhole(database, version);
  return knownOf(database).checked.has(version.id) ? readRows(database, version.id, range) : part(readWhole(database, version), range);
}

/**
 * One metric of a run as typed arrays, steps rising, NaN for what is no number; `from` and `to` are steps, both included; `limit` keeps the first so many.
 * The arrays are shared: read them only.
 */
export const readSeries = (database: SqliteDatabase, runId: string, { key, from = 0, to = Number.MAX_SAFE_INTEGER, limit = -1 }: { key: string } & Partial<Range>): Points =>
  database.transaction(() => read(database, { runId, key }, { from, to, limit }))();
