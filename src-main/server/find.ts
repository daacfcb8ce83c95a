// Finds the server that is up on a home, by the file that it left there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Home } from '#runs';

const credentialFile = z.object({ pid: z.int().positive(), address: z.url(), token: z.string() });
const answerMs = 1000;

/** Its address and the page that opens it; null where none answers to the token. */
export async function findServer({ root }: Pick<Home, 'root'>): Promise<{ address: string; page: string } | null> {
  try {
    const { pid, address, token } = credentialFile.parse(JSON.parse(readFileSync(join(root, 'server.json'), 'utf8')));
    process.kill(pid, 0); // throws where it is gone, or another user's: the token is not for whoever has that port now
    const { ok } = await fetch(`${address}/trpc/system.about`, { headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(answerMs) });
    return ok ? { address, page: join(root, 'open.html') } : null;
  } catch {
    return null; // no file, or nobody there
  }
}
