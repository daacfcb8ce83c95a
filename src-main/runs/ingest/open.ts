// Opens the database of a home so that damage repairs itself, and brings its rows in line with the run directories.
import { lstatSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isResting, isRunId, LabError, toLabError } from '#contract';
import { deleteRun, getRun, openDatabase, setTrashed, updateDocument, type SqliteDatabase } from '#store';
import { pathsIn, readRunDocument } from '../directory/document.ts';
import type { Home } from '../directory/home.ts';
import { holdLock } from '../directory/lock.ts';
import { readStateRecord, stampFiles } from '../directory/state.ts';
import { createIngest } from './ingest.ts';
import { stateOfJournal } from './journalEnd.ts';
import { gateOf, listFolders, rebuildStore, takeInFolder, type Rebuilt } from './rebuild.ts';
import { stampFile } from './replace.ts';
import { directoryOf, saveStates, standingOf, writeStanding } from './states.ts';

type Known = { id: string; files: string | null; trashed_at: string | null; state: Parameters<typeof isResting>[0]; journal_offset: number };

export type OpenStore = {
  /** Called with what was repaired, added or left out. */
  notice(text: string): void;
  /** A database of up to so many bytes is checked completely whenever it is opened. */
  checkedBytes?: number;
};

/** What a person should know of runs that a rebuilt database holds as stopped; nothing without any. */
export const describeUnstarted = (ids: string[]): string[] =>
  (ids.length === 0 ? [] : [`${ids.length} run(s) had not started, and whether they were waiting was lost: they are stopped now. vsgd-lab runs resume ${ids.length === 1 ? ids[0] : 'RUN…'} queues them again.`]);

const describeLeftOut = ({ unreadable }: Pick<Rebuilt, 'unreadable'>): string[] => unreadable.map(({ folder, reason }) => `Left out: ${folder}: ${reason}`);

/** Whether there is anything of a run, so that one that lost its run.json is named, too. */
function holdsRun(folder: string): boolean {
  const { document, journal, state } = pathsIn(folder);
  try {
    return [document, journal, state].some((file) => lstatSync(file, { throwIfNoEntry: false }) !== undefined);
  } catch {
    return true; // a file in the folder's place, or a folder that may not be read
  }
}

/** Enters runs whose folders the database does not know: it was emptied, or restored from an old copy. */
function enterUnknown(database: SqliteDatabase, home: Home, { notice }: OpenStore): void {
  const listIds = database.prepare('SELECT id FROM runs').pluck();
  const unknown = (): ReturnType<typeof listFolders> => {
    const known = new Set(listIds.all());
    return listFolders(home).filter(({ folder }) => !known.has(basename(folder)) && isRunId(basename(folder)) && holdsRun(folder));
  };
  if (unknown().length === 0) return;
  const ingest = createIngest(database, home);
  const result = { runs: 0, rows: 0, unstarted: [] as string[], unreadable: [] as Rebuilt['unreadable'] };
  // Under the write lock: whoever makes a run makes its folder and its row under it.
  for (const place of database.transaction(unknown).immediate()) {
    try {
      const { id, rows, unstarted } = takeInFolder(database, ingest, place);
      result.runs += 1;
      result.rows += rows;
      if (unstarted) result.unstarted.push(id);
    } catch (error) {
      const { code, message } = toLabError(error);
      if (code === 'DISK_FULL' || code === 'DATABASE_DAMAGED' || code === 'STORE_BUSY') throw error;
      result.unreadable.push({ folder: place.folder, reason: message });
    }
  }
  if (result.runs > 0) notice(`The database did not have ${result.runs} run(s) whose folders are in ${home.root}; they were added from their folders (${result.rows} rows).`);
  for (const line of [...describeUnstarted(result.unstarted), ...describeLeftOut(result)]) notice(line);
}

/** Removes rows of runs whose folders are gone, which a database that was restored from an old copy, or that of another home, has. */
function leaveGone(database: SqliteDatabase, home: Home, { notice }: OpenStore): void {
  const rows = database.prepare("SELECT id, trashed_at FROM runs WHERE files != ''");
  const findGone = (): Known[] => (rows.all() as Known[]).filter((row) => directoryOf(home, row) === null);
  if (findGone().length === 0) return;
  const gone = database.transaction(() => {
    const found = findGone();
    for (const { id } of found) deleteRun(database, id);
    return found.length;
  }).immediate();
  if (gone > 0) notice(`${gone} run(s) whose folders are gone were removed from the database.`);
}

