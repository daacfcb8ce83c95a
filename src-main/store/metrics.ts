// Metrics in the store: appended with their summaries, cut back on resume, looked up by step.
import type { SqliteDatabase } from './connection.ts';
import { checkSeries } from './series.ts';
import { checkOnce, parts, recount, storeSummary, sumParts, takeIn, type SeriesRow } from './summaries.ts';

export type MetricRow = { key: string; step: number; time: number; value: number };

/** Appends rows of one run; call it inside a transaction. NaN is kept as NULL, infinities as themselves. */
export function createAppender(database: SqliteDatabase): (runId: string, rows: Iterable<MetricRow>) => number {
  const find = database.prepare('SELECT * FROM series WHERE run_id = ? AND key = ?');
  const make = database.prepare('INSERT INTO series (run_id, key) VALUES (?, ?) RETURNING *');
  const has = database.prepare('SELECT 1 FROM metrics WHERE series_id = ? AND step = ?');
  const insert = database.prepare('INSERT OR REPLACE INTO metrics (series_id, step, time, value) VALUES (?, ?, ?, ?)');
  return (runId, rows) => {
    const touched = new Map<string, SeriesRow>();
    const replaced = new Set<SeriesRow>();
    let appended = 0;
    checkOnce(database, runId, 'series');
    for (const row of rows) {
      const { key, step, time, value } = row;
      let summary = touched.get(key);
      if (!summary) {
        summary = (find.get(runId, key) ?? make.get(runId, key)) as SeriesRow;
        touched.set(key, summary);
      }
      if (summary.count > 0 && step <= summary.last_step && has.get(summary.id, step)) replaced.add(summary);
      insert.run(summary.id, step, time, Number.isNaN(value) ? null : value);
      takeIn(summary, row);
      appended += 1;
    }
    for (const summary of touched.values()) {
      if (replaced.has(summary)) recount(database, summary);
      storeSummary(database, summary);
    }
    if (touched.size > 0) sumParts(database, runId, ['series']);
    return appended;
  };
}

/** Removes what a cut journal no longer says: metrics after `step`, everything else from `offset` on. Inside a transaction. */
export function cutBack(database: SqliteDatabase, runId: string, { step, offset }: { step: number; offset: number }): void {
  for (const part of parts) checkOnce(database, runId, part);
  for (const key of listSeries(database, runId)) checkSeries(database, runId, key);
  database.prepare('DELETE FROM metrics WHERE step > ? AND series_id IN (SELECT id FROM series WHERE run_id = ?)').run(step, runId);
  for (const table of ['histograms', 'layers', 'checkpoints', 'notes']) database.prepare(`DELETE FROM ${table} WHERE run_id = ? AND offset >= ?`).run(runId, offset);
  for (const row of database.prepare('SELECT * FROM series WHERE run_id = ?').all(runId) as SeriesRow[]) {
    recount(database, row);
    storeSummary(database, row);
  }
  sumParts(database, runId, parts);
}

/** The last value of a metric at or before a step, by run; runs without one are left out. */
export const valuesAt = (database: SqliteDatabase, runIds: string[], { key, step }: { key: string; step: number }): Map<string, number> => database.transaction(() => {
  for (const runId of runIds) checkSeries(database, runId, key);
  const rows = database.prepare(`SELECT s.run_id, (SELECT coalesce(m.value, 'NaN') FROM metrics m WHERE m.series_id = s.id AND m.step <= ? ORDER BY m.step DESC LIMIT 1)
    FROM series s WHERE s.key = ? AND s.run_id IN (SELECT value FROM json_each(?))`).raw().all(step, key, JSON.stringify(runIds)) as [string, number | 'NaN' | null][];
  return new Map(rows.flatMap(([id, value]) => (value === null ? [] : [[id, Number(value)] as const])));
})();

/** Keys of a run's metrics. */
export const listSeries = (database: SqliteDatabase, runId: string): string[] =>
  database.prepare('SELECT key FROM series WHERE run_id = ? AND count > 0 ORDER BY key').pluck().all(runId) as string[];
