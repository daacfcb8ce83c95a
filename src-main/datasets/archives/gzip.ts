// Streams the content of a gzip file, with caps on bytes and on the ratio, and words for what can be wrong with it.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip, type Gunzip } from 'node:zlib';
import { damagedArchive, hostile } from './names.ts';

/** Caps and listeners of one archive. `maxBytes`: of content. */
export type ReadLimits = { maxBytes: number; signal?: AbortSignal; onRead?: (compressedBytes: number) => void };

const maxRatio = 200;
const ratioSlack = 4 << 20;
const chunkBytes = 1 << 18;

/** The first bytes of a file, at most `length`. */
export async function readStart(path: string, length: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** What a file is that is no archive, in words for the message. */
export function describeStart(start: Buffer): string {
  if (start.length === 0) return 'it is empty';
  if (/^\s*<(!doctype|html|\?xml|head|body)/i.test(start.toString('latin1'))) return 'it is a web page, not an archive (the server answered with an error or a login page)';
  return `it begins with the bytes ${start.subarray(0, 4).toString('hex')}, which is no known archive`;
}

async function checkMagic(path: string): Promise<void> {
  const start = await readStart(path, 64);
  if (start[0] !== 0x1f || start[1] !== 0x8b) throw damagedArchive(path, describeStart(start));
}

function explain(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR') return damagedArchive(path, 'it ends too early (the download was cut)', error);
  if (code?.startsWith('Z_')) return damagedArchive(path, 'its compressed data is wrong (flipped bits, or something behind the end)', error);
  return error;
}

/** The content of a gzip file, or of a plain one as it is; both under the caps. */
export async function* contentOf(path: string, limits: ReadLimits): AsyncGenerator<Buffer> {
  const start = await readStart(path, 2);
  if (start[0] === 0x1f && start[1] === 0x8b) return yield* gunzipFile(path, limits);
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes, signal: limits.signal })) {
    bytes += (chunk as Buffer).length;
    if (bytes > limits.maxBytes) throw hostile(path, `it holds more than ${limits.maxBytes} bytes`);
    limits.onRead?.(bytes);
    yield chunk as Buffer;
  }
}

/** The content of a gzip file in chunks. Throws DATASET_DAMAGED when broken, DATASET_HOSTILE over the caps. */
export async function* gunzipFile(path: string, limits: ReadLimits): AsyncGenerator<Buffer> {
  await checkMagic(path);
  const source = createReadStream(path, { highWaterMark: chunkBytes, signal: limits.signal });
  const gunzip: Gunzip = createGunzip({ chunkSize: chunkBytes });
  // Not stream.pipeline: awaiting it after an early return may never end (seen with Node 24).
  source.once('error', (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  let bytes = 0;
  try {
    for await (const chunk of gunzip) {
      bytes += (chunk as Buffer).length;
      if (bytes > limits.maxBytes) throw hostile(path, `it holds more than ${limits.maxBytes} bytes`);
      if (bytes > maxRatio * source.bytesRead + ratioSlack) throw hostile(path, `it grows more than ${maxRatio} times when unpacked`);
      limits.onRead?.(source.bytesRead);
      yield chunk as Buffer;
    }
  } catch (error) {
    throw explain(path, error);
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}
