// Brings the store in line with what happened while no host looked: journals read, runs without a trainer marked interrupted.
import { listRuns, setState, type SqliteDatabase } from '#store';
import { runPaths } from '../directory/document.ts';
import type { Home } from '../directory/home.ts';
import { isAlive, lockOwner } from '../directory/lock.ts';
import type { Ingest } from '../ingest/ingest.ts';
import { stateOfJournal } from '../ingest/rebuild.ts';

/** Runs that were at work and have no trainer any more get the state that their journal tells; those that are supervised are left alone. Does nothing while a host is alive. */
export function recoverRuns({ database, home, ingest }: { database: SqliteDatabase; home: Home; ingest: Ingest }, supervised: ReadonlySet<string> = new Set()): string[] {
  const owner = lockOwner(home.hostLock);
  if (owner !== null && owner.pid !== process.pid) return [];
  const recovered: string[] = [];
  for (const row of listRuns(database, { states: ['starting', 'running', 'pausing', 'stopping'] })) {
    if (supervised.has(row.id)) continue;
    ingest.ingestRun(row.id);
    if (row.pid !== null && isAlive({ pid: row.pid, started: row.pid_started ?? '' })) continue;
    const told = stateOfJournal(runPaths(home, row.id).journal);
    const reason = told?.reason ?? 'Its host ended; resume the run to go on from its last checkpoint.';
    setState(database, row.id, { state: told?.state ?? 'interrupted', reason: told?.state === 'finished' ? null : reason, pid: null, pidStarted: null });
    recovered.push(row.id);
  }
  return recovered;
}
