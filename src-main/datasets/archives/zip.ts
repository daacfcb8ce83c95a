// A strict reader of zip files: the central directory is checked as a whole before anything is unpacked, then single
// entries are read into memory, CRC and length checked. Refused: overlaps, links, special permissions, encryption,
// harmful or double names, data before, between or behind the entries (see docs/decisions).
import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, createInflateRaw, inflateRaw, inflateRawSync } from 'node:zlib';
import { describeStart, readStart } from './gzip.ts';
import { createNameGuard, damagedArchive, hostile } from './names.ts';
import { findDirectory } from './zipDirectory.ts';

/** One file of the archive. `limit` is where the next entry begins. */
export type ZipEntry = { path: string; size: number; compressed: number; method: number; crc: number; offset: number; limit: number };

/** Caps of one archive: number of entries, bytes of one entry and of all together when unpacked. */
export type ZipLimits = { maxEntries: number; maxEntryBytes: number; maxBytes: number };

/** An open archive; `files` are in the order in which they lie in it. `stream` is for what is too large for memory: its end is the proof of its content. */
export type ZipArchive = { files: ZipEntry[]; read(entry: ZipEntry): Promise<Buffer>; stream(entry: ZipEntry): AsyncGenerator<Buffer>; close(): Promise<void> };

const headerBytes = 46;
const localBytes = 30;
const maxGap = 65_536 + 24;
const maxRatio = 200;
const ratioSlack = 1 << 16;
const inflate = promisify(inflateRaw);

type Parsed = { entry: ZipEntry; mode: number; flags: number; next: number };

function parseEntry(directory: Buffer, at: number, archive: string): Parsed {
  if (at + headerBytes > directory.length || directory.readUInt32LE(at) !== 0x02014b50) throw damagedArchive(archive, 'its list of entries is broken');
  const nameLength = directory.readUInt16LE(at + 28);
  const next = at + headerBytes + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  if (next > directory.length) throw damagedArchive(archive, 'its list of entries is cut');
  const entry: ZipEntry = {
    path: directory.toString('utf8', at + headerBytes, at + headerBytes + nameLength),
    method: directory.readUInt16LE(at + 10),
    crc: directory.readUInt32LE(at + 16),
    compressed: directory.readUInt32LE(at + 20),
    size: directory.readUInt32LE(at + 24),
    offset: directory.readUInt32LE(at + 42),
    limit: 0,
  };
  const madeBy = directory[at + 5];
  const mode = madeBy === 3 || madeBy === 19 ? directory.readUInt32LE(at + 38) >>> 16 : 0;
  return { entry, mode, next, flags: directory.readUInt16LE(at + 8) };
}

function faultOfEntry({ entry, mode, flags }: Parsed, limits: ZipLimits): string | null {
  const type = mode & 0o170000;
  const folder = entry.path.endsWith('/');
  if (type !== 0 && type !== 0o100000 && type !== 0o040000) return 'is a link, a FIFO or a device';
  if ((type === 0o040000) !== folder && type !== 0) return 'is a folder by one account and a file by another';
  if ((mode & 0o6000) !== 0) return 'has special permissions (setuid or setgid)';
  if ((flags & 0x2041) !== 0) return 'is encrypted';
  if (entry.method !== 0 && entry.method !== 8) return `is compressed by the unknown method ${entry.method}`;
  if (folder && entry.size !== 0) return 'is a folder with content';
  if (entry.method === 0 && entry.size !== entry.compressed) return 'lies about its size';
  if (entry.size > limits.maxEntryBytes) return `has ${entry.size} bytes; at most ${limits.maxEntryBytes} are allowed`;
  if (entry.size > maxRatio * entry.compressed + ratioSlack) return `grows more than ${maxRatio} times when unpacked`;
  return null;
}

function checkLayout(entries: ZipEntry[], end: number, archive: string): void {
  entries.sort((one, other) => one.offset - other.offset);
  if (entries.length > 0 && entries[0]?.offset !== 0) throw hostile(archive, 'something lies before its first entry');
  entries.forEach((entry, index) => {
    entry.limit = entries[index + 1]?.offset ?? end;
    const used = localBytes + Buffer.byteLength(entry.path) + entry.compressed;
    if (entry.offset + used > entry.limit) throw hostile(archive, `the entry ${JSON.stringify(entry.path)} overlaps another`);
    if (entry.limit - entry.offset - used > maxGap) throw hostile(archive, `there is something hidden behind the entry ${JSON.stringify(entry.path)}`);
  });
}

