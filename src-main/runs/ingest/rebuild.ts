// Makes the database again from the run directories: they are the truth. A new file is filled and put in the place of the old one, which is kept.
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { toLabError } from '#contract';
import { deleteRun, insertRun, openDatabase, type SqliteDatabase } from '#store';
import { pathsIn, readRunDocument } from '../directory/document.ts';
import type { Home } from '../directory/home.ts';
import { holdLock } from '../directory/lock.ts';
import { readStateRecord, stampFiles, type StateRecord } from '../directory/state.ts';
import { createIngest, type Ingest } from './ingest.ts';
import { stateOfJournal } from './journalEnd.ts';
import { removeDatabase, replaceDatabase, sameFile, stampFile } from './replace.ts';
import { standingOf, writeStanding, type Standing } from './states.ts';

/** `unstarted`: runs that no trainer has begun and of which nothing tells whether they were waiting; they are stopped now. `setAside`: where the old file is. */
export type Rebuilt = { runs: number; rows: number; unstarted: string[]; unreadable: { folder: string; reason: string }[]; setAside: string | null };

type Entered = { id: string; unstarted: boolean; standing: Standing };

/** Enters the run of a directory into the store, in place of the row that is there. `record`: null where what state.json says must not count. */
export function enterFolder(database: SqliteDatabase, folder: string, record: StateRecord | null = readStateRecord(folder)): Entered {
  const document = readRunDocument(folder);
  const { journal } = pathsIn(folder);
  const standing = standingOf(record, () => stateOfJournal(journal));
  database.transaction(() => {
    deleteRun(database, document.id);
    insertRun(database, document, standing.state);
    writeStanding(database, document.id, standing);
  }).immediate();
  return { id: document.id, unstarted: record === null && standing.started_at === null, standing };
}

/** Folders below runs/ and trash/ that may be runs. */
export function listFolders(home: Home): { folder: string; trashed: boolean }[] {
  return ([[home.runs, false], [home.trash, true]] as const).flatMap(([parent, trashed]) =>
    (existsSync(parent) ? readdirSync(parent).sort() : []).map((name) => ({ folder: join(parent, name), trashed })));
}

/** Enters one folder with all rows of its journal. @throws LabError where it is no run */
export function takeInFolder(database: SqliteDatabase, ingest: Ingest, { folder, trashed }: { folder: string; trashed: boolean }): { id: string; rows: number; unstarted: boolean } {
  const record = readStateRecord(folder);
  const stamp = stampFiles(folder);
  const { id, unstarted, standing } = enterFolder(database, folder, record);
  const { rows } = ingest.ingestRun(id, pathsIn(folder));
  const trashedAt = trashed ? (standing.trashed_at ?? new Date().toISOString()) : null;
  // Once more: the journal's ends of earlier sessions are not the run's.
  database.transaction(() => {
    writeStanding(database, id, { ...standing, trashed_at: trashedAt });
    if (record?.state === standing.state && record.trashedAt === trashedAt) database.prepare('UPDATE runs SET files = ? WHERE id = ?').run(stamp, id);
  }).immediate();
  return { id, rows, unstarted: unstarted && !trashed };
}

/** Fills an empty store; one folder that cannot be read does not stop the others. */
function fill(database: SqliteDatabase, home: Home): Rebuilt {
  const result: Rebuilt = { runs: 0, rows: 0, unstarted: [], unreadable: [], setAside: null };
  const ingest = createIngest(database, home);
  const entered = new Set<string>();
  for (const place of listFolders(home)) {
    if (entered.has(basename(place.folder))) continue; // a copy in the trash of a run that is there
    try {
      const { id, rows, unstarted } = takeInFolder(database, ingest, place);
      entered.add(id);
      result.runs += 1;
      result.rows += rows;
      if (unstarted) result.unstarted.push(id);
    } catch (error) {
      const { code, message } = toLabError(error);
      if (code === 'DISK_FULL' || code === 'DATABASE_DAMAGED') throw error; // of the new file, not of the run
      result.unreadable.push({ folder: place.folder, reason: message });
    }
  }
  return result;
}

/** Fills a new file. @throws LabError DISK_FULL; the old file is as it was */
function build(file: string, home: Home): Rebuilt {
  removeDatabase(file);
  try {
    const { database } = openDatabase(file);
    try {
      database.pragma('synchronous = OFF'); // the file is synced once, before it is put in place
      return fill(database, home);
    } finally {
      database.close();
    }
  } catch (error) {
    removeDatabase(file);
    throw error;
  }
}

/** States that only a sound old database has, of an older version or from a moment with a full disk, go to the directories first. */
function saveUnwritten(home: Home, open: (home: Home) => SqliteDatabase): void {
  try {
    open(home).close();
  } catch {
    // It is damaged, newer or locked: nothing of it is used.
  }
}

export type RebuildOptions = {
  /** The damaged file, as it was seen: where another process replaced it in the meantime, nothing is done. */
  damaged?: string;
  /** Opens the old database where it may be sound, so that it writes what only it has. */
  openOld?(home: Home): SqliteDatabase;
};

/**
 * Builds a new database and swaps it in, whatever the old one is; other processes notice and open the new one. Null where another process has just done so.
 * @throws LabError DISK_FULL, STORE_BUSY; the old file is then as it was
 */
export function rebuildStore(home: Home, { damaged, openOld }: RebuildOptions = {}): Rebuilt | null {
  return holdLock(join(home.root, 'rebuild.lock'), () => {
    if (damaged !== undefined && !sameFile(damaged, stampFile(home.database))) return null;
    if (openOld) saveUnwritten(home, openOld);
    const fresh = `${home.database}.new`;
    const result = build(fresh, home);
    const setAside = holdLock(gateOf(home), () => replaceDatabase(home.database, fresh, damaged === undefined ? 'replaced' : 'damaged'));
    return { ...result, setAside };
  }, { waitMs: 30 * 60_000 });
}

/** Held while the file is opened or replaced, so that a file never meets the write-ahead log of another. */
export const gateOf = (home: Home): string => `${home.database}.lock`;
