// Opens the SQLite file: cheap checks and settings on every open, migrations under one lock.
import Database from 'better-sqlite3';
import { chmodSync, lstatSync } from 'node:fs';
import { LabError } from '#contract';
import { SqliteDatabase, type ConnectionOptions } from './connection.ts';
import { damaged, findBlocked } from './damage.ts';
import { rowChecksum } from './digests.ts';
import { migrations } from './migrations/index.ts';
import { sumEverything } from './summaries.ts';

export type OpenOptions = Pick<ConnectionOptions, 'repair' | 'replaced' | 'saveStates'> & {
  busyTimeoutMs?: number;
  /** Opening and replacing the file exclude each other: `open` runs inside. */
  gate?<Result>(open: () => Result): Result;
  /** A file of up to so many bytes is checked completely whenever it is opened. */
  checkedBytes?: number;
};
type Functions = { noteChange(id: string): void };

/** "VSGD" in ASCII: the application id of our databases. */
const application = 0x56534744;
const oldestSqlite = [3, 51, 3];
/** The first schema with checksums. */
const checked = 6;
const smallFile = 8 * 2 ** 20;
/** Of a larger one these tables and their indexes are checked at every open, the whole file after a crash and once a week. */
const smallTables = ['runs', 'series'];
const checkEveryMs = 7 * 24 * 3_600_000;
/** A file looks unclean while another process has it open, too: commands beside the app do not read all of it every time. */
const checkUncleanEveryMs = 3_600_000;

function checkVersion(database: Database.Database): void {
  const version = database.prepare('SELECT sqlite_version()').pluck().get() as string;
  const parts = version.split('.').map(Number);
  const difference = oldestSqlite.map((wanted, index) => (parts[index] ?? 0) - wanted).find((value) => value !== 0) ?? 0;
  if (difference < 0) throw new LabError('STORE_DAMAGED', `SQLite ${version} has a fault that can lose data in WAL mode; ${oldestSqlite.join('.')} or later is needed. Install the dependencies again.`);
}

/** Commits are durable (FULL). SQLite does not remember these settings, so every open repeats them. */
function configure(database: Database.Database, { noteChange }: Functions): void {
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  database.function('run_checksum', { varargs: true, deterministic: true }, (...values: unknown[]) => rowChecksum(values));
  database.function('note_change', (id: unknown) => {
    noteChange(String(id));
    return null;
  });
}

