// Runs as the app shows them, and what changed since a revision.
import { isResting, tableOf, type MetricSummary, type RunDocument, type RunView } from '#contract';
import type { SqliteDatabase } from './connection.ts';
import { secondsPerStep } from './pace.ts';
import { spoken, summaryOf, type RunRow } from './runs.ts';
import { testAtBest } from './testAtBest.ts';

/** Where the store stands. Another epoch means that the store was made anew, and numbers of the old one mean nothing. */
export type Revision = { epoch: string; last: number };

export const revisionOf = (database: SqliteDatabase): Revision => database.prepare('SELECT epoch, last FROM revisions').get() as Revision;

type SeriesRow = { run_id: string; key: string; count: number; last: number | null; last_step: number; min: number | null; min_step: number | null; max: number | null; max_step: number | null };

/** Summaries of all metrics of these runs, in one query. */
function metricsOf(database: SqliteDatabase, ids: string[]): Map<string, Record<string, MetricSummary>> {
  const rows = database.prepare('SELECT * FROM series WHERE count > 0 AND run_id IN (SELECT value FROM json_each(?)) ORDER BY key').all(JSON.stringify(ids)) as SeriesRow[];
  const found = new Map<string, Record<string, MetricSummary>>(ids.map((id) => [id, tableOf()]));
  for (const row of rows) {
    const of = found.get(row.run_id);
    if (of) of[row.key] = { last: spoken(row.last), lastStep: row.last_step, min: row.min, minStep: row.min_step, max: row.max, maxStep: row.max_step, count: row.count };
  }
  return found;
}

/** Bytes of checkpoints by run, in one query. */
function checkpointBytes(database: SqliteDatabase, ids: string[]): Map<string, number> {
  const rows = database.prepare('SELECT run_id, sum(bytes) FROM checkpoints WHERE run_id IN (SELECT value FROM json_each(?)) GROUP BY run_id').raw().all(JSON.stringify(ids)) as [string, number][];
  return new Map(rows);
}


/** Rows as the app shows them. */
export function viewRuns(database: SqliteDatabase, rows: RunRow[]): RunView[] {
  const metrics = metricsOf(database, rows.map(({ id }) => id));
  const bytes = checkpointBytes(database, rows.map(({ id }) => id));
  return rows.map((row) => {
    const document = JSON.parse(row.document) as RunDocument;
    const { tags, notes = '', starred = false, seed, engine: engineAsked, sweep, fork } = document;
    return {
      ...summaryOf(row, document), createdAt: row.created_at, tags, notes, starred, seed, engineAsked, desired: row.desired, position: row.position,
      sweep: sweep && { id: sweep.id, index: sweep.index, size: sweep.size }, fork: fork && { runId: fork.runId, step: fork.step },
      step: row.step, totalSteps: row.total_steps, secondsPerStep: isResting(row.state) ? null : secondsPerStep(database, row, document.config), trashedAt: row.trashed_at, diskBytes: (bytes.get(row.id) ?? 0) + row.journal_offset, metrics: metrics.get(row.id) ?? {}, testAtBest: testAtBest(database, row, metrics.get(row.id) ?? {}),
    };
  });
}

/** Runs that changed after revision `from`, and ids of those that are gone. */
export function changesSince(database: SqliteDatabase, from: number): { rows: RunRow[]; removed: string[] } {
  return {
    rows: database.prepare('SELECT * FROM runs WHERE revision > ? ORDER BY id').all(from) as RunRow[],
    removed: database.prepare('SELECT id FROM removed_runs WHERE revision > ?').pluck().all(from) as string[],
  };
}
