// Compares the database with the run directories, run by run. Nothing is repaired here.
import { lstatSync } from 'node:fs';
import { basename } from 'node:path';
import { isResting, isRunId, toLabError } from '#contract';
import { actualDigests, deleteRun, listNotes, openDatabase, openMemory, type RunDigests, type RunRow, type SqliteDatabase } from '#store';
import { pathsIn } from '../directory/document.ts';
import type { Home } from '../directory/home.ts';
import { holdLock } from '../directory/lock.ts';
import { createIngest } from './ingest.ts';
import { takeInFiles } from './open.ts';
import { gateOf, listFolders, takeInFolder } from './rebuild.ts';

/** `problems`: how the row and the folder differ; a run at work is not compared (`skipped`). */
export type VerifiedRun = { id: string; name: string | null; skipped: boolean; problems: string[] };
/** `database`: what is wrong with the file as a whole, null where it is sound. */
export type Verification = { database: string | null; runs: VerifiedRun[] };

const compared = ['name', 'state', 'reason', 'created_at', 'started_at', 'ended_at', 'document', 'engine', 'environment', 'dataset', 'step', 'total_steps', 'journal_offset', 'journal_cuts', 'session_at', 'pauses'] as const satisfies readonly (keyof RunRow)[];

const rowOf = (database: SqliteDatabase, id: string): RunRow | undefined => database.prepare('SELECT * FROM runs WHERE id = ?').get(id) as RunRow | undefined;

function compareDigests(known: RunDigests, fresh: RunDigests, ignoreNotes: boolean): string[] {
  const keys = [...new Set([...Object.keys(known.actual), ...Object.keys(fresh.actual)])].filter((key) => !(ignoreNotes && key === 'notes'));
  return keys.flatMap((key) => {
    const [here, written, truth] = [known.actual[key], known.stored[key], fresh.actual[key]].map((digest) => digest?.join(':') ?? '0:0');
    if (here !== truth) return [`${key}: its rows are not those of the journal`];
    return here === written ? [] : [`${key}: its checksum is not that of its rows`];
  });
}

/** How the row of a run and its folder differ. `fresh` is an empty database. */
function compareRun(database: SqliteDatabase, home: Home, { place, fresh }: { place: ReturnType<typeof listFolders>[number]; fresh: SqliteDatabase }): VerifiedRun {
  const id = basename(place.folder);
  const found = rowOf(database, id);
  const result: VerifiedRun = { id, name: found?.name ?? null, skipped: found !== undefined && !isResting(found.state), problems: [] };
  if (result.skipped) return result;
  try {
    if (found) takeInFiles(database, home, id); // what was written since is no difference
    if (found && (lstatSync(pathsIn(place.folder).journal, { throwIfNoEntry: false })?.size ?? 0) > found.journal_offset) createIngest(database, home).ingestRun(id, pathsIn(place.folder));
    takeInFolder(fresh, createIngest(fresh, home), place);
    const [row, truth] = [rowOf(database, id), rowOf(fresh, id) as RunRow];
    if (!row) return { ...result, name: truth.name, problems: ['it is not in the database'] };
    result.problems.push(...compared.filter((column) => row[column] !== truth[column]).map((column) => `${column}: the database has ${JSON.stringify(row[column])?.slice(0, 100)}, the folder ${JSON.stringify(truth[column])?.slice(0, 100)}`));
    if ((row.trashed_at !== null) !== place.trashed) result.problems.push(place.trashed ? 'it is in the trash' : 'it is not in the trash');
    // How unreadable lines are counted together depends on when the journal was read.
    const isPatched = listNotes(fresh, id).some(({ message }) => message.includes('unreadable line'));
    result.problems.push(...compareDigests(actualDigests(database, id), actualDigests(fresh, id), isPatched));
  } catch (error) {
    result.problems.push(toLabError(error).message);
  } finally {
    deleteRun(fresh, id);
  }
  return result;
}

/** Compares every run, or these. @throws LabError STORE_NEWER, STORE_BUSY, DISK_FULL */
export function verifyRuns(home: Home, ids: string[] = []): Verification {
  let database: SqliteDatabase;
  try {
    ({ database } = openDatabase(home.database, { gate: (open) => holdLock(gateOf(home), open), checkedBytes: Infinity }));
  } catch (error) {
    const { code, message } = toLabError(error);
    if (code !== 'DATABASE_DAMAGED') throw error;
    return { database: message, runs: [] };
  }
  const fresh = openMemory();
  try {
    const places = listFolders(home).filter(({ folder }) => isRunId(basename(folder)) && (ids.length === 0 || ids.includes(basename(folder))));
    const runs = places.map((place) => compareRun(database, home, { place, fresh }));
    const folders = new Set(listFolders(home).map(({ folder }) => basename(folder)));
    const gone = (database.prepare('SELECT id, name FROM runs').all() as { id: string; name: string }[]).filter(({ id }) => !folders.has(id) && (ids.length === 0 || ids.includes(id)));
    return { database: null, runs: [...runs, ...gone.map(({ id, name }) => ({ id, name, skipped: false, problems: ['its folder is gone'] }))] };
  } catch (error) {
    const { code, message } = toLabError(error);
    if (code !== 'DATABASE_DAMAGED') throw error;
    return { database: message, runs: [] };
  } finally {
    fresh.close();
    database.close();
  }
}