/** Takes in state.json and run.json of a run, which were written by something else than this database. */
export function takeInFiles(database: SqliteDatabase, home: Home, id: string): void {
  database.transaction(() => {
    const row = getRun(database, id);
    const root = row && directoryOf(home, row);
    if (!root || row.files === stampFiles(root)) return;
    const document = readRunDocument(root);
    if (JSON.stringify(document) !== row.document) updateDocument(database, document);
    const record = readStateRecord(root);
    if (record) writeStanding(database, id, standingOf(record, () => stateOfJournal(pathsIn(root).journal)));
    saveStates(database, home, [id]);
  }).immediate();
}

/** The size of a run's journal; 0 without one. */
const journalSize = (root: string): number => lstatSync(pathsIn(root).journal, { throwIfNoEntry: false })?.size ?? 0;

/** Brings rows in line with files that were written since: by a process that had another database open, or by a person. */
function followFiles(database: SqliteDatabase, home: Home, { notice }: OpenStore): void {
  const rows = database.prepare('SELECT id, files, trashed_at, state, journal_offset FROM runs').all() as Known[];
  const unwritten = rows.filter(({ files }) => files === null).map(({ id }) => id);
  if (unwritten.length > 0) database.transaction(() => saveStates(database, home, unwritten)).immediate();
  const ingest = createIngest(database, home);
  for (const row of rows) {
    const root = row.files === '' ? null : directoryOf(home, row);
    if (root === null) continue;
    try {
      if (row.files !== null && row.files !== stampFiles(root)) takeInFiles(database, home, row.id);
      const trashed = dirname(root) === home.trash;
      if ((getRun(database, row.id)?.trashed_at !== null) !== trashed) setTrashed(database, row.id, trashed); // whoever moved it did not come to say so
      if (isResting(row.state) && journalSize(root) !== row.journal_offset) ingest.ingestRun(row.id, pathsIn(root));
    } catch (error) {
      const { code, message } = toLabError(error);
      if (code === 'DISK_FULL' || code === 'DATABASE_DAMAGED' || code === 'STORE_BUSY') throw error;
      notice(`Run ${row.id} was not updated from its folder: ${message}`);
    }
  }
}

/** Brings the database in line with the folders: runs that are gone, that it does not know, that were changed. */
function follow(database: SqliteDatabase, home: Home, watch: OpenStore): void {
  leaveGone(database, home, watch);
  enterUnknown(database, home, watch);
  followFiles(database, home, watch);
}

const describeProblem = (problem: unknown): string => {
  const { cause = problem } = problem instanceof LabError ? problem : {};
  return cause instanceof Error ? cause.message : String(cause);
};

function describeRepair(problem: unknown, rebuilt: Rebuilt | null): string[] {
  if (rebuilt === null) return [];
  const { runs, rows, unstarted, setAside } = rebuilt;
  return [`The database was damaged (${describeProblem(problem)}); it was made again from the run directories (${runs} runs, ${rows} rows).${setAside ? ` The damaged file is kept as ${setAside}.` : ''}`, ...describeUnstarted(unstarted), ...describeLeftOut(rebuilt)];
}

/**
 * Opens the database of a home. Damage that is met now or later is repaired by a rebuild, with one notice.
 * @throws LabError STORE_NEWER, STORE_BUSY, DISK_FULL
 */
export function openStore(home: Home, watch: OpenStore): SqliteDatabase {
  const { database } = openDatabase(home.database, {
    gate: (open) => holdLock(gateOf(home), open),
    checkedBytes: watch.checkedBytes,
    repair: (problem) => {
      for (const line of describeRepair(problem, rebuildStore(home, { damaged: stampFile(home.database) }))) watch.notice(line);
    },
    replaced: (reopened) => follow(reopened, home, watch),
    saveStates: (changed, ids) => saveStates(changed, home, ids),
  });
  try {
    follow(database, home, watch);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Builds the database again because somebody asked for it. What only a sound old one has is kept. */
export function rebuildByHand(home: Home): Rebuilt {
  const openOld = (of: Home) => {
    const { database } = openDatabase(of.database, { gate: (open) => holdLock(gateOf(of), open), saveStates: (changed, ids) => saveStates(changed, of, ids) });
    const unwritten = database.prepare('SELECT id FROM runs WHERE files IS NULL').pluck().all() as string[];
    database.transaction(() => saveStates(database, of, unwritten)).immediate();
    return database;
  };
  return rebuildStore(home, { openOld }) as Rebuilt; // only a damaged one that another process replaced gives null
}
