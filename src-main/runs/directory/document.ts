// A run's directory: its id, its paths, its run.json.
import { randomBytes } from 'node:crypto';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { isRunId, LabError, runDocumentSchema, type RunDocument } from '#contract';
import { fileError, makeFolder, writeFileAtomically } from './files.ts';
import type { Home } from './home.ts';
import { readJson } from './regular.ts';

let lastTime = 0;

/** A sortable id as UUIDv7 makes them: milliseconds, then random bits; rising within a process. */
export function newRunId(): string {
  lastTime = Math.max(Date.now(), lastTime + 1);
  const hex = lastTime.toString(16).padStart(12, '0') + randomBytes(10).toString('hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export type RunPaths = { root: string; document: string; state: string; journal: string; cuts: string; checkpoints: string; log: string; lock: string; evaluation: string };

/** Paths in a run directory. */
export function pathsIn(root: string): RunPaths {
  return { root, document: join(root, 'run.json'), state: join(root, 'state.json'), journal: join(root, 'journal.jsonl'), cuts: join(root, 'journal.cuts'), checkpoints: join(root, 'checkpoints'), log: join(root, 'log.txt'), lock: join(root, 'trainer.lock'), evaluation: join(root, 'evaluation.json') };
}

/** Paths of a run. @throws LabError NOT_FOUND for what is no id */
export function runPaths(home: Pick<Home, 'runs'>, id: string): RunPaths {
  if (!isRunId(id)) throw new LabError('NOT_FOUND', `'${id}' is not the id of a run. vsgd-lab runs list shows them.`);
  return pathsIn(join(home.runs, id));
}

/** @throws LabError USAGE where a person gave a run what run.json does not hold: an empty name, too long a note */
function checked(document: RunDocument): RunDocument {
  const parsed = runDocumentSchema.safeParse(document);
  if (parsed.success) return document;
  const [issue] = parsed.error.issues;
  throw new LabError('USAGE', `The run cannot be saved: ${issue?.path.join('.')}: ${issue?.message}.`, { place: { key: issue?.path.join('.') } });
}

const textOf = (document: RunDocument): string[] => [JSON.stringify(checked(document), null, 2), '\n'];

/** Makes a run's directory with its run.json. @throws LabError USAGE, DISK_FULL */
export function createRunDirectory(home: Home, document: RunDocument): RunPaths {
  const paths = runPaths(home, document.id);
  const text = textOf(document);
  try {
    makeFolder(paths.checkpoints);
  } catch (cause) {
    throw fileError(cause, 'Making the folder of the run', paths.root);
  }
  writeFileAtomically(paths.document, text);
  return paths;
}

/** Why a run cannot be used: its folder holds something that no trainer of ours has written. */
export const damagedRun = (root: string, cause: unknown): LabError =>
  new LabError('RUN_DAMAGED', `The run in ${root} is damaged and was left out: ${cause instanceof z.ZodError ? z.prettifyError(cause).replaceAll(/\s*\n\s*/g, ' ') : cause instanceof Error ? cause.message : String(cause)}. Restore the folder from a backup, or move it away.`, { place: { file: root }, cause });

/** @throws LabError NOT_FOUND without a run.json, RUN_DAMAGED where it is not one, or that of another run */
export function readRunDocument(root: string): RunDocument {
  const file = pathsIn(root).document;
  let found: unknown;
  try {
    found = readJson(file);
    if (found !== undefined) {
      const document = runDocumentSchema.parse(found) as RunDocument;
      if (isRunId(basename(root)) && document.id !== basename(root)) throw new Error(`run.json is that of run ${document.id}`);
      return document;
    }
  } catch (cause) {
    throw damagedRun(root, cause);
  }
  throw new LabError('NOT_FOUND', `${root} is not a run directory: it has no run.json.`, { place: { file } });
}

/** Rewrites run.json, for instance with new tags or another name. @throws LabError USAGE, DISK_FULL */
export const writeRunDocument = (root: string, document: RunDocument): void => writeFileAtomically(pathsIn(root).document, textOf(document));
