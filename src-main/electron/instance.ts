// One app per home. Each start announces itself by a file before it asks for the lock; the instance that holds the lock removes
// the file as its answer. Without an answer the lock belongs to a program that hangs or runs on another computer.
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LabError } from '#contract';

/** What a start gives the instance that is already there. */
export type Instance = { file: string };

const answerLimitMs = 10_000;
const folderOf = (home: string): string => join(home, 'window', 'instances');

/** Writes the announcement of this start. */
export function announceInstance(home: string): Instance {
  const file = join(folderOf(home), randomUUID());
  mkdirSync(folderOf(home), { recursive: true, mode: 0o700 });
  writeFileSync(file, '', { mode: 0o600 });
  return { file };
}

/** Removes an announcement: one's own when the lock was free, or another start's as the answer to it. Other data is ignored. */
export function answerInstance(data: unknown, home: string): void {
  const file = (data as Partial<Instance> | null)?.file;
  if (typeof file === 'string' && dirname(file) === folderOf(home)) rmSync(file, { force: true });
}

/** Waits for the answer of the instance that holds the lock. @throws LabError CONFLICT when none comes */
export async function waitForAnswer({ file }: Instance, limitMs = answerLimitMs): Promise<void> {
  const limit = performance.now() + limitMs;
  while (existsSync(file) && performance.now() < limit) await delay(50);
  if (!existsSync(file)) return;
  rmSync(file, { force: true });
  const folder = dirname(dirname(file));
  throw new LabError('CONFLICT', `Another VSGD Lab holds ${folder}, but it does not answer. Close it, on another computer too if they share this folder; if none is running, delete ${join(folder, 'SingletonLock')} and start again.`, { place: { file: folder } });
}
