// A full disk holds a run up and does not end it: what needs room is tried again until there is some.
import { setTimeout as delay } from 'node:timers/promises';
import { LabError, toLabError } from '#contract';
import type { Requests } from './requests.ts';

const everyMs = 500;
/** A run that is to end waits no longer than this; a host kills it after a minute. */
const patienceMs = 10_000;

/** Whether an error says that the disk, or the user's share of it, is full. */
export function isDiskFull(thrown: unknown): boolean {
  const codes = [thrown, (thrown as Error | undefined)?.cause].map((error) => (error as { code?: string } | undefined)?.code ?? '');
  return codes.some((code) => ['DISK_FULL', 'ENOSPC', 'EDQUOT'].includes(code));
}

/** The same error under its own code. */
export const diskFull = (thrown: unknown): LabError =>
  (thrown instanceof LabError && thrown.code === 'DISK_FULL' ? thrown : new LabError('DISK_FULL', toLabError(thrown).message, { cause: thrown }));

function say(thrown: unknown): void {
  process.stderr.write(`warning: ${toLabError(thrown).message} Waiting for room.\n`);
}

/** Does work, again after each full disk. @throws LabError DISK_FULL where the run was asked to end and there is still no room; other errors at once */
export async function whenThereIsRoom<T>({ ending }: Pick<Requests, 'ending'>, work: () => T | Promise<T>): Promise<T> {
  let [said, asked] = [false, Infinity];
  for (;;) {
    try {
      return await work();
    } catch (thrown) {
      if (!isDiskFull(thrown)) throw thrown;
      if (!said) say(thrown);
      said = true;
      if (ending() !== null) asked = Math.min(asked, performance.now());
      if (performance.now() - asked > patienceMs) throw diskFull(thrown);
    }
    await delay(everyMs);
  }
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** The same for a process that ends, which can wait for nothing else. */
export function whenThereIsRoomNow(work: () => void, waitMs: number): void {
  const start = performance.now();
  for (;;) {
    try {
      return work();
    } catch (thrown) {
      if (!isDiskFull(thrown) || performance.now() - start > waitMs) throw thrown;
    }
    Atomics.wait(sleeper, 0, 0, everyMs);
  }
}
