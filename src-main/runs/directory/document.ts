// A run's directory: its id, its paths, its run.json.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError, type RunDocument } from '#contract';
import { writeFileAtomically } from './files.ts';
import type { Home } from './home.ts';

let lastTime = 0;

/** A sortable id as UUIDv7 makes them: milliseconds, then random bits; rising within a process. */
export function newRunId(): string {
  lastTime = Math.max(Date.now(), lastTime + 1);
  const hex = lastTime.toString(16).padStart(12, '0') + randomBytes(10).toString('hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const idPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export type RunPaths = { root: string; document: string; journal: string; cuts: string; checkpoints: string; log: string; lock: string; evaluation: string; optimizer: string };

/** Paths in a run directory. */
export function pathsIn(root: string): RunPaths {
  return { root, document: join(root, 'run.json'), journal: join(root, 'journal.jsonl'), cuts: join(root, 'journal.cuts'), checkpoints: join(root, 'checkpoints'), log: join(root, 'log.txt'), lock: join(root, 'trainer.lock'), evaluation: join(root, 'evaluation.json'), optimizer: join(root, 'optimizer.json') };
}

/** Paths of a run. @throws LabError NOT_FOUND for what is no id */
export function runPaths(home: Pick<Home, 'runs'>, id: string): RunPaths {
  if (!idPattern.test(id)) throw new LabError('NOT_FOUND', `'${id}' is not the id of a run. vsgd-lab runs list shows them.`);
  return pathsIn(join(home.runs, id));
}

/** Makes a run's directory with its run.json. */
export function createRunDirectory(home: Home, document: RunDocument): RunPaths {
  const paths = runPaths(home, document.id);
  mkdirSync(paths.checkpoints, { recursive: true, mode: 0o700 });
  writeFileAtomically(paths.document, [JSON.stringify(document, null, 2), '\n']);
  return paths;
}

/** @throws LabError NOT_FOUND without a run.json, STORE_DAMAGED when it cannot be read */
export function readRunDocument(root: string): RunDocument {
  const file = pathsIn(root).document;
  if (!existsSync(file)) throw new LabError('NOT_FOUND', `${root} is not a run directory: it has no run.json.`, { place: { file } });
  try {
    const document = JSON.parse(readFileSync(file, 'utf8')) as RunDocument;
    if (document.version !== 1 || !idPattern.test(document.id)) throw new Error(`version ${document.version}, id ${document.id}`);
    return document;
  } catch (cause) {
    throw new LabError('STORE_DAMAGED', `${file} cannot be read as a run: ${cause instanceof Error ? cause.message : String(cause)}. Restore it from a backup, or move the folder away.`, { place: { file }, cause });
  }
}

/** Rewrites run.json, for instance with new tags or another name. */
export const writeRunDocument = (root: string, document: RunDocument): void =>
  writeFileAtomically(pathsIn(root).document, [JSON.stringify(document, null, 2), '\n']);
