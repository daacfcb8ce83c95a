// The test accuracy of a run at its best validation, as a reviewer asks for it: the test split has no part in the choice of the step.
import type { MetricSummary, RunView } from '#contract';
import type { SqliteDatabase } from './connection.ts';
import { checkSeries } from './series.ts';

const [testKey, validationKey] = ['test/accuracy', 'val/accuracy'];
type Evaluation = { step: number; value: number | null; validation: number | null };
type Kept = { version: string; found: RunView['testAtBest'] };
const kept = new WeakMap<object, Map<string, Kept>>();

/** Every evaluation on the test split with the validation of its step, or the last one before it. */
const evaluations = `
  SELECT m.step, m.value, (SELECT v.value FROM metrics v WHERE v.series_id = b.id AND v.step <= m.step ORDER BY v.step DESC LIMIT 1) AS validation
  FROM series a JOIN series b ON b.run_id = a.run_id AND b.key = ? JOIN metrics m ON m.series_id = a.id
  WHERE a.run_id = ? AND a.key = ? ORDER BY m.step`;

/** The first evaluation with the highest validation accuracy. One without a finite validation is none to choose. */
function find(database: SqliteDatabase, runId: string): RunView['testAtBest'] {
  const rows = database.transaction(() => {
    for (const key of [testKey, validationKey]) checkSeries(database, runId, key);
    return database.prepare(evaluations).all(validationKey, runId, testKey) as Evaluation[];
  })();
  const best = rows.reduce<Evaluation | null>((found, row) => (row.validation !== null && Number.isFinite(row.validation) && row.validation > (found?.validation ?? -Infinity) ? row : found), null);
  return best === null || best.value === null ? null : { value: best.value, step: best.step, validation: best.validation as number };
}

/** Null where a run has no validation, or none before its evaluations. What is found is kept until there are further points. */
export function testAtBest(database: SqliteDatabase, { id, journal_cuts: cuts }: { id: string; journal_cuts: number }, metrics: Record<string, MetricSummary>): RunView['testAtBest'] {
  const [test, validation] = [metrics[testKey], metrics[validationKey]];
  if (test === undefined || validation === undefined) return null;
  const version = [cuts, test.count, test.lastStep, validation.count, validation.lastStep, validation.maxStep].join();
  const connection = database.connection();
  const runs = kept.get(connection) ?? new Map<string, Kept>();
  kept.set(connection, runs);
  const known = runs.get(id);
  if (known?.version === version) return known.found;
  const found = find(database, id);
  runs.set(id, { version, found });
  return found;
}
