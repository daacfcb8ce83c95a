// Lock files: held by a living process, known by its pid and its start time, so that a reused pid holds nothing.
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { LabError } from '#contract';
import { fileError } from './files.ts';
import { readJson } from './regular.ts';

const ownerSchema = z.object({ pid: z.int().min(1), started: z.string() });
export type Owner = z.infer<typeof ownerSchema>;

/** When a process started, in the system's own words; '' where it cannot be told, null where there is none. */
export function startTime(pid: number): string | null {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? '');
    } catch {
      return null; // no such process
    }
  }
  try {
    process.kill(pid, 0);
    return '';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? '' : null;
  }
}

/** This process as an owner. */
export const self = (): Owner => ({ pid: process.pid, started: startTime(process.pid) ?? '' });

/** Whether the owner still runs. */
export const isAlive = ({ pid, started }: Owner): boolean => {
  const now = startTime(pid);
  return now !== null && (now === started || now === '' || started === '');
};

/** Who holds a lock; null when nobody alive does. */
export function lockOwner(file: string): Owner | null {
  try {
    const owner = ownerSchema.parse(readJson(file, { most: 1000 }));
    return isAlive(owner) ? owner : null;
  } catch {
    return null; // no lock, or one that was never written to the end
  }
}

/** Puts a dead owner's lock away; a living one's, taken in the meantime, is put back. */
function clearDead(file: string): void {
  const aside = `${file}.${process.pid}-${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // somebody else cleared it
  }
  if (lockOwner(aside) !== null) {
    try {
      linkSync(aside, file);
    } catch {
      // A third has taken it; the second finds out when it looks.
    }
  }
  rmSync(aside, { recursive: true, force: true }); // a folder, too, where something else made one
}

/** Takes a lock, a dead owner's too. Returns a release, or null when somebody holds it. @throws LabError DISK_FULL and others */
export function takeLock(file: string): (() => void) | null {
  const own = `${file}.${process.pid}-${randomUUID()}`;
  try {
    writeFileSync(own, JSON.stringify(self()), { mode: 0o600 });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        linkSync(own, file); // all or nothing, with its contents
        return () => {
          if (lockOwner(file)?.pid === process.pid) rmSync(file, { force: true });
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        if (lockOwner(file) !== null) return null;
        clearDead(file);
      }
    }
    return null;
  } catch (cause) {
    throw fileError(cause, 'Taking the lock', file);
  } finally {
    rmSync(own, { force: true });
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/** @throws LabError DISK_FULL and others where the lock cannot be written */
function tryLock(file: string): (() => void) | null {
  try {
    return takeLock(file);
  } catch (cause) {
    throw fileError(cause, 'Taking a lock', file);
  }
}

/**
 * Works while it holds a lock; waits while somebody alive holds it, at most so long.
 * @throws LabError STORE_BUSY, DISK_FULL
 */
export function holdLock<Result>(file: string, work: () => Result, { waitMs = 60_000 } = {}): Result {
  const start = performance.now();
  for (;;) {
    const release = tryLock(file);
    if (release) {
      try {
        return work();
      } finally {
        release();
      }
    }
    if (performance.now() - start > waitMs) throw new LabError('STORE_BUSY', `${file} has been held by process ${lockOwner(file)?.pid} for ${Math.round(waitMs / 1000)} s. Wait for it to finish, or end that process, and try again.`, { place: { file } });
    Atomics.wait(pause, 0, 0, 20);
  }
}
