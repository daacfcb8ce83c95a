// Quantiles of the optimizer's measures in the store, in the order of the journal: one tensor over the steps, or all tensors at one step.
import type { LayerStatistics, Quantiles } from '#contract';
import type { SqliteDatabase } from './connection.ts';
import { checkOnce } from './summaries.ts';

/** `offset` is its place in the journal; `quantiles` by measure. */
export type StoredQuantiles = { offset: number; step: number; quantiles: Record<string, Quantiles> };
export type StoredLayers = { step: number } & LayerStatistics;

type Row = { offset: number; step: number; total: string; layers: string };

const checkedRows = (database: SqliteDatabase, source: string, [runId, ...values]: [runId: string, ...values: number[]]): Row[] => database.transaction(() => {
  checkOnce(database, runId, 'layers');
  return database.prepare(source).all(runId, ...values) as Row[];
})();

function ofTensor(layers: string, tensor: string): Record<string, Quantiles> {
  const { tensors, measures } = JSON.parse(layers) as LayerStatistics;
  const at = tensors.indexOf(tensor);
  return Object.fromEntries(Object.entries(measures).map(([name, values]) => [name, values[at] ?? null]));
}

/** Quantiles of one tensor (null: over all elements) that the journal holds after `after`, at most `limit`. */
export function listQuantiles(database: SqliteDatabase, runId: string, { tensor = null, after = -1, limit = -1 }: { tensor?: string | null; after?: number; limit?: number }): StoredQuantiles[] {
  const column = tensor === null ? 'total' : 'layers';
  const rows = checkedRows(database, `SELECT offset, step, ${column} FROM layers WHERE run_id = ? AND offset > ? ORDER BY offset LIMIT ?`, [runId, after, limit]);
  return rows.map(({ offset, step, total, layers }) => ({ offset, step, quantiles: tensor === null ? (JSON.parse(total) as Record<string, Quantiles>) : ofTensor(layers, tensor) }));
}

/** All tensors at the last logged step up to `step`; null where there is none. */
export function layersAt(database: SqliteDatabase, runId: string, step: number): StoredLayers | null {
  const [row] = checkedRows(database, 'SELECT step, total, layers FROM layers WHERE run_id = ? AND step <= ? ORDER BY offset DESC LIMIT 1', [runId, step]);
  return row ? { step: row.step, total: JSON.parse(row.total) as LayerStatistics['total'], ...(JSON.parse(row.layers) as Omit<LayerStatistics, 'total'>) } : null;
}

const rowsAtOnce = 50;

/** Every logged step of a run with all its tensors, one after the other. */
export function* eachLayers(database: SqliteDatabase, runId: string): Generator<StoredLayers> {
  for (let after = -1; ;) {
    const rows = checkedRows(database, 'SELECT offset, step, total, layers FROM layers WHERE run_id = ? AND offset > ? ORDER BY offset LIMIT ?', [runId, after, rowsAtOnce]);
    for (const row of rows) yield { step: row.step, total: JSON.parse(row.total) as LayerStatistics['total'], ...(JSON.parse(row.layers) as Omit<LayerStatistics, 'total'>) };
    if (rows.length < rowsAtOnce) return;
    after = (rows.at(-1) as Row).offset;
  }
}
