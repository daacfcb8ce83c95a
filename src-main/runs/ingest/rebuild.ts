// Makes the database again from the run directories: they are the truth.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { toLabError, type RunState } from '#contract';
import { deleteRun, getRun, insertRun, listRuns, setTrashed, type SqliteDatabase } from '#store';
import { pathsIn, readRunDocument } from '../directory/document.ts';
import type { Home } from '../directory/home.ts';
import { readJournal } from '../directory/journal.ts';
import { isAlive } from '../directory/lock.ts';
import { createIngest } from './ingest.ts';

export type Rebuilt = { runs: number; rows: number; unreadable: { folder: string; reason: string }[] };

/** The state and reason that a journal ends with, from `from` on; queued without any line, interrupted without an end. */
export function stateOfJournal(journal: string, from = 0): { state: RunState; reason: string | null } {
  let offset = from;
  let any = false;
  let end: { state: RunState; reason: string | null } | null = null;
  for (;;) {
    const chunk = readJournal(journal, offset);
    for (const { line } of chunk.lines) {
      any = true;
      // Lines after an end mean that the run was resumed.
      end = line.type === 'end' ? { state: line.state, reason: line.reason } : null;
    }
    if (chunk.next === offset) break;
    offset = chunk.next;
  }
  if (end) return end;
  return any ? { state: 'interrupted', reason: 'The trainer ended without saying so; resume the run to go on from its last checkpoint.' } : { state: 'queued', reason: null };
}

function rebuildFolder(database: SqliteDatabase, folder: string): string {
  const document = readRunDocument(folder);
  const { state, reason } = stateOfJournal(pathsIn(folder).journal);
  insertRun(database, document, state);

  database.prepare('UPDATE runs SET reason = ? WHERE id = ?').run(reason, document.id);
  return document.id;
}

/** Empties the store and fills it again. Runs whose trainer is at work are left as they are. */
export function rebuildStore(database: SqliteDatabase, home: Home): Rebuilt {
  const result: Rebuilt = { runs: 0, rows: 0, unreadable: [] };
  const busy = new Set(listRuns(database).filter(({ pid, pid_started }) => pid !== null && isAlive({ pid, started: pid_started ?? '' })).map(({ id }) => id));
  for (const row of [...listRuns(database), ...listRuns(database, { trashed: true })]) if (!busy.has(row.id)) deleteRun(database, row.id);
  const ingest = createIngest(database, home);
  for (const [parent, trashed] of [[home.runs, false], [home.trash, true]] as const) {
    if (!existsSync(parent)) continue;
    for (const name of readdirSync(parent).sort()) {
      const folder = join(parent, name);
      if (busy.has(name) || getRun(database, name)) continue;
      try {
        const id = rebuildFolder(database, folder);
        if (trashed) setTrashed(database, id, true);
        else result.rows += ingest.ingestRun(id).rows;
        result.runs += 1;
      } catch (error) {
        result.unreadable.push({ folder, reason: toLabError(error).message });
      }
    }
  }
  return result;
}

