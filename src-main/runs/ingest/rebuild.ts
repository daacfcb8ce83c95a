// Makes the database again from the run directories: they are the truth. What only the database knows, a place in the queue above all, is kept where it can be read.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isResting, toLabError, type RunState } from '#contract';
import { deleteRun, getRun, insertRun, listRuns, setTrashed, type RunRow, type SqliteDatabase } from '#store';
import { pathsIn, readRunDocument } from '../directory/document.ts';
import type { Home } from '../directory/home.ts';
import { readJournal } from '../directory/journal.ts';
import { isAlive } from '../directory/lock.ts';
import { createIngest, instant } from './ingest.ts';

/** `unstarted`: runs that no trainer has begun and of which nothing tells whether they were waiting; they are stopped now. */
export type Rebuilt = { runs: number; rows: number; unstarted: string[]; unreadable: { folder: string; reason: string }[] };

/** The reason of a run whose journal has no end line. */
export const untold = 'The trainer ended without saying so; resume the run to go on from its last checkpoint.';

/** How a journal ends, interrupted where it has no end line (`ended`), when its first trainer began and its last line was written. */
export type Told = { state: RunState; reason: string | null; ended: boolean; first: number; last: number };

/** What a journal tells from `from` on; null without any line. */
export function stateOfJournal(journal: string, from = 0): Told | null {
  let offset = from;
  let told = null as Told | null;
  for (;;) {
    const chunk = readJournal(journal, offset);
    for (const { line } of chunk.lines) {
      // Lines after an end mean that the run was resumed.
      const end = line.type === 'end' ? { state: line.state, reason: line.reason } : { state: 'interrupted' as const, reason: untold };
      told = { ...end, ended: line.type === 'end', first: Math.min(told?.first ?? Infinity, ('began' in line ? line.began : undefined) ?? line.time), last: line.time };
    }
    if (chunk.next === offset) return told;
    offset = chunk.next;
  }
}

type Standing = Pick<RunRow, 'state' | 'reason' | 'desired' | 'started_at' | 'ended_at'>;

/** A run that waits goes on waiting, an end in the journal counts, then what a host or a person said. Nothing of this makes a run start. */
function standingOf(told: Told | null, known: RunRow | null): Standing {
  const started = known?.started_at ?? null;
  if (known?.state === 'queued') return { state: 'queued', reason: known.reason, desired: known.desired, started_at: started, ended_at: null };
  const last = { desired: 'finished', started_at: started ?? (told && instant(told.first)), ended_at: told && instant(told.last) } as const;
  if (told?.ended) return { state: told.state, reason: told.reason, ...last };
  if (known && isResting(known.state)) return { state: known.state, reason: known.reason, ...last, ended_at: known.ended_at };
  if (told) return { state: told.state, reason: told.reason, ...last };
  return { state: 'stopped', reason: 'It had not started, and whether it was waiting is not known any more. Resume it to train it.', ...last };
}

/** Enters the run of a directory into the store, in place of the row that is there. */
export function enterFolder(database: SqliteDatabase, folder: string): { id: string; known: boolean; told: boolean } {
  const document = readRunDocument(folder);
  const known = getRun(database, document.id) ?? null;
  const told = stateOfJournal(pathsIn(folder).journal);
  const { state, reason, desired, started_at: started, ended_at: ended } = standingOf(told, known);
  database.transaction(() => {
    deleteRun(database, document.id);
    insertRun(database, document, state);
    database.prepare('UPDATE runs SET reason = ?, desired = ?, position = coalesce(?, position), started_at = ?, ended_at = ? WHERE id = ?').run(reason, desired, known?.position ?? null, started, ended, document.id);
  }).immediate();
  return { id: document.id, known: known !== null, told: told !== null };
}

/** Fills the store again. Runs whose trainer is at work are left as they are. */
export function rebuildStore(database: SqliteDatabase, home: Home): Rebuilt {
  const result: Rebuilt = { runs: 0, rows: 0, unstarted: [], unreadable: [] };
  const former = [...listRuns(database), ...listRuns(database, { trashed: true })];
  const settled = new Set(former.filter(({ pid, pid_started }) => pid !== null && isAlive({ pid, started: pid_started ?? '' })).map(({ id }) => id));
  const ingest = createIngest(database, home);
  for (const [parent, trashed] of [[home.runs, false], [home.trash, true]] as const) {
    if (!existsSync(parent)) continue;
    for (const name of readdirSync(parent).sort()) {
      const folder = join(parent, name);
      if (settled.has(name)) continue;
      try {
        const { id, known, told } = enterFolder(database, folder);
        if (trashed) setTrashed(database, id, true);
        else result.rows += ingest.ingestRun(id).rows;
        if (!trashed && !known && !told) result.unstarted.push(id);
        result.runs += 1;
        settled.add(id);
      } catch (error) {
        result.unreadable.push({ folder, reason: toLabError(error).message });
      }
    }
  }
  for (const { id } of former) if (!settled.has(id)) deleteRun(database, id);
  return result;
}
