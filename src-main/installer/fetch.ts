// Wheels as files: downloaded to the end where they are not, every byte compared with the index's SHA-256.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LabError } from '#contract';
import { ask, downloadFile } from '#datasets';
import { checkCancelled, type InstallContext } from './context.ts';
import type { IndexConfiguration } from './packageIndex/configuration.ts';
import type { Wheel } from './packageIndex/select.ts';

const chunkBytes = 1 << 20;

/** SHA-256 of a file, with progress. */
export async function sha256Of(file: string, { signal, onProgress }: InstallContext): Promise<string> {
  const hash = createHash('sha256');
  const total = (await stat(file)).size;
  let done = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: chunkBytes })) {
    checkCancelled(signal);
    hash.update(chunk as Buffer);
    done += (chunk as Buffer).length;
    onProgress?.({ stage: 'verify', done, total, unit: 'bytes', detail: basename(file) });
  }
  return hash.digest('hex');
}

/** Length of a wheel whose index does not tell it (pages of links do not); null where the server does not either. */
async function askLength({ address, authorization }: Wheel, ca: string | null, signal: AbortSignal | undefined): Promise<number | null> {
  const answer = await ask({ address, headers: authorization ? { authorization } : {}, stallMs: 30_000, signal, ...(ca ? { ca } : {}) });
  answer.destroy();
  const length = Number(answer.headers['content-length']);
  return answer.statusCode === 200 && Number.isSafeInteger(length) && length > 0 ? length : null;
}

/** A length nobody has told. */
const guessedBytes = 700e6;

/** The wheel with its length. */
export async function withLength(wheel: Wheel, { ca }: IndexConfiguration, { signal }: InstallContext): Promise<Wheel & { bytes: number }> {
  return { ...wheel, bytes: wheel.bytes ?? (await askLength(wheel, ca, signal).catch(() => null)) ?? guessedBytes };
}

/**
 * The file of a wheel in `downloads`; a partial one is continued, a whole one is only compared.
 * @throws LabError DOWNLOAD_FAILED, ENGINE_DAMAGED for another content than the index says (it is deleted then), DISK_FULL, CANCELLED
 */
export async function fetchWheel(wheel: Wheel & { bytes: number }, { ca }: IndexConfiguration, context: InstallContext): Promise<string> {
  const { downloads, signal, onProgress } = context;
  const file = join(downloads, wheel.file);
  if (!existsSync(file)) {
    await downloadFile({
      address: wheel.address, file, bytes: wheel.bytes, signal, onProgress: (progress) => onProgress?.({ ...progress, detail: wheel.file }),
      ...(wheel.authorization ? { headers: { authorization: wheel.authorization } } : {}), ...(ca ? { ca } : {}),
    });
  }
  const sha256 = await sha256Of(file, context);
  if (sha256 === wheel.sha256) return file;
  await rm(file, { force: true });
  throw new LabError('ENGINE_DAMAGED', `${wheel.address} is not what the package index says: its SHA-256 is ${sha256}, and should be ${wheel.sha256}. It was deleted and nothing was installed. Try again; if it stays so, the index or something on the way to it is broken.`, { place: { file } });
}
