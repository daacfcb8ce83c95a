// Durable small files: written beside, fsynced, renamed into place, the folder fsynced.
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LabError } from '#contract';

/** Makes a rename in this folder durable. Windows has no such call and needs none. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Makes a folder and those above it, for this user alone unless `mode` says otherwise, so that they are still there after a loss of
 * power. Node's own `recursive` never returns where the system answers "no such file" for a folder within one that exists, as in /proc.
 */
export function makeFolder(folder: string, mode = 0o700): void {
  const missing: string[] = [];
  for (let at = resolve(folder); !existsSync(at); at = dirname(at)) missing.unshift(at);
  if (missing.length === 0 && !statSync(folder).isDirectory()) mkdirSync(folder); // throws EEXIST
  for (const each of missing) {
    try {
      mkdirSync(each, { mode });
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'EEXIST' && statSync(each).isDirectory()) continue; // another process was quicker
      throw code === 'ENOENT' ? Object.assign(new Error(`${each} cannot be made.`, { cause }), { code: 'EACCES' }) : cause;
    }
    syncFolder(dirname(each));
  }
}

/** Waits until the disk has a file that something else has written. */
export function syncFile(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Makes everything in a folder durable: before it gets a name that others rely on. */
export function syncTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) syncTree(join(folder, entry.name));
    else if (entry.isFile()) syncFile(join(folder, entry.name));
  }
  syncFolder(folder);
}

/** Renames, durably on both sides. */
export function moveDurably(from: string, to: string): void {
  renameSync(from, to);
  syncFolder(dirname(to));
  if (dirname(from) !== dirname(to)) syncFolder(dirname(from));
}

/** An error of the file system in words: what failed, where, what to do. */
export function fileError(cause: unknown, what: string, file: string): LabError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new LabError('DISK_FULL', `${what} failed: the disk that holds ${file} is full. Free some space (vsgd-lab runs purge, vsgd-lab datasets remove) and try again.`, { place: { file }, cause });
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') return new LabError('NOT_FOUND', `${what} failed: ${file} cannot be written (${code}). Choose another folder with --home or VSGD_LAB_HOME, or mend its permissions.`, { place: { file }, cause });
  if (code === 'EEXIST' || code === 'ENOTDIR') return new LabError('USAGE', `${what} failed: ${file} must be a folder, and there is a file in its place. Choose another.`, { place: { file }, cause });
  return new LabError('INTERNAL', `${what} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { place: { file }, cause });
}

/** Takes a rest away; the error that left it is the one to tell. */
function removeRest(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Its folder is gone or no folder at all: there is no rest.
  }
}

/** Writes chunks into a file beside `file` and waits until the disk has them; a failure leaves no rest. Returns the path to be renamed. */
export function writeBeside(file: string, chunks: (string | Uint8Array)[]): string {
  const temporary = `${file}.tmp-${process.pid}`;
  try {
    const handle = openSync(temporary, 'w', 0o600);
    try {
      for (const chunk of chunks) {
        const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at, Math.min(bytes.length - at, 2 ** 26));
      }
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    return temporary;
  } catch (cause) {
    removeRest(temporary);
    throw fileError(cause, `Writing ${chunks.reduce((sum, { length }) => sum + length, 0)} bytes`, file);
  }
}

/** Replaces a file by these chunks, all or nothing; a failed write leaves the old one and no rest. */
export function writeFileAtomically(file: string, chunks: (string | Uint8Array)[]): void {
  const temporary = writeBeside(file, chunks);
  try {
    renameSync(temporary, file);
    syncFolder(dirname(file));
  } catch (cause) {
    removeRest(temporary);
    throw fileError(cause, 'Writing', file);
  }
}
