// Checksums of rows, and sums of them over rows, so that a value that changed on the disk is noticed before it is shown.
import { crc32 } from 'node:zlib';
import type { SqliteDatabase } from './connection.ts';
import { damaged } from './damage.ts';
import type { RunRow } from './rows.ts';

/** How many rows there are, and the sum of their checksums modulo 2^48: it does not depend on their order, and rows are added to it one by one. */
export type Digest = [count: number, sum: number];
/** Rows of a run that are not its curves: summaries of the curves, and what else a journal holds. */
export type Part = 'series' | 'checkpoints' | 'notes' | 'histograms' | 'layers';
export type Digests = Partial<Record<Part, Digest>>;

/** What reads and writes: a connection that repairs itself, or one that is being opened. */
export type Reading = { prepare(source: string): { run(...values: unknown[]): unknown; get(...values: unknown[]): unknown; all(...values: unknown[]): unknown[] } };

const modulus = 2 ** 48;
export const addToSum = (sum: number, checksum: number): number => (sum + checksum) % modulus;

/** The checksum of a row's values, whatever they are. */
export const rowChecksum = (values: readonly unknown[]): number => crc32(values.map(String).join('\0'));

const emptyDigest: Digest = [0, 0];
export const addRow = ([count, sum]: Digest = emptyDigest, checksum: number): Digest => [count + 1, addToSum(sum, checksum)];
export const digestOf = (checksums: readonly number[]): Digest => [checksums.length, checksums.reduce(addToSum, 0)];
const isSame = ([count, sum]: Digest, [otherCount, otherSum]: Digest): boolean => count === otherCount && sum === otherSum;

/** The columns that migration 6 passes to `run_checksum`, in its order. */
const runChecksum = (row: RunRow): number => rowChecksum([
  row.id, row.name, row.state, row.reason, row.desired, row.position, row.created_at, row.started_at, row.ended_at, row.document, row.sweep_id, row.engine, row.environment, row.dataset, row.step, row.total_steps,
  row.pid, row.pid_started, row.journal_offset, row.journal_cuts, row.trashed_at, row.session_at, row.pauses, row.digests,
]);

/** A row as it was written. @throws LabError DATABASE_DAMAGED */
export function soundRow(database: SqliteDatabase, row: RunRow): RunRow {
  if (row.checksum !== runChecksum(row)) throw damaged(database.file, `the row of run ${row.id} was altered`);
  return row;
}

/** Digests as a run's row holds them, with a checksum of their own: they are read without the rest of the row, too. */
export function encodeDigests(runId: string, digests: Digests): string {
  const text = JSON.stringify(digests);
  return `${rowChecksum([runId, text])}:${text}`;
}

/** @throws LabError DATABASE_DAMAGED */
export function decodeDigests(database: SqliteDatabase, runId: string, text: string): Digests {
  if (text === '{}') return {}; // of a run without any rows
  const at = text.indexOf(':');
  if (Number(text.slice(0, at)) !== rowChecksum([runId, text.slice(at + 1)])) throw damaged(database.file, `the digests of run ${runId} were altered`);
  return JSON.parse(text.slice(at + 1)) as Digests;
}

/** Whether these rows are all that were written. @throws LabError DATABASE_DAMAGED */
export function checkPart(database: SqliteDatabase, { runId, part, digests }: { runId: string; part: Part; digests: Digests }, checksums: readonly number[]): void {
  if (!isSame(digests[part] ?? emptyDigest, digestOf(checksums))) throw damaged(database.file, `rows of run ${runId} (${part}) were altered or lost`);
}

const numbers = new Float64Array(8);
const words = new Int32Array(numbers.buffer);

/** murmur3 with 32 bits over the first numbers of `numbers`. */
function mix(count: number, seed: number): number {
  let hash = seed | 0;
  for (let index = 0; index < 2 * count; index += 1) { // a loop: it sees every row
    let word = Math.imul(words[index] as number, 0xcc9e2d51);
    word = (word << 15) | (word >>> 17);
    hash ^= Math.imul(word, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The checksum of one point of a curve; NaN is one value, and so is 0. */
export function pointChecksum(step: number, time: number, value: number): number {
  numbers[0] = step + 0;
  numbers[1] = time + 0;
  numbers[2] = value === value ? value + 0 : -0; // NaN; -0 is never stored
  return mix(3, 0);
}

/** The checksum of a curve's summary: its run and key, then its numbers, of which some may be missing. */
export function summaryChecksum(of: string, values: readonly (number | null)[]): number {
  values.forEach((value, index) => { numbers[index] = value === null ? -0 : value + 0; });
  return mix(values.length, crc32(of));
}
