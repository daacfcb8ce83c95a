// The journal: appended by one trainer, read by anyone from any offset. A cut (on resume) is announced in journal.cuts before it is made.
import { appendFileSync, closeSync, fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { isJournalLine, type JournalLine } from '#contract';
import { fileError, syncFolder } from './files.ts';
import { damagedRun, type RunPaths } from './document.ts';
import { openRegular, readRegular, regularFile } from './regular.ts';

/** Longer lines are not ours: they are dropped and counted. */
const longestLine = 2 ** 20;

/** One cut: rows after `step`, lines from `offset` on are gone. */
export type Cut = { offset: number; step: number };

/** Two lines for each time that a run was resumed; more than this are not ours. */
const mostCutBytes = 2 ** 22;

/** @throws LabError RUN_DAMAGED where a file of a journal is none, or cannot be read */
function readingOf<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw damagedRun(dirname(file), cause);
  }
}

/** The cuts of a journal, oldest first. @throws LabError RUN_DAMAGED */
export function readCuts(paths: Pick<RunPaths, 'cuts'>): Cut[] {
  const bytes = readingOf(paths.cuts, () => readRegular(paths.cuts, { most: mostCutBytes }));
  return (bytes?.toString('utf8') ?? '').split('\n').flatMap((line) => {
    const match = /^\{"offset":(\d{1,15}),"step":(\d{1,12})\}$/.exec(line); // a torn line, left by a crash, says nothing
    return match ? [{ offset: Number(match[1]), step: Number(match[2]) }] : [];
  });
}

/** Writes a journal; lines are kept back until `flush`, and durable after `sync`. */
export class JournalWriter {
  readonly #file: string;
  readonly #handle: number;
  #pending: string[] = [];
  #offset: number;

  /** Opens for appending; a torn last line, left by a crash, is cut off. @throws LabError RUN_DAMAGED where something else has the journal's name */
  constructor(paths: RunPaths) {
    this.#file = paths.journal;
    readingOf(paths.journal, () => regularFile(paths.journal));
    readingOf(paths.cuts, () => regularFile(paths.cuts));
    try {
      this.#handle = openSync(paths.journal, 'a+', 0o600);
    } catch (cause) {
      throw fileError(cause, 'Opening the journal', paths.journal);
    }
    syncFolder(paths.root); // its name lasts from now on: checkpoints will say where in it they stand
    const { size } = fstatSync(this.#handle);
    this.#offset = size;
    const tail = Buffer.alloc(Math.min(size, longestLine));
    readSync(this.#handle, tail, 0, tail.length, size - tail.length);
    const end = tail.lastIndexOf(10);
    if (size > 0 && end !== tail.length - 1) this.#truncate(size - tail.length + end + 1);
  }

  /** Bytes written and flushed. */
  get offset(): number { return this.#offset; }

  append(line: JournalLine): void {
    this.#pending.push(`${JSON.stringify(line)}\n`);
  }

  /** Hands all lines to the operating system in one write. @throws LabError DISK_FULL with the lines kept for the next try */
  flush(): void {
    if (this.#pending.length === 0) return;
    const bytes = Buffer.from(this.#pending.join(''));
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#handle, bytes, written);
    } catch (cause) {
      // Whole lines stay: somebody may have read them. Half a line must not.
      const kept = bytes.subarray(0, written).lastIndexOf(10) + 1;
      this.#offset += kept;
      this.#pending = [bytes.toString('utf8', kept)];
      ftruncateSync(this.#handle, this.#offset);
      throw fileError(cause, `Writing ${bytes.length - kept} bytes of the journal`, this.#file);
    }
    this.#offset += written;
    this.#pending = [];
  }

  /** Flushes and waits until the disk has it. */
  sync(): void {
    this.flush();
    fdatasyncSync(this.#handle);
  }

  /**
   * Cuts the journal back to a checkpoint's offset. Readers learn of it from journal.cuts, which says so durably before, and once more
   * after: what somebody read in between is taken back too. @throws LabError DISK_FULL; it can be cut again then
   */
  cut(paths: RunPaths, { offset, step }: Cut): void {
    this.#pending = [];
    const announce = () => appendFileSync(paths.cuts, `\n${JSON.stringify({ offset, step })}\n`, { mode: 0o600, flush: true });
    try {
      announce();
      syncFolder(paths.root);
      this.#truncate(Math.min(offset, this.#offset));
      announce();
    } catch (cause) {
      throw fileError(cause, 'Cutting the journal', this.#file);
    }
  }

  close(): void {
    this.sync();
    closeSync(this.#handle);
  }

  #truncate(offset: number): void {
    ftruncateSync(this.#handle, offset);
    fsyncSync(this.#handle);
    this.#offset = offset;
  }
}

export type JournalChunk = { lines: { line: JournalLine; offset: number }[]; next: number; garbage: number };

/** Complete lines from `offset` on, at most about `limit` bytes; half a line at the end waits. Garbage is counted, never fatal. @throws LabError RUN_DAMAGED */
export function readJournal(file: string, offset: number, limit = 4 * 2 ** 20): JournalChunk {
  const chunk: JournalChunk = { lines: [], next: offset, garbage: 0 };
  const handle = readingOf(file, () => openRegular(file));
  if (handle === null) return chunk;
  try {
    const { size } = fstatSync(handle);
    if (size <= offset) return chunk;
    const bytes = Buffer.alloc(Math.min(size - offset, limit));
    const read = readSync(handle, bytes, 0, bytes.length, offset);
    for (let start = 0; start < read; ) {
      const end = bytes.subarray(0, read).indexOf(10, start);
      if (end < 0) {
        // A line longer than a whole chunk cannot be ours.
        if (start === 0 && read === limit) Object.assign(chunk, { next: offset + read, garbage: chunk.garbage + 1 });
        break;
      }
      takeLine(chunk, bytes.subarray(start, end), offset + start);
      start = end + 1;
      chunk.next = offset + start;
    }
  } finally {
    closeSync(handle);
  }
  return chunk;
}

function takeLine(chunk: JournalChunk, bytes: Buffer, offset: number): void {
  try {
    const line: unknown = bytes.length <= longestLine ? JSON.parse(bytes.toString()) : null;
    if (isJournalLine(line)) chunk.lines.push({ line, offset });
    else chunk.garbage += 1;
  } catch {
    chunk.garbage += 1; // not JSON: counted, told in a note
  }
}
