// Reading in small pieces, one per turn of the event loop: whoever asks for much keeps nobody else waiting.
import { setImmediate as turn } from 'node:timers/promises';
import type { RunView } from '#contract';
import { currentCursor, listRunViews, type Lab } from '#services';

let last: Promise<unknown> = Promise.resolve();

/** Reads in a turn of its own, after those that were asked for before. */
export async function inTurn<T>(read: () => T): Promise<T> {
  last = last.then(() => turn());
  await last;
  return read();
}

const runsPerTurn = 100;

type Filter = Parameters<typeof listRunViews>[1];

/** Runs as the app shows them, oldest first unless `newestFirst`, and the cursor from before: what changes meanwhile comes again as a delta. */
export async function listInTurns(lab: Lab, { limit = 500, ...filter }: Filter): Promise<{ cursor: string; runs: RunView[]; next: string | null }> {
  const cursor = currentCursor(lab);
  const runs: RunView[] = [];
  let next = filter.after ?? null;
  do {
    const page = await inTurn(() => listRunViews(lab, { ...filter, after: next ?? undefined, limit: Math.min(runsPerTurn, limit - runs.length) }));
    runs.push(...page.runs);
    next = page.next;
  } while (next !== null && runs.length < limit);
  return { cursor, runs, next };
}
