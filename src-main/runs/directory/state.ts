// state.json: what the database holds of a run and no other file says. Written with every change, so that a rebuilt database has it too.
import { lstatSync } from 'node:fs';
import { z } from 'zod';
import { runStates } from '#contract';
import { pathsIn } from './document.ts';
import { writeFileAtomically } from './files.ts';
import { readJson } from './regular.ts';

const time = z.string().max(100).nullable();

const stateSchema = z.strictObject({
  version: z.literal(1),
  /** When this was written: Unix time in milliseconds. */
  savedAt: z.number(),
  state: z.enum(runStates), reason: z.string().nullable(), desired: z.enum(['finished', 'paused', 'stopped']),
  /** Place in the queue; smaller is sooner. */
  position: z.number(),
  startedAt: time, endedAt: time, trashedAt: time,
  /** The trainer at work, and when it started in the system's own words. */
  pid: z.int().min(0).nullable(), pidStarted: z.string().max(100).nullable(),
});
export type StateRecord = z.infer<typeof stateSchema>;

/** The recorded state of a run; null without a file that can be read as one. */
export function readStateRecord(root: string): StateRecord | null {
  try {
    return stateSchema.parse(readJson(pathsIn(root).state));
  } catch {
    return null; // none, or a damaged one: the journal says the rest
  }
}

export const writeStateRecord = (root: string, record: StateRecord): void => writeFileAtomically(pathsIn(root).state, [JSON.stringify(record), '\n']);

function stampOf(file: string): string {
  const found = lstatSync(file, { throwIfNoEntry: false });
  return found ? `${found.mtimeMs}:${found.size}` : '-';
}

/** What tells whether state.json or run.json has been written since. */
export function stampFiles(root: string): string {
  const { state, document } = pathsIn(root);
  return `${stampOf(state)} ${stampOf(document)}`;
}
