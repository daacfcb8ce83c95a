// Checksums of rows, and sums of them over rows, so that a value that changed on the disk is noticed before it is shown.
import { crc32 } from 'node:zlib';
import type { RunRow } from './runs.ts';

/** How many rows there are, and the sum of their checksums modulo 2^48: it does not depend on their order, and rows are added to it one by one. */
export type Digest = [count: number, sum: number];

const modulus = 2 ** 48;
export const addToSum = (sum: number, checksum: number): number => (sum + checksum) % modulus;

/** The checksum of a row's values, whatever they are. */
export const rowChecksum = (values: readonly unknown[]): number => crc32(values.map(String).join('\0'));

export const digestOf = (rows: readonly (readonly unknown[])[]): Digest => [rows.length, rows.reduce((sum, row) => addToSum(sum, rowChecksum(row)), 0)];

/** The columns that migration 6 passes to `run_checksum`, in its order. */
export const runChecksum = (row: RunRow): number => rowChecksum([
  row.id, row.name, row.state, row.reason, row.desired, row.position, row.created_at, row.started_at, row.ended_at, row.document, row.sweep_id, row.engine, row.environment, row.dataset, row.step, row.total_steps,
  row.pid, row.pid_started, row.journal_offset, row.journal_cuts, row.trashed_at, row.session_at, row.pauses, row.digests,
]);

const numbers = new Float64Array(3);
const words = new Int32Array(numbers.buffer);

/** The checksum of one point of a curve (murmur3 with 32 bits); NaN is one value, and so is 0. */
export function pointChecksum(step: number, time: number, value: number): number {
  numbers[0] = step + 0;
  numbers[1] = time + 0;
  numbers[2] = Number.isNaN(value) ? -0 : value + 0; // -0 is never stored
  let hash = 0;
  for (let index = 0; index < 6; index += 1) { // a loop: it sees every row
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