function parseDirectory(directory: Buffer, limits: ZipLimits, archive: string): ZipEntry[] {
  const names = createNameGuard(archive, limits.maxEntries);
  const entries: ZipEntry[] = [];
  let total = 0;
  for (let at = 0; at < directory.length;) {
    const parsed = parseEntry(directory, at, archive);
    names.add(parsed.entry.path);
    const fault = faultOfEntry(parsed, limits);
    if (fault !== null) throw hostile(archive, `the entry ${JSON.stringify(parsed.entry.path)} ${fault}`);
    total += parsed.entry.size;
    if (total > limits.maxBytes) throw hostile(archive, `it holds more than ${limits.maxBytes} bytes`);
    entries.push(parsed.entry);
    at = parsed.next;
  }
  return entries;
}

/** Where the content of an entry lies in its span, which begins with its local header. */
function contentStart(span: Buffer, entry: ZipEntry, archive: string): number {
  if (span.length < localBytes || span.readUInt32LE(0) !== 0x04034b50) throw damagedArchive(archive, `the entry ${entry.path} has no header where it should`);
  const nameLength = span.readUInt16LE(26);
  const start = localBytes + nameLength + span.readUInt16LE(28);
  const name = span.toString('utf8', localBytes, localBytes + nameLength);
  if (name !== entry.path) throw hostile(archive, `the entry ${JSON.stringify(entry.path)} has a second name, ${JSON.stringify(name.slice(0, 80))}`);
  if (start + entry.compressed > entry.limit - entry.offset) throw hostile(archive, `the entry ${JSON.stringify(entry.path)} overlaps another`);
  return start;
}

async function unpack(content: Buffer, entry: ZipEntry, archive: string): Promise<Buffer> {
  let bytes = content;
  try {
    const options = { maxOutputLength: entry.size + 1 };
    if (entry.method === 8) bytes = entry.size <= 65_536 ? inflateRawSync(content, options) : await inflate(content, options);
  } catch (cause) {
    throw damagedArchive(archive, `the entry ${entry.path} does not unpack to its ${entry.size} bytes`, cause);
  }
  if (bytes.length !== entry.size || crc32(bytes) !== entry.crc) throw damagedArchive(archive, `the entry ${entry.path} has a wrong checksum or length`);
  return bytes;
}

async function readEntry(handle: FileHandle, entry: ZipEntry, archive: string): Promise<Buffer> {
  const span = Buffer.allocUnsafe(entry.limit - entry.offset);
  const { bytesRead } = await handle.read(span, 0, span.length, entry.offset);
  const start = contentStart(span.subarray(0, bytesRead), entry, archive);
  if (start + entry.compressed > bytesRead) throw damagedArchive(archive, `it ends within ${entry.path}`);
  return unpack(span.subarray(start, start + entry.compressed), entry, archive);
}

async function* streamEntry(handle: FileHandle, entry: ZipEntry, archive: string): AsyncGenerator<Buffer> {
  const head = Buffer.alloc(Math.min(localBytes + maxGap, entry.limit - entry.offset));
  const { bytesRead } = await handle.read(head, 0, head.length, entry.offset);
  const start = entry.offset + contentStart(head.subarray(0, bytesRead), entry, archive);
  const source = createReadStream(archive, { start, end: start + entry.compressed - 1, highWaterMark: 1 << 20 });
  const inflating = entry.method === 8 ? createInflateRaw({ chunkSize: 1 << 20 }) : null;
  if (inflating) source.once('error', (error) => inflating.destroy(error)).pipe(inflating);
  let [bytes, crc] = [0, 0];
  try {
    for await (const chunk of (inflating ?? source) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      crc = crc32(chunk, crc);
      if (bytes > entry.size) break;
      yield chunk;
    }
  } catch (cause) {
    if (String((cause as NodeJS.ErrnoException).code).startsWith('Z_')) throw damagedArchive(archive, `the entry ${entry.path} does not unpack to its ${entry.size} bytes`, cause);
    throw cause;
  } finally {
    source.destroy();
    inflating?.destroy();
  }
  if (bytes !== entry.size || crc !== entry.crc) throw damagedArchive(archive, `the entry ${entry.path} has a wrong checksum or length`);
}

/** Opens a zip file and checks its list of entries as a whole. Throws DATASET_HOSTILE or DATASET_DAMAGED; `close` it. */
export async function openZip(archive: string, limits: ZipLimits): Promise<ZipArchive> {
  const start = await readStart(archive, 64);
  if (start.length < 4 || start.readUInt32LE(0) !== 0x04034b50) throw damagedArchive(archive, describeStart(start));
  const handle = await open(archive, 'r');
  try {
    const { directory, offset } = await findDirectory(handle, archive, limits.maxEntries);
    const entries = parseDirectory(directory, limits, archive);
    checkLayout(entries, offset, archive);
    const files = entries.filter(({ path }) => !path.endsWith('/'));
    return { files, read: (entry) => readEntry(handle, entry, archive), stream: (entry) => streamEntry(handle, entry, archive), close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
