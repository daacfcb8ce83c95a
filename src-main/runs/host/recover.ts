// Brings the store in line with what happened while no host looked: journals read, runs without a trainer marked interrupted.
import { toLabError } from '#contract';
import { getRun, listRuns, requeue, setState, type RunRow, type SqliteDatabase } from '#store';
import { runPaths } from '../directory/document.ts';
import type { Home } from '../directory/home.ts';
import { isAlive, lockOwner } from '../directory/lock.ts';
import type { Ingest } from '../ingest/ingest.ts';
import { stateOfJournal, untold } from '../ingest/journalEnd.ts';

/** Reasons of runs that are interrupted because their host ended, not because of anything in the run: whoever waits for one may resume it. */
export const endedWithHost = {
  saved: 'Its host was ended; a checkpoint was saved. Resume the run to go on.',
  unseen: 'Its host ended; resume the run to go on from its last checkpoint.',
  untold,
} as const;

const isLost = (row: RunRow | undefined): boolean =>
  row?.state === 'interrupted' && row.desired === 'finished' && Object.values<string | null>(endedWithHost).includes(row.reason);

/** Queues runs first that somebody waits for and that were interrupted only because their host ended. */
export function takeBack(database: SqliteDatabase, ids: string[]): void {
  if (!ids.some((id) => isLost(getRun(database, id)))) return;
  database.transaction(() => {
    for (const id of ids.toReversed()) if (isLost(getRun(database, id))) requeue(database, id, { first: true });
  }).immediate();
}

/** Why a run's folder cannot be read; null where it can. */
function damageOf(read: () => unknown): string | null {
  try {
    read();
    return null;
  } catch (thrown) {
    const { code, message } = toLabError(thrown);
    if (code !== 'RUN_DAMAGED') throw thrown;
    return message;
  }
}

/** Runs that were at work and have no trainer any more get the state that their journal tells; those that are supervised are left alone. Does nothing while a host is alive. */
export function recoverRuns({ database, home, ingest }: { database: SqliteDatabase; home: Home; ingest: Ingest }, supervised: ReadonlySet<string> = new Set()): string[] {
  const owner = lockOwner(home.hostLock);
  if (owner !== null && owner.pid !== process.pid) return [];
  const recovered: string[] = [];
  for (const row of listRuns(database, { states: ['starting', 'running', 'pausing', 'stopping'] })) {
    if (supervised.has(row.id)) continue;
    const damage = damageOf(() => ingest.ingestRun(row.id));
    if (row.pid !== null && isAlive({ pid: row.pid, started: row.pid_started ?? '' })) continue;
    if (damage !== null) {
      setState(database, row.id, { state: 'failed', reason: damage, pid: null, pidStarted: null });
      continue;
    }
    const read = stateOfJournal(runPaths(home, row.id).journal);
    // An end that had been taken in before this trainer was started is an earlier session's.
    const told = read?.ended && getRun(database, row.id)?.ended_at === null ? null : read;
    const reason = told?.reason ?? endedWithHost.unseen;
    setState(database, row.id, { state: told?.state ?? 'interrupted', reason: told?.state === 'finished' ? null : reason, pid: null, pidStarted: null });
    recovered.push(row.id);
  }
  return recovered;
}
