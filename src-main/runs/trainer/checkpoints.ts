// A run's checkpoint files: last with its predecessor, best, and kept ones; each with a small JSON that says where the journal stood.
import { createHash } from 'node:crypto';
import { existsSync, linkSync, copyFileSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LabError, toLabError, type CheckpointInfo } from '#contract';
import { decodeSafetensors, type StoredFile } from '#training';
import type { RunPaths } from '../directory/document.ts';
import { syncFolder, writeFileAtomically } from '../directory/files.ts';

export type CheckpointKind = 'last' | 'best' | 'kept';
/** Beside each checkpoint: the journal's offset does not belong into the file, which must be equal for equal state. */
export type Sidecar = CheckpointInfo & { offset: number; configHash: string; fingerprint: string; engine: string };

const sidecarOf = (file: string) => file.replace(/\.safetensors$/, '.json');

function publish(from: string, to: string): void {
  const temporary = `${to}.tmp-${process.pid}`;
  rmSync(temporary, { force: true });
  try {
    linkSync(from, temporary);
  } catch {
    copyFileSync(from, temporary); // a file system without links
  }
  renameSync(temporary, to);
}

/** Where a kind of checkpoint lies. */
export const checkpointFile = (paths: RunPaths, kind: CheckpointKind, step: number): string =>
  join(paths.checkpoints, kind === 'kept' ? `step-${step}.safetensors` : `${kind}.safetensors`);

/** Writes `last`; the one before stays as `previous` until the next. Returns what `runs show` lists. */
export function writeLast(paths: RunPaths, chunks: Uint8Array[], facts: Omit<Sidecar, keyof CheckpointInfo> & { step: number }): Sidecar {
  const file = checkpointFile(paths, 'last', facts.step);
  const previous = join(paths.checkpoints, 'previous.safetensors');
  const sidecar: Sidecar = {
    ...facts, path: file.slice(paths.root.length + 1), bytes: chunks.reduce((sum, { length }) => sum + length, 0),
    sha256: chunks.reduce((hash, chunk) => hash.update(chunk), createHash('sha256')).digest('hex'),
  };
  if (existsSync(file)) {
    publish(file, previous);
    if (existsSync(sidecarOf(file))) publish(sidecarOf(file), sidecarOf(previous));
  }
  writeFileAtomically(file, chunks);
  writeFileAtomically(sidecarOf(file), [JSON.stringify(sidecar)]);
  return sidecar;
}

/** Gives `last` a second name that stays. */
export function keepLast(paths: RunPaths, kind: 'best' | 'kept', last: Sidecar): Sidecar {
  const file = checkpointFile(paths, kind, last.step);
  const kept = { ...last, path: file.slice(paths.root.length + 1) };
  publish(checkpointFile(paths, 'last', last.step), file);
  writeFileAtomically(sidecarOf(file), [JSON.stringify(kept)]);
  syncFolder(paths.checkpoints);
  return kept;
}

export type Loaded = { file: StoredFile; sidecar: Sidecar; path: string; passedOver: string[] };

function readOne(path: string): { file: StoredFile; sidecar: Sidecar } {
  const sidecar = JSON.parse(readFileSync(sidecarOf(path), 'utf8')) as Sidecar;
  const bytes = readFileSync(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== sidecar.sha256) throw new LabError('CHECKPOINT_DAMAGED', `${path} does not have the SHA-256 that was written down for it.`, { place: { file: path } });
  return { file: decodeSafetensors(bytes, path), sidecar };
}

/** The newest checkpoint that is whole; what was passed over is said. Null where there is none at all. */
export function loadNewest(paths: RunPaths): Loaded | null {
  const passedOver: string[] = [];
  for (const name of ['last', 'previous']) {
    const path = join(paths.checkpoints, `${name}.safetensors`);
    if (!existsSync(path)) continue;
    try {
      return { ...readOne(path), path, passedOver };
    } catch (error) {
      passedOver.push(`${name}: ${toLabError(error).message}`);
    }
  }
  if (passedOver.length > 0) throw new LabError('CHECKPOINT_DAMAGED', `No checkpoint of ${paths.root} can be used. ${passedOver.join(' ')} Start the run anew, or fork another.`, { place: { file: paths.checkpoints } });
  return null;
}

/** A checkpoint by its path, for a fork. */
export function loadCheckpoint(path: string): StoredFile {
  if (!existsSync(path) || !statSync(path).isFile()) throw new LabError('NOT_FOUND', `There is no checkpoint ${path}.`, { place: { file: path } });
  return decodeSafetensors(readFileSync(path), path);
}
