// A server of ours that was started with --json: where it listens, once its file is whole.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export type Served = { address: string; token: string; pid: number };

/** Resolves when the server of this home is up. */
export async function served(home: string): Promise<Served> {
  const file = join(home, 'server.json');
  while (!existsSync(file) || !readFileSync(file, 'utf8').trim().endsWith('}')) await delay(20);
  return JSON.parse(readFileSync(file, 'utf8')) as Served;
}
