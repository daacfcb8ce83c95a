// The states of runs, in the database and in the run directories. The directory is the truth; both are written in one transaction.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isResting, isRunId, LabError } from '#contract';
import { getRun, type RunRow, type SqliteDatabase } from '#store';
import type { Home } from '../directory/home.ts';
import { isAlive } from '../directory/lock.ts';
import { stampFiles, writeStateRecord, type StateRecord } from '../directory/state.ts';
import { instant, untold, type JournalEnd } from './journalEnd.ts';

/** What of a run's row state.json repeats. */
export type Standing = Pick<RunRow, 'state' | 'reason' | 'desired' | 'started_at' | 'ended_at' | 'trashed_at' | 'pid' | 'pid_started'> & { position: number | null };

const toRecord = (row: RunRow): StateRecord => ({
  version: 1, savedAt: Date.now(), state: row.state, reason: row.reason, desired: row.desired, position: row.position,
  startedAt: row.started_at, endedAt: row.ended_at, trashedAt: row.trashed_at, pid: row.pid, pidStarted: row.pid_started,
});

/** The directory of a run, in the trash or not; null where there is none. */
export function directoryOf(home: Home, { id, trashed_at }: Pick<RunRow, 'id' | 'trashed_at'>): string | null {
  if (!isRunId(id)) return null;
  const places = [join(home.runs, id), join(home.trash, id)];
  if (trashed_at !== null) places.reverse();
  return places.find((place) => existsSync(place)) ?? null;
}

/** Writes state.json of these runs. Where that fails (a full disk) the row stays marked, and the next open writes it. Inside a transaction. */
export function saveStates(database: SqliteDatabase, home: Home, ids: Iterable<string>): void {
  const mark = database.prepare('UPDATE runs SET files = ? WHERE id = ?');
  for (const id of ids) {
    const row = getRun(database, id);
    const root = row && directoryOf(home, row);
    if (!row) continue;
    try {
      if (root) writeStateRecord(root, toRecord(row));
      mark.run(root ? stampFiles(root) : '', id);
    } catch (error) {
      if (!(error instanceof LabError)) throw error; // one of the file system is kept back: the state itself is saved in the database
    }
  }
}

const lost = 'It had not started, and whether it was waiting is not known any more. Resume it to train it.';

/**
 * The state of a run from its directory. A run that waits keeps waiting, one that rests keeps its state, one with a living trainer keeps that;
 * of others the journal tells how they ended. Nothing of this makes a run start that was not waiting.
 */
export function standingOf(record: StateRecord | null, journalEnd: () => JournalEnd | null): Standing {
  const known = record && {
    state: record.state, reason: record.reason, desired: record.desired, position: record.position, started_at: record.startedAt, ended_at: record.endedAt,
    trashed_at: record.trashedAt, pid: record.pid, pid_started: record.pidStarted,
  };
  if (known && (known.state === 'finished' || (known.pid !== null && isAlive({ pid: known.pid, started: known.pid_started ?? '' })))) return known;
  const journal = journalEnd();
  const isFinished = journal?.ended === true && journal.state === 'finished'; // nothing follows that
  if (known && isResting(known.state) && !isFinished) return known;
  const rest = {
    desired: 'finished' as const, position: known?.position ?? null, trashed_at: known?.trashed_at ?? null, pid: null, pid_started: null,
    started_at: known?.started_at ?? (journal && instant(journal.first)), ended_at: journal && instant(journal.last),
  };
  // An end from before the state was written is an earlier session's.
  const isOlder = record !== null && journal?.ended === true && !isFinished && record.endedAt === null && journal.last < record.savedAt;
  if (journal && !isOlder) return { ...rest, state: journal.state, reason: journal.reason };
  if (known) return { ...rest, state: 'interrupted', reason: untold };
  return { ...rest, state: 'stopped', reason: lost };
}

/** Writes a state from a directory into the run's row. Inside a transaction. */
export function writeStanding(database: SqliteDatabase, id: string, standing: Standing): void {
  database.prepare('UPDATE runs SET state = ?, reason = ?, desired = ?, position = coalesce(?, position), started_at = ?, ended_at = ?, trashed_at = ?, pid = ?, pid_started = ? WHERE id = ?')
    .run(standing.state, standing.reason, standing.desired, standing.position, standing.started_at, standing.ended_at, standing.trashed_at, standing.pid, standing.pid_started, id);
}
