// Runs as the app shows them, and what changed since a revision.
import { isResting, type RunDocument, type RunView } from '#contract';
import type { SqliteDatabase } from './connection.ts';
import { soundRow } from './digests.ts';
import { secondsPerStep } from './pace.ts';
import { summaryOf, type RunRow } from './runs.ts';
import { checkpointBytes, digestsOf, summariesOf } from './summaries.ts';
import { testAtBest } from './testAtBest.ts';

/** Where the store stands. Another epoch means that the store was made anew, and numbers of the old one mean nothing. */
export type Revision = { epoch: string; last: number };

export const revisionOf = (database: SqliteDatabase): Revision => database.prepare('SELECT epoch, last FROM revisions').get() as Revision;

/** Rows as the app shows them. */
export function viewRuns(database: SqliteDatabase, rows: RunRow[]): RunView[] {
  const ids = rows.map(({ id }) => id);
  const { metrics, bytes } = database.transaction(() => {
    const digests = digestsOf(database, ids);
    return { metrics: summariesOf(database, ids, digests), bytes: checkpointBytes(database, ids, digests) };
  })();
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
export const changesSince = (database: SqliteDatabase, from: number): { rows: RunRow[]; removed: string[] } => database.attempt(() => ({
  rows: (database.prepare('SELECT * FROM runs WHERE revision > ? ORDER BY id').all(from) as RunRow[]).map((row) => soundRow(database, row)),
  removed: database.prepare('SELECT id FROM removed_runs WHERE revision > ?').pluck().all(from) as string[],
}));
