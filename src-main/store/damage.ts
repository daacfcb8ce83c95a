// Errors of SQLite as errors of ours: which of them mean a damaged file, which a full disk or a lock.
import { lstatSync, statSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { LabError } from '#contract';

const damageCodes = ['SQLITE_NOTADB', 'SQLITE_FORMAT', 'SQLITE_IOERR_SHORT_READ', 'SQLITE_IOERR_CORRUPTFS'];
/** A schema that lost or gained a part: our statements fit the schema that `openDatabase` checked. */
const brokenSchema = /no such (table|column|index)|has no column|malformed|already exists|duplicate column/;

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '');
export const isSqliteError = (error: unknown): boolean => codeOf(error).startsWith('SQLITE_');

/** What is in the place of the database, or of a file beside it, and is no file; null where all are files. */
export function findBlocked(file: string): string | null {
  return ['', '-wal', '-shm', '-journal'].map((suffix) => `${file}${suffix}`).find((path, index) => (index === 0 ? statSync : lstatSync)(path, { throwIfNoEntry: false })?.isFile() === false) ?? null; // the database itself may be a link to another disk
}

/** Whether an error means that the database file is damaged, so that it must be rebuilt. */
export function isDamage(error: unknown, file: string): boolean {
  if (error instanceof LabError) return error.code === 'DATABASE_DAMAGED';
  const code = codeOf(error);
  if (code.startsWith('SQLITE_CORRUPT') || damageCodes.includes(code)) return true;
  if (code === 'SQLITE_ERROR') return brokenSchema.test((error as Error).message);
  return /^SQLITE_(CANTOPEN|IOERR|PROTOCOL)/.test(code) && findBlocked(file) !== null;
}

/** Damage that a check found; `cause` says what alone. */
export const damaged = (file: string, what: string, cause: unknown = new Error(what)): LabError =>
  new LabError('DATABASE_DAMAGED', `The database ${file} is damaged: ${what}. vsgd-lab runs rebuild makes a new one from the run directories.`, { place: { file }, cause });

/** SQLite reports some writes that had no room as errors of input and output. */
function isFull(code: string, file: string): boolean {
  if (code === 'SQLITE_FULL') return true;
  if (!/^SQLITE_(IOERR|CANTOPEN)/.test(code)) return false;
  try {
    const { bavail, bsize } = statfsSync(dirname(file));
    return bavail * bsize < 65_536;
  } catch {
    return false; // the folder is gone, too
  }
}

/** An error of SQLite in words; other errors as they are. */
export function storeError(error: unknown, file: string): LabError {
  if (error instanceof LabError) return error;
  const code = codeOf(error);
  const place = { place: { file }, cause: error };
  if (code.startsWith('SQLITE_BUSY')) return new LabError('STORE_BUSY', `The database ${file} is locked by another process. Close other programs that use it and try again; nothing was lost.`, place);
  if (isFull(code, file)) return new LabError('DISK_FULL', `The disk that holds ${file} is full. Free some space and try again; what was saved before is kept.`, place);
  const message = error instanceof Error ? error.message : String(error);
  if (isDamage(error, file)) return damaged(file, message, error);
  return new LabError('STORE_DAMAGED', `The database ${file} cannot be used: ${message}. Check the permissions of the file and of its folder; vsgd-lab runs rebuild makes a new one from the run directories.`, place);
}