const numberOf = (database: Database.Database, name: string): number => database.pragma(name, { simple: true }) as number;
const schemaOf = (database: Database.Database): string => JSON.stringify(database.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%' ORDER BY type, name").raw().all());

function apply(database: Database.Database, from: number): void {
  for (let version = from; version < migrations.length; version += 1) database.exec(migrations[version] as string);
  database.pragma(`user_version = ${migrations.length}`);
  database.pragma(`application_id = ${application}`);
  database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run('schema', String(migrations.length));
}

let expected: string | null = null;

/** The schema as the migrations make it. */
function expectedSchema(): string {
  if (expected === null) {
    const database = new Database(':memory:');
    apply(database, 0);
    expected = schemaOf(database);
    database.close();
  }
  return expected;
}

/** The version that a database of schema 6 or later holds a second time, in a table. */
function recordedVersion(database: Database.Database): number | null {
  const has = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'").get();
  return has ? Number(database.prepare("SELECT value FROM meta WHERE key = 'schema'").pluck().get()) : null;
}

/** The schema version of a database of ours. @throws LabError STORE_NEWER; DATABASE_DAMAGED where its header does not fit its contents */
function versionOf(database: Database.Database, file: string): number {
  const version = numberOf(database, 'user_version');
  const recorded = recordedVersion(database);
  const id = numberOf(database, 'application_id');
  if (version > migrations.length && recorded === version) {
    throw new LabError('STORE_NEWER', `${file} was written by a newer version of VSGD Lab (schema ${version}, this one knows ${migrations.length}). Update VSGD Lab, or use another home with --home.`, { place: { file } });
  }
  if (version >= checked ? recorded !== version || id !== application : recorded !== null || id !== 0) throw damaged(file, `its header says schema ${version}, its contents do not`);
  return version;
}

function migrate(database: Database.Database, file: string): void {
  // One moment of the file: another process may commit a migration between two reads.
  if (database.transaction(() => versionOf(database, file))() === migrations.length) return;
  // Another process may be doing the same: the lock decides, and the version is looked at again under it.
  database.transaction(() => {
    const version = versionOf(database, file);
    if (version >= migrations.length) return;
    apply(database, version);
    if (version < checked) sumEverything(database);
  }).immediate();
}

/** Whether the last process did not close the file, or another one has it open. */
const isUnclean = (file: string): boolean => lstatSync(`${file}-wal`, { throwIfNoEntry: false }) !== undefined;

/** Whether a large file was last checked as a whole longer ago than this. */
function isOlder(database: Database.Database, ageMs: number): boolean {
  const last = Number(database.prepare("SELECT value FROM meta WHERE key = 'checked'").pluck().get() ?? 0);
  return Math.abs(Date.now() - last) > ageMs;
}

function noteCheck(database: Database.Database): void {
  try {
    database.prepare("INSERT OR REPLACE INTO meta VALUES ('checked', ?)").run(String(Date.now()));
  } catch {
    // The disk is full, or another process writes: the next open checks again.
  }
}

function check(database: Database.Database, file: string, { unclean, checkedBytes }: { unclean: boolean; checkedBytes: number }): void {
  if (schemaOf(database) !== expectedSchema()) throw damaged(file, 'its tables are not ours');
  const bytes = numberOf(database, 'page_count') * numberOf(database, 'page_size');
  const checks = bytes <= checkedBytes ? ['integrity_check(1)'] : [...(isOlder(database, unclean ? checkUncleanEveryMs : checkEveryMs) ? ['quick_check(1)'] : []), ...smallTables.map((table) => `integrity_check(${table})`)];
  for (const name of checks) {
    const problem = database.pragma(name, { simple: true });
    if (problem !== 'ok') throw damaged(file, String(problem));
    if (name.startsWith('quick')) noteCheck(database);
  }
}

/** Only its owner reads the database, in homes that other users can enter too. SQLite gives -wal and -shm the mode of the file, once it has it. */
function keepPrivate(file: string): void {
  for (const path of [file, `${file}-wal`, `${file}-shm`]) {
    try {
      if (lstatSync(path, { throwIfNoEntry: false })?.isFile()) chmodSync(path, 0o600);
    } catch {
      // another user's file, or a file system without modes
    }
  }
}

function openChecked(file: string, functions: Functions, { busyTimeoutMs = 5000, gate = (open) => open(), checkedBytes = smallFile }: OpenOptions): Database.Database {
  const blocked = findBlocked(file);
  if (blocked !== null) throw damaged(file, `${blocked} is no file`);
  const unclean = isUnclean(file);
  const database = gate(() => {
    const opened = new Database(file, { timeout: busyTimeoutMs });
    keepPrivate(file);
    try {
      checkVersion(opened);
      configure(opened, functions);
      numberOf(opened, 'user_version'); // reads: from here on the file and its write-ahead log belong together
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  });
  try {
    migrate(database, file);
    check(database, file, { unclean, checkedBytes });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Opens or makes the database. A damaged one is an error, or repaired where there is a way to.
 * @throws LabError STORE_NEWER, STORE_BUSY, DISK_FULL, DATABASE_DAMAGED
 */
export function openDatabase(file: string, options: OpenOptions = {}): { database: SqliteDatabase } {
  let owner: SqliteDatabase | null = null;
  const functions: Functions = { noteChange: (id) => owner?.noteChange(id) };
  const { repair, replaced, saveStates } = options;
  owner = new SqliteDatabase({ file, open: () => openChecked(file, functions, options), repair, replaced, saveStates });
  return { database: owner };
}

/** An empty database in memory. */
export function openMemory(): SqliteDatabase {
  const open = (): Database.Database => {
    const database = new Database(':memory:');
    configure(database, { noteChange: () => {} });
    apply(database, 0);
    return database;
  };
  return new SqliteDatabase({ file: ':memory:', open });
}
