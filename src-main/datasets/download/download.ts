// Downloads one file: resumed where it stopped, tried again after cuts and server errors, never longer than it should be.
import type { IncomingMessage } from 'node:http';
import { mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LabError, type Progress } from '#contract';
import { ensureSpace } from '../cache/writer.ts';
import { drain } from './drain.ts';
import { dropPartial, readPartial, writePartial, type PartialInfo } from './partial.ts';
import { ask } from './request.ts';

/** What to download where. `bytes`: expected length, for the disk check and as cap (1.5 times). Times in milliseconds. */
export type DownloadOptions = {
  address: string;
  file: string;
  bytes: number;
  headers?: Record<string, string>;
  ca?: string;
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  stallMs?: number;
  retries?: number;
  backoffMs?: number;
};

type Start = { offset: number; total: number | null };

const number = (text: string | undefined): number | null => (text !== undefined && /^\d+$/.test(text) ? Number(text) : null);

function fail(message: string, { kept = 0, cause }: { kept?: number; cause?: unknown } = {}): LabError {
  return new LabError('DOWNLOAD_FAILED', `${message} Try again${kept > 0 ? ' (what has arrived is kept)' : ''}, or set another mirror.`, { cause });
}

/** Why a try failed, for a user. */
function reasonOf(error: unknown, address: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const host = URL.parse(address)?.host ?? address;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `This computer cannot reach ${host}: no address is known for that name (is it offline?)`;
  if (code === 'ECONNREFUSED') return `${host} refuses connections`;
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'ETIMEDOUT') return `This computer cannot reach ${host}`;
  return message.charAt(0).toUpperCase() + message.slice(1);
}

/** A failure after which another try makes sense. */
class Again extends Error {}

/** Where the body of an answer belongs; throws Again when it does not continue what we have. */
function startOf(answer: IncomingMessage, { offset, info }: { offset: number; info: PartialInfo | null }): Start {
  const status = answer.statusCode ?? 0;
  if (status === 200) return { offset: 0, total: number(answer.headers['content-length']) };
  if (status === 206) {
    const [, from, , total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(answer.headers['content-range'] ?? '') ?? [];
    if (Number(from) === offset && (info?.total === null || Number(total) === info?.total)) return { offset, total: number(total) };
  }
  throw new Again(status === 416 || status === 206 ? 'the server does not continue where the download stopped' : `the server answered ${status}`);
}

async function receive(body: AsyncIterable<Buffer>, { offset, total }: Start, options: DownloadOptions): Promise<number> {
  const handle = await open(`${options.file}.part`, offset === 0 ? 'w' : 'a', 0o600);
  const cap = total ?? Math.ceil(1.5 * options.bytes);
  let done = offset;
  try {
    for await (const chunk of body) {
      done += chunk.length;
      if (done > cap) throw new Again('the server sent more than it said');
      await handle.appendFile(chunk);
      options.onProgress?.({ stage: 'download', done, total, unit: 'bytes' });
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (total !== null && done !== total) throw new Error(`the connection was cut after ${done} of ${total} bytes`);
  return done;
}

async function tryOnce(options: DownloadOptions): Promise<void> {
  const part = `${options.file}.part`;
  const present = await readPartial(part, options.address);
  const validator = present.info?.etag ?? present.info?.lastModified;
  const range: Record<string, string> = present.offset > 0 && validator ? { range: `bytes=${present.offset}-`, 'if-range': validator } : {};
  const answer = await ask({ address: options.address, headers: { ...options.headers, ...range }, stallMs: options.stallMs ?? 30_000, signal: options.signal, ca: options.ca });
  const body = drain(answer);
  try {
    const start = startOf(answer, present);
    if (start.total !== null && start.total > 1.5 * options.bytes) throw fail(`${options.address} has ${start.total} bytes; ${options.bytes} are expected.`);
    const etag = answer.headers.etag?.startsWith('W/') ? null : (answer.headers.etag ?? null);
    await writePartial(part, { address: options.address, etag, lastModified: answer.headers['last-modified'] ?? null, total: start.total });
    await receive(body, start, options);
  } catch (error) {
    if (error instanceof Again && ![429].includes(answer.statusCode ?? 0) && (answer.statusCode ?? 0) < 500) await dropPartial(part, { bytes: true });
    throw error;
  } finally {
    answer.destroy();
  }
}

async function explain(error: unknown, options: DownloadOptions): Promise<unknown> {
  if (options.signal?.aborted) return new LabError('CANCELLED', `The download of ${options.address} was cancelled; it continues where it stopped when started again.`, { cause: error });
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return new LabError('DISK_FULL', `The disk is full: ${options.file}.part could not be written. Free some space and start again; what has arrived is kept.`, { cause: error });
  if (error instanceof LabError) return error;
  const kept = await stat(`${options.file}.part`).then(({ size }) => size, () => 0);
  return fail(`${options.address} could not be downloaded. ${reasonOf(error, options.address)}.`, { kept, cause: error });
}

/**
 * Downloads to `file`, by way of `file.part`. A partial file of the same address is continued if the server can.
 * Throws DOWNLOAD_FAILED after `retries` vain tries, DISK_FULL, CANCELLED; the digest is the caller's concern.
 */
export async function downloadFile(options: DownloadOptions): Promise<void> {
  const { file, signal, retries = 4, backoffMs = 500 } = options;
  await mkdir(dirname(file), { recursive: true });
  const have = await stat(`${file}.part`).then(({ size }) => size, () => 0);
  await ensureSpace(dirname(file), Math.max(0, options.bytes - have));
  for (let failures = 0; ; failures += 1) {
    try {
      await tryOnce(options);
      break;
    } catch (error) {
      const final = error instanceof LabError || signal?.aborted === true || (error as NodeJS.ErrnoException).code === 'ENOSPC' || failures >= retries;
      if (final) throw await explain(error, options);
      const done = await stat(`${file}.part`).then(({ size }) => size, () => 0);
      options.onProgress?.({ stage: 'download', done, total: options.bytes, unit: 'bytes', detail: `${reasonOf(error, options.address)}; trying again, ${failures + 2} of ${retries + 1}` });
    }
    await delay(backoffMs * 2 ** failures, undefined, { signal }).catch(async (error: unknown) => { throw await explain(error, options); });
  }
  await rename(`${file}.part`, file);
  await dropPartial(`${file}.part`, { bytes: false });
}
