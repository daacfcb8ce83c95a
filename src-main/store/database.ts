// Opens the SQLite file: settings on every open, migrations under one lock, a damaged file put aside.
import Database from 'better-sqlite3';
import { existsSync, renameSync } from 'node:fs';
import { LabError } from '#contract';
import { migrations } from './migrations/index.ts';

export type SqliteDatabase = Database.Database;
export type OpenOptions = { busyTimeoutMs?: number };
/** `setAside`: where a damaged file went; the store is then empty and must be rebuilt from the run directories. */
export type Opened = { database: SqliteDatabase; setAside: string | null };

const oldestSqlite = [3, 51, 3];

function checkVersion(database: SqliteDatabase): void {
  const version = database.prepare('SELECT sqlite_version()').pluck().get() as string;
  const parts = version.split('.').map(Number);
  const difference = oldestSqlite.map((wanted, index) => (parts[index] ?? 0) - wanted).find((value) => value !== 0) ?? 0;
  if (difference < 0) throw new LabError('STORE_DAMAGED', `SQLite ${version} has a fault that can lose data in WAL mode; ${oldestSqlite.join('.')} or later is needed. Install the dependencies again.`);
}

/** Commits are durable (FULL). Every open sets this anew: SQLite does not remember it. */
function configure(database: SqliteDatabase): void {
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
}

function migrate(database: SqliteDatabase, file: string): void {
  const versionOf = () => database.pragma('user_version', { simple: true }) as number;
  if (versionOf() > migrations.length) {
    throw new LabError('STORE_NEWER', `${file} was written by a newer version of VSGD Lab (schema ${versionOf()}, this one knows ${migrations.length}). Update VSGD Lab, or use another home with --home.`, { place: { file } });
  }
  if (versionOf() === migrations.length) return;
  // Another process may be doing the same: the lock decides, and the version is looked at again under it.
  database.transaction(() => {
    for (let version = versionOf(); version < migrations.length; version += 1) database.exec(migrations[version] as string);
    database.pragma(`user_version = ${migrations.length}`);
  }).immediate();
}

function isDamage(error: unknown): boolean {
  const code = (error as { code?: string }).code ?? '';
  return code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB';
}

function openChecked(file: string, { busyTimeoutMs = 5000 }: OpenOptions): SqliteDatabase {
  const unclean = existsSync(`${file}-wal`); // the last process did not close it, or one has it open
  const database = new Database(file, { timeout: busyTimeoutMs });
  try {
    checkVersion(database);
    configure(database);
    const problem = unclean ? (database.pragma('quick_check(1)', { simple: true }) as string) : 'ok';
    if (problem !== 'ok') throw Object.assign(new Error(problem), { code: 'SQLITE_CORRUPT' });
    migrate(database, file);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Opens or makes the database.
 * @throws LabError STORE_NEWER, STORE_BUSY
 */
export function openDatabase(file: string, options: OpenOptions = {}): Opened {
  try {
    return { database: openChecked(file, options), setAside: null };
  } catch (error) {
    if (error instanceof LabError) throw error;
    if (isDamage(error)) {
      const setAside = `${file}.damaged-${Date.now()}`;
      for (const suffix of ['', '-wal', '-shm']) if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${setAside}${suffix}`);
      return { database: openChecked(file, options), setAside };
    }
    throw storeError(error, file);
  }
}

/** An error of SQLite in words. */
export function storeError(error: unknown, file: string): LabError {
  if (error instanceof LabError) return error;
  const code = (error as { code?: string }).code ?? '';
  if (code.startsWith('SQLITE_BUSY')) return new LabError('STORE_BUSY', `The database ${file} is locked by another process. Close other programs that use it and try again; nothing was lost.`, { place: { file }, cause: error });
  if (code === 'SQLITE_FULL') return new LabError('DISK_FULL', `The disk that holds ${file} is full. Free some space and try again; what was saved before is kept.`, { place: { file }, cause: error });
  return new LabError('STORE_DAMAGED', `The database ${file} cannot be used: ${error instanceof Error ? error.message : String(error)}. vsgd-lab runs rebuild makes it again from the run directories.`, { place: { file }, cause: error });
}
