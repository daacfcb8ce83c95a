// Engines on this disk: what is installed, an installation that did not come to its end, how one is put away and brought back.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { LabError } from '#contract';
import { listInstalled, type InstalledEngine } from '#training';
import type { Flavour } from './context.ts';
import { parseWheelName } from './packageIndex/wheels.ts';

export const engineName = (flavour: Flavour): InstalledEngine['name'] => (flavour === 'cuda' ? 'tensorflow-cuda' : 'tensorflow');

/** Whether an engine ever got its binding: without it nobody knows whether its libraries can be linked with. */
export const isBuilt = (folder: string): boolean => existsSync(join(folder, 'binding', 'vsgd_tensorflow.node'));

/** Bytes of the files below a folder. */
export function folderBytes(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

const trashFolder = (engines: string): string => join(engines, '.trash');

/** Moves every version of an engine out of the way, to be brought back or deleted. @returns the trash's entry @throws LabError NOT_FOUND */
export async function putAway(engines: string, name: string): Promise<string> {
  const chosen = listInstalled(engines).filter((engine) => engine.name === name);
  if (chosen.length === 0) throw new LabError('NOT_FOUND', `'${name}' is not installed. Installed are: ${listInstalled(engines).map((engine) => engine.name).join(', ') || 'none'}.`);
  const id = `${Date.now()}-${name}`;
  await mkdir(join(trashFolder(engines), id), { recursive: true, mode: 0o700 });
  for (const { folder } of chosen) await rename(folder, join(trashFolder(engines), id, folder.slice(engines.length + 1)));
  return id;
}

const checkId = (id: string): string => {
  if (/^\d+-tensorflow(-cuda)?$/.test(id)) return id;
  throw new LabError('NOT_FOUND', `There is no removed engine ${JSON.stringify(id)}.`);
};

/** Brings back what was put away. @throws LabError NOT_FOUND once it is gone, CONFLICT where it was installed anew meanwhile */
export async function bringBack(engines: string, id: string): Promise<void> {
  const folder = join(trashFolder(engines), checkId(id));
  if (!existsSync(folder)) throw new LabError('NOT_FOUND', 'The engine has been deleted meanwhile. Install it again.');
  for (const name of readdirSync(folder)) {
    if (existsSync(join(engines, name))) throw new LabError('CONFLICT', `${name} has been installed again meanwhile; it stays as it is.`);
    await rename(join(folder, name), join(engines, name));
  }
  await rm(folder, { recursive: true, force: true });
}

/** Deletes what was put away: one entry, or all. */
export async function emptyTrash(engines: string, id?: string): Promise<void> {
  await rm(id === undefined ? trashFolder(engines) : join(trashFolder(engines), checkId(id)), { recursive: true, force: true });
}

const pendingSchema = z.object({ name: z.enum(['tensorflow', 'tensorflow-cuda']), version: z.string().nullable(), index: z.string().nullable(), from: z.string().nullable(), wheels: z.array(z.string()) });
/** An installation that was begun, as it was asked for. */
export type PendingInstall = z.infer<typeof pendingSchema>;
const pendingFile = (engines: string): string => join(engines, 'installing.json');

/** What was begun and not brought to its end; null where nothing was. */
export function readPending(engines: string): PendingInstall | null {
  try {
    return pendingSchema.parse(JSON.parse(readFileSync(pendingFile(engines), 'utf8')));
  } catch {
    return null;
  }
}

/** Remembers (or forgets, by null) what is being installed. An index with credentials is not written down. */
export async function writePending(engines: string, pending: PendingInstall | null): Promise<void> {
  if (pending === null) return rm(pendingFile(engines), { force: true });
  const index = pending.index !== null && /\/\/[^/]*@/.test(pending.index) ? null : pending.index;
  await writeFile(pendingFile(engines), JSON.stringify({ ...pending, index }), { mode: 0o600 });
}

/** Deletes the wheels that an installation has downloaded, whole or in part, and forgets it. */
export async function discardDownloads({ engines, downloads }: { engines: string; downloads: string }): Promise<void> {
  for (const name of existsSync(downloads) ? readdirSync(downloads) : []) {
    const project = parseWheelName(name.replace(/\.part(\.json)?$/, ''))?.project ?? '';
    if (/^(tensorflow(-cpu)?|nvidia-.*)$/.test(project)) await rm(join(downloads, name), { force: true });
  }
  await writePending(engines, null);
}
