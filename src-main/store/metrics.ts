// Metrics in the store: appended with their summaries, read as typed arrays, cut back on resume.
import type { SqliteDatabase } from './connection.ts';

export type MetricRow = { key: string; step: number; time: number; value: number };

type Summary = { id: number; count: number; last: number; lastStep: number; min: number | null; minStep: number | null; max: number | null; maxStep: number | null };
type SeriesRow = { id: number; count: number; last: number | null; last_step: number; min: number | null; min_step: number | null; max: number | null; max_step: number | null };

function toSummary(row: SeriesRow): Summary {
  return { id: row.id, count: row.count, last: row.last ?? NaN, lastStep: row.last_step, min: row.min, minStep: row.min_step, max: row.max, maxStep: row.max_step };
}

/** Takes in one value: non-finite ones count, and are last, but never smallest or largest. */
function takeIn(summary: Summary, step: number, value: number): void {
  summary.count += 1;
  if (step >= summary.lastStep) {
    summary.last = value;
    summary.lastStep = step;
  }
  if (!Number.isFinite(value)) return;
  if (summary.min === null || value < summary.min) Object.assign(summary, { min: value, minStep: step });
  if (summary.max === null || value > summary.max) Object.assign(summary, { max: value, maxStep: step });
}

/** Appends rows of one run; call it inside a transaction. NaN is kept as NULL, infinities as themselves. */
export function createAppender(database: SqliteDatabase): (runId: string, rows: Iterable<MetricRow>) => number {
  const find = database.prepare('SELECT * FROM series WHERE run_id = ? AND key = ?');
  const make = database.prepare('INSERT INTO series (run_id, key) VALUES (?, ?) RETURNING *');
  const insert = database.prepare('INSERT OR REPLACE INTO metrics (series_id, step, time, value) VALUES (?, ?, ?, ?)');
  const store = database.prepare('UPDATE series SET count = ?, last = ?, last_step = ?, min = ?, min_step = ?, max = ?, max_step = ? WHERE id = ?');
  return (runId, rows) => {
    const touched = new Map<string, Summary>();
    let appended = 0;
    for (const { key, step, time, value } of rows) {
      let summary = touched.get(key);
      if (!summary) {
        summary = toSummary((find.get(runId, key) ?? make.get(runId, key)) as SeriesRow);
        touched.set(key, summary);
      }
      insert.run(summary.id, step, time, Number.isNaN(value) ? null : value);
      takeIn(summary, step, value);
      appended += 1;
    }
    for (const s of touched.values()) store.run(s.count, Number.isNaN(s.last) ? null : s.last, s.lastStep, s.min, s.minStep, s.max, s.maxStep, s.id);
    return appended;
  };
}

/** Removes what a cut journal no longer says: metrics after `step`, everything else from `offset` on. Inside a transaction. */
export function cutBack(database: SqliteDatabase, runId: string, { step, offset }: { step: number; offset: number }): void {
  database.prepare('DELETE FROM metrics WHERE step > ? AND series_id IN (SELECT id FROM series WHERE run_id = ?)').run(step, runId);
  for (const table of ['histograms', 'layers', 'checkpoints', 'notes']) database.prepare(`DELETE FROM ${table} WHERE run_id = ? AND offset >= ?`).run(runId, offset);
  const rows = database.prepare('SELECT id FROM series WHERE run_id = ?').pluck().all(runId) as number[];
  const read = database.prepare('SELECT step, value FROM metrics WHERE series_id = ? ORDER BY step');
  const store = database.prepare('UPDATE series SET count = ?, last = ?, last_step = ?, min = ?, min_step = ?, max = ?, max_step = ? WHERE id = ?');
  for (const id of rows) {
    const summary: Summary = { id, count: 0, last: NaN, lastStep: 0, min: null, minStep: null, max: null, maxStep: null };
    for (const row of read.all(id) as { step: number; value: number | null }[]) takeIn(summary, row.step, row.value ?? NaN);
    store.run(summary.count, Number.isNaN(summary.last) ? null : summary.last, summary.lastStep, summary.min, summary.minStep, summary.max, summary.maxStep, id);
  }
}

/** The last value of a metric at or before a step, by run; runs without one are left out. */
export function valuesAt(database: SqliteDatabase, runIds: string[], { key, step }: { key: string; step: number }): Map<string, number> {
  const rows = database.prepare(`SELECT s.run_id, (SELECT coalesce(m.value, 'NaN') FROM metrics m WHERE m.series_id = s.id AND m.step <= ? ORDER BY m.step DESC LIMIT 1)
    FROM series s WHERE s.key = ? AND s.run_id IN (SELECT value FROM json_each(?))`).raw().all(step, key, JSON.stringify(runIds)) as [string, number | 'NaN' | null][];
  return new Map(rows.flatMap(([id, value]) => (value === null ? [] : [[id, Number(value)] as const])));
}

/** Keys of a run's metrics. */
export const listSeries = (database: SqliteDatabase, runId: string): string[] =>
  database.prepare('SELECT key FROM series WHERE run_id = ? AND count > 0 ORDER BY key').pluck().all(runId) as string[];
