// Summaries of curves: how many points, the last, smallest and largest value. Kept up to date with every row, and checked when they are read.
import { tableOf, type MetricSummary } from '#contract';
import type { SqliteDatabase } from './connection.ts';
import { addRow, addToSum, checkPart, decodeDigests, digestOf, encodeDigests, pointChecksum, rowChecksum, summaryChecksum, type Digest, type Digests, type Part, type Reading } from './digests.ts';

/** A row of `series`. `digest` sums the checksums of the curve's points. */
export type SeriesRow = {
  id: number; run_id: string; key: string; count: number; last: number | null; last_step: number;
  min: number | null; min_step: number | null; max: number | null; max_step: number | null; digest: number; checksum: number | null;
};

const checksumOf = (row: SeriesRow): number => summaryChecksum(`${row.run_id}\0${row.key}`, [row.count, row.last, row.last_step, row.min, row.min_step, row.max, row.max_step, row.digest]);

/** Takes in one value: non-finite ones count, and are last, but never smallest or largest. NaN is NULL in the store. */
export function takeIn(row: SeriesRow, { step, time, value }: { step: number; time: number; value: number }): void {
  row.count += 1;
  row.digest = addToSum(row.digest, pointChecksum(step, time, value));
  if (step >= row.last_step) {
    row.last = Number.isNaN(value) ? null : value;
    row.last_step = step;
  }
  if (!Number.isFinite(value)) return;
  if (row.min === null || value < row.min) Object.assign(row, { min: value, min_step: step });
  if (row.max === null || value > row.max) Object.assign(row, { max: value, max_step: step });
}

const none = { count: 0, last: null, last_step: 0, min: null, min_step: null, max: null, max_step: null, digest: 0 };

/** The summary of a curve from its points. */
export function recount(database: Reading, row: SeriesRow): void {
  Object.assign(row, none);
  for (const { step, time, value } of database.prepare('SELECT step, time, value FROM metrics WHERE series_id = ? ORDER BY step').all(row.id) as { step: number; time: number; value: number | null }[]) takeIn(row, { step, time, value: value ?? NaN });
}

export function storeSummary(database: Reading, row: SeriesRow): void {
  row.checksum = checksumOf(row);
  database.prepare('UPDATE series SET count = ?, last = ?, last_step = ?, min = ?, min_step = ?, max = ?, max_step = ?, digest = ?, checksum = ? WHERE id = ?')
    .run(row.count, row.last, row.last_step, row.min, row.min_step, row.max, row.max_step, row.digest, row.checksum, row.id);
}

const rowsOf = (database: Reading, runId: string): SeriesRow[] => database.prepare('SELECT * FROM series WHERE run_id = ?').all(runId) as SeriesRow[];

/** Columns of the rows of a part, in the order of their checksum. */
const columns: Record<Exclude<Part, 'series'>, string> = {
  checkpoints: 'path, offset, step, bytes, sha256, kind', notes: 'offset, step, time, level, message', histograms: 'offset, name, step, edges, counts', layers: 'offset, step, total, layers',
};
export const parts: readonly Part[] = ['series', 'checkpoints', 'notes', 'histograms', 'layers'];
const rowsAtOnce = 200;

/** Checksums of all rows of a part as they are. */
export function partChecksums(database: Reading, runId: string, part: Part): number[] {
  if (part === 'series') return rowsOf(database, runId).map(checksumOf);
  const key = part === 'checkpoints' ? 'path' : 'offset';
  const read = database.prepare(`SELECT ${columns[part]} FROM ${part} WHERE run_id = ? AND ${key} > ? ORDER BY ${key} LIMIT ${rowsAtOnce}`);
  const found: number[] = [];
  for (let after: unknown = key === 'path' ? '' : -1; ;) {
    const rows = read.all(runId, after) as Record<string, unknown>[];
    for (const row of rows) found.push(rowChecksum(Object.values(row)));
    if (rows.length < rowsAtOnce) return found;
    after = rows.at(-1)?.[key];
  }
}

/** The digests of a run as they were written. @throws LabError DATABASE_DAMAGED */
export function readDigests(database: SqliteDatabase, runId: string): Digests {
  const found = database.prepare('SELECT digests FROM runs WHERE id = ?').get(runId) as { digests: string } | undefined;
  return found ? decodeDigests(database, runId, found.digests) : {};
}

export const storeDigests = (database: Reading, runId: string, digests: Digests): void => void database.prepare('UPDATE runs SET digests = ? WHERE id = ?').run(encodeDigests(runId, digests), runId);

/** Sums the rows of these parts again after they changed; what they were before was checked. Inside a transaction. */
export function sumParts(database: SqliteDatabase, runId: string, changed: readonly Part[]): void {
  const sums = changed.map((part) => [part, digestOf(partChecksums(database, runId, part))] as const);
  storeDigests(database, runId, { ...readDigests(database, runId), ...Object.fromEntries(sums) });
}

/** Adds rows that were appended to a part, each as the values of its columns after run_id. Inside a transaction. */
export function addToPart(database: SqliteDatabase, runId: string, added: Partial<Record<'histograms' | 'layers', unknown[][]>>): void {
  const digests = readDigests(database, runId);
  for (const part of ['histograms', 'layers'] as const) for (const values of added[part] ?? []) digests[part] = addRow(digests[part], rowChecksum(values));
  storeDigests(database, runId, digests);
}

