// Puts a new database file in the place of another, which is kept under a name beside it.
import { closeSync, existsSync, fsyncSync, linkSync, lstatSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileError, syncFolder } from '../directory/files.ts';

/** Files that SQLite puts beside a database. */
const companions = ['-wal', '-shm', '-journal'];
/** So many old databases are kept. */
const kept = 3;

/** Which file is in place: empty where none is. */
export function stampFile(file: string): string {
  const found = lstatSync(file, { throwIfNoEntry: false });
  return found ? `${found.dev}:${found.ino}` : '';
}

export const sameFile = (one: string, other: string): boolean => one === other;

export function removeDatabase(file: string): void {
  for (const suffix of ['', ...companions]) rmSync(`${file}${suffix}`, { recursive: true, force: true });
}

function sync(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

const isThere = (file: string): boolean => lstatSync(file, { throwIfNoEntry: false }) !== undefined;

/** Keeps the old file under a second name, so that there is one in place at every moment; a folder, or what cannot be linked, is moved. */
function keepOld(file: string, aside: string): void {
  try {
    linkSync(file, aside);
  } catch {
    renameSync(file, aside);
  }
}

/** Removes old databases except the newest ones. */
function prune(file: string): void {
  const pattern = /\.(damaged|replaced)-(\d+)(-wal|-shm|-journal)?$/;
  const stem = basename(file);
  const found = readdirSync(dirname(file)).filter((name) => name.startsWith(`${stem}.`) && pattern.test(name));
  const times = [...new Set(found.map((name) => Number(pattern.exec(name)?.[2])))].sort((one, other) => other - one);
  const old = new Set(times.slice(kept));
  for (const name of found) if (old.has(Number(pattern.exec(name)?.[2]))) rmSync(join(dirname(file), name), { recursive: true, force: true });
}

/**
 * Swaps `fresh` in. Returns where the old file is, null where there was none.
 * @throws LabError where the folder cannot be written
 */
export function replaceDatabase(file: string, fresh: string, kind: 'damaged' | 'replaced'): string | null {
  const aside = `${file}.${kind}-${Date.now()}`;
  try {
    sync(fresh);
    for (const suffix of companions) if (isThere(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${aside}${suffix}`);
    const had = isThere(file);
    if (had) keepOld(file, aside);
    renameSync(fresh, file);
    syncFolder(dirname(file));
    prune(file);
    return had || companions.some((suffix) => existsSync(`${aside}${suffix}`)) ? aside : null;
  } catch (cause) {
    throw fileError(cause, 'Replacing the database', file);
  }
}
