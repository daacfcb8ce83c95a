// A run's checkpoint files: last, the one before as previous, best, and kept ones. At every moment one of last and previous is whole.
// index.json says of each content, by its SHA-256, where the journal stood: that cannot be in the file, which is equal for equal state.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, linkSync, lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LabError, toLabError, type CheckpointInfo } from '#contract';
import { decodeSafetensors, type CheckpointKind, type StoredFile } from '#training';
import type { RunPaths } from '../directory/document.ts';
import { fileError, syncFile, syncFolder, writeBeside, writeFileAtomically } from '../directory/files.ts';
import { readJson, readRegular } from '../directory/regular.ts';

const count = z.int().min(0);
const word = z.string().max(10_000);
const indexEntry = z.object({
  step: count, offset: count, bytes: count, sha256: z.string().max(64), kinds: z.array(z.enum(['last', 'best', 'kept'])), configHash: word, fingerprint: word, engine: word, device: word.optional(), threads: count.optional(), version: word,
  earlier: z.array(z.object({ name: word, device: word.optional(), threads: count.optional(), version: word, until: count })).optional(),
});
/** One bad entry costs no other its place. */
const indexSchema = z.object({ entries: z.array(z.unknown()) });
export type IndexEntry = z.infer<typeof indexEntry>;

/** What a run's checkpoint was made with, and the journal's length at that moment. */
export type CheckpointFacts = Omit<IndexEntry, 'bytes' | 'sha256'>;
export type Loaded = { file: StoredFile; entry: IndexEntry; passedOver: string[] };

/** Contents that may still be on disk under the names last and previous, and one more that a crash can leave; kept ones beside. */
const remembered = 3;

const sha256Of = (chunks: Uint8Array[]) => chunks.reduce((hash, chunk) => hash.update(chunk), createHash('sha256')).digest('hex');

export class CheckpointStore {
  readonly #paths: RunPaths;
  #entries: IndexEntry[];

  /** Rests of a killed trainer are removed; the caller holds the run's lock. */
  constructor(paths: RunPaths) {
    this.#paths = paths;
    for (const name of this.#names()) if (/\.tmp-\d+$/.test(name)) rmSync(join(paths.checkpoints, name), { recursive: true, force: true });
    this.#entries = this.#readIndex();
  }

  /**
   * Writes `last`, keeps the one before as `previous`, and gives the further kinds their names.
   * @returns one line per kind, as the journal and `runs show` have them
   * @throws LabError DISK_FULL and others; the checkpoints before are then as they were
   */
  save(chunks: Uint8Array[], facts: CheckpointFacts): (CheckpointInfo & { kind: CheckpointKind })[] {
    const last = this.#path('last');
    const entry: IndexEntry = { ...facts, bytes: chunks.reduce((sum, { length }) => sum + length, 0), sha256: sha256Of(chunks) };
    const written = writeBeside(last, chunks);
    const before = this.#entries;
    let named = false;
    try {
      this.#remember(entry);
      if (existsSync(last)) this.#publish(last, this.#path('previous'));
      renameSync(written, last);
      named = true;
      syncFolder(this.#paths.checkpoints);
      return this.name(entry);
    } catch (cause) {
      rmSync(written, { force: true });
      if (!named) this.#entries = before; // an entry without a file would push out that of a checkpoint that is there
      throw cause instanceof LabError ? cause : fileError(cause, 'Saving a checkpoint', last);
    }
  }

  /** Gives the content of `last` the names of its other kinds, which a crash may have left out. */
  name({ step, bytes, sha256, kinds }: IndexEntry): (CheckpointInfo & { kind: CheckpointKind })[] {
    return kinds.map((kind) => {
      const file = this.#path(kind === 'kept' ? `step-${step}` : kind);
      if (kind !== 'last') this.#publish(this.#path('last'), file);
      return { kind, step, bytes, sha256, path: `checkpoints/${file.slice(this.#paths.checkpoints.length + 1)}` };
    });
  }

  /**
   * The newest checkpoint that is whole; it is `last` from now on. Null where none was ever written.
   * @throws LabError CHECKPOINT_DAMAGED where none of those that were written is whole
   */
  loadNewest(): Loaded | null {
    const passedOver: string[] = [];
    for (const name of ['last', 'previous', ...this.#keptNames()]) {
      const path = this.#path(name);
      if (!lstatSync(path, { throwIfNoEntry: false })) continue;
      try {
        const { file, entry } = this.#read(path);
        if (name !== 'last') this.#publish(path, this.#path('last'));
        this.#entries = this.#entries.filter(({ step }) => step <= entry.step);
        return { file, entry, passedOver };
      } catch (error) {
        passedOver.push(toLabError(error).message);
      }
    }
    if (passedOver.length === 0) return null;
    throw new LabError('CHECKPOINT_DAMAGED', `No checkpoint of ${this.#paths.root} can be used. ${passedOver.join(' ')} Start the run anew, or fork another.`, { place: { file: this.#paths.checkpoints } });
  }

  /** Files in the folder; none where it cannot be read, which the first save will tell. */
  #names(): string[] {
    try {
      return readdirSync(this.#paths.checkpoints);
    } catch {
      return [];
    }
  }

  /** step-<k> names, the latest first. */
  #keptNames(): string[] {
    const steps = this.#names().flatMap((name) => /^step-(\d+)\.safetensors$/.exec(name)?.slice(1).map(Number) ?? []);
    return steps.sort((a, b) => b - a).map((step) => `step-${step}`);
  }

  #path(name: string): string {
    return join(this.#paths.checkpoints, `${name}.safetensors`);
  }

  #read(path: string): { file: StoredFile; entry: IndexEntry } {
    const bytes = readRegular(path);
    if (bytes === null) throw new LabError('CHECKPOINT_DAMAGED', `${path} is gone.`, { place: { file: path } });
    const sha256 = sha256Of([bytes]);
    const entry = this.#entries.find((known) => known.sha256 === sha256);
    if (!entry) throw new LabError('CHECKPOINT_DAMAGED', `${path} is torn or changed: its SHA-256 is none of those that were written down.`, { place: { file: path } });
    return { file: decodeSafetensors(bytes, path), entry };
  }

  #readIndex(): IndexEntry[] {
    try {
      const { entries } = indexSchema.parse(readJson(join(this.#paths.checkpoints, 'index.json')));
      return entries.flatMap((entry) => indexEntry.safeParse(entry).data ?? []);
    } catch {
      return []; // none yet; or damaged, and then no checkpoint is known, which loadNewest says
    }
  }

  /** Before a content gets its name, so that no crash leaves a name without an entry. */
  #remember(entry: IndexEntry): void {
    const others = this.#entries.filter(({ sha256 }) => sha256 !== entry.sha256);
    this.#entries = [entry, ...others].filter(({ kinds }, index) => index < remembered || kinds.includes('kept'));
    writeFileAtomically(join(this.#paths.checkpoints, 'index.json'), [JSON.stringify({ version: 1, entries: this.#entries }, null, 2), '\n']);
  }

  /** Gives a file a second name, replacing what had it, in one step. */
  #publish(from: string, to: string): void {
    const temporary = `${to}.tmp-${process.pid}`;
    rmSync(temporary, { force: true });
    try {
      linkSync(from, temporary);
    } catch {
      copyFileSync(from, temporary); // a file system without links
      syncFile(temporary);
    }
    renameSync(temporary, to);
    rmSync(temporary, { force: true }); // rename leaves it where both were names of one file already
    syncFolder(this.#paths.checkpoints);
  }
}