/** Sums all rows of all runs, of a database that had no sums. */
export function sumEverything(database: Reading): void {
  for (const { id } of database.prepare('SELECT id FROM runs').all() as { id: string }[]) {
    for (const row of rowsOf(database, id)) {
      recount(database, row);
      storeSummary(database, row);
    }
    storeDigests(database, id, Object.fromEntries(parts.map((part) => [part, digestOf(partChecksums(database, id, part))])));
  }
}

/** Digests of a run by part, and by `curve KEY`: as its rows give them, and as they were stored beside them. */
export type RunDigests = { actual: Record<string, Digest>; stored: Record<string, Digest> };

/** Reads every row of a run. @throws LabError DATABASE_DAMAGED */
export function actualDigests(database: SqliteDatabase, runId: string): RunDigests {
  const found: RunDigests = { actual: tableOf(), stored: tableOf(Object.entries(readDigests(database, runId))) };
  for (const part of parts) found.actual[part] = digestOf(partChecksums(database, runId, part));
  for (const row of rowsOf(database, runId)) {
    found.stored[`curve ${row.key}`] = [row.count, row.digest];
    recount(database, row);
    found.actual[`curve ${row.key}`] = [row.count, row.digest];
  }
  return found;
}

const checked = new WeakMap<object, Set<string>>();

/** Checks a part of a run before its rows are read one by one; once per connection. Inside a transaction. @throws LabError DATABASE_DAMAGED */
export function checkOnce(database: SqliteDatabase, runId: string, part: Part): void {
  const connection = database.connection();
  const known = checked.get(connection) ?? new Set();
  checked.set(connection, known);
  if (known.has(`${runId} ${part}`)) return;
  checkPart(database, { runId, part, digests: readDigests(database, runId) }, partChecksums(database, runId, part));
  known.add(`${runId} ${part}`);
}

/** A stored value as JSON can carry it: NULL stands for NaN. */
export const spoken = (value: number | null): MetricSummary['last'] => (value === null ? 'NaN' : Number.isFinite(value) ? value : value > 0 ? 'Infinity' : '-Infinity');

const toSummary = (row: SeriesRow): MetricSummary => ({ last: spoken(row.last), lastStep: row.last_step, min: row.min, minStep: row.min_step, max: row.max, maxStep: row.max_step, count: row.count });

/** Summaries of all metrics of these runs, by run and key. Inside a transaction. @throws LabError DATABASE_DAMAGED */
export function summariesOf(database: SqliteDatabase, ids: string[], digests: Map<string, Digests>): Map<string, Record<string, MetricSummary>> {
  const rows = database.prepare('SELECT * FROM series WHERE run_id IN (SELECT value FROM json_each(?)) ORDER BY key').all(JSON.stringify(ids)) as SeriesRow[];
  const found = new Map<string, { metrics: Record<string, MetricSummary>; checksums: number[] }>(ids.map((id) => [id, { metrics: tableOf<MetricSummary>(), checksums: [] }]));
  for (const row of rows) {
    const of = found.get(row.run_id);
    if (!of) continue;
    of.checksums.push(checksumOf(row));
    if (row.count > 0) of.metrics[row.key] = toSummary(row);
  }
  for (const [runId, { checksums }] of found) checkPart(database, { runId, part: 'series', digests: digests.get(runId) ?? {} }, checksums);
  return new Map([...found].map(([id, { metrics }]) => [id, metrics]));
}

/** Digests of several runs. @throws LabError DATABASE_DAMAGED */
export function digestsOf(database: SqliteDatabase, ids: string[]): Map<string, Digests> {
  const rows = database.prepare('SELECT id, digests FROM runs WHERE id IN (SELECT value FROM json_each(?))').all(JSON.stringify(ids)) as { id: string; digests: string }[];
  return new Map(rows.map(({ id, digests }) => [id, decodeDigests(database, id, digests)]));
}

/** Last, smallest and largest value of every metric of a run. */
export const summaries = (database: SqliteDatabase, runId: string): Record<string, MetricSummary> =>
  database.transaction(() => summariesOf(database, [runId], digestsOf(database, [runId])).get(runId) ?? tableOf<MetricSummary>())();

/** Bytes of checkpoints by run. Inside a transaction. @throws LabError DATABASE_DAMAGED */
export function checkpointBytes(database: SqliteDatabase, ids: string[], digests: Map<string, Digests>): Map<string, number> {
  const rows = database.prepare(`SELECT run_id, ${columns.checkpoints} FROM checkpoints WHERE run_id IN (SELECT value FROM json_each(?))`).all(JSON.stringify(ids)) as ({ run_id: string; bytes: number } & Record<string, unknown>)[];
  const found = new Map(ids.map((id) => [id, { bytes: 0, checksums: [] as number[] }]));
  for (const { run_id: id, ...row } of rows) {
    const of = found.get(id);
    if (!of) continue;
    of.bytes += row.bytes as number;
    of.checksums.push(rowChecksum(Object.values(row)));
  }
  for (const [runId, { checksums }] of found) checkPart(database, { runId, part: 'checkpoints', digests: digests.get(runId) ?? {} }, checksums);
  return new Map([...found].map(([id, { bytes }]) => [id, bytes]));
}
