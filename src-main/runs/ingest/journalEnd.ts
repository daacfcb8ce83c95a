// What a journal says about the end of its run.
import type { RunState } from '#contract';
import { readJournal } from '../directory/journal.ts';

/** A journal's time as the store has it. */
export const instant = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** The reason of a run whose journal has no end line. */
export const untold = 'The trainer ended without saying so; resume the run to go on from its last checkpoint.';

/** How a run ended, interrupted where it has no end line (`ended`), when its first trainer began and its last line was written. */
export type JournalEnd = { state: RunState; reason: string | null; ended: boolean; first: number; last: number };

/** What a journal says from `from` on; null without any line. */
export function stateOfJournal(journal: string, from = 0): JournalEnd | null {
  let offset = from;
  let end = null as JournalEnd | null;
  for (;;) {
    const chunk = readJournal(journal, offset);
    for (const { line } of chunk.lines) {
      // Lines after an end mean that the run was resumed.
      const last = line.type === 'end' ? { state: line.state, reason: line.reason } : { state: 'interrupted' as const, reason: untold };
      end = { ...last, ended: line.type === 'end', first: Math.min(end?.first ?? Infinity, ('began' in line ? line.began : undefined) ?? line.time), last: line.time };
    }
    if (chunk.next === offset) return end;
    offset = chunk.next;
  }
}

