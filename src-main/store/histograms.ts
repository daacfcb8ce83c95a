// Histograms in the store, in the order of the journal.
import type { SqliteDatabase } from './connection.ts';
import { checkOnce } from './summaries.ts';

/** `edges` has one number more than `counts`. `offset` is its place in the journal. */
export type StoredHistogram = { offset: number; step: number; edges: number[]; counts: number[] };

/** Histograms of one name that the journal holds after `after`, at most `limit`. */
export const listHistograms = (database: SqliteDatabase, runId: string, { name, after = -1, limit = -1 }: { name: string; after?: number; limit?: number }): StoredHistogram[] => database.transaction(() => {
  checkOnce(database, runId, 'histograms');
  const rows = database.prepare('SELECT offset, step, edges, counts FROM histograms WHERE run_id = ? AND name = ? AND offset > ? ORDER BY offset LIMIT ?').all(runId, name, after, limit) as { offset: number; step: number; edges: string; counts: string }[];
  return rows.map(({ offset, step, edges, counts }) => ({ offset, step, edges: JSON.parse(edges) as number[], counts: JSON.parse(counts) as number[] }));
})();
