// A strict reader of tar streams: plain files and folders with harmless names, nothing else (see docs/decisions).
// Nothing is written: the content of an entry goes to the sink that the caller chose for it.
import { withByteReader, type ByteReader } from './bytes.ts';
import { createNameGuard, damagedArchive, hostile } from './names.ts';

const block = 512;
const maxEntries = 10_000;
const maxPaxBytes = 65_536;
const kinds: Record<string, string> = { 1: 'a hard link', 2: 'a symbolic link', 3: 'a device', 4: 'a device', 6: 'a FIFO', L: 'a long name', K: 'a long link', S: 'a sparse file', V: 'a volume label', M: 'a continuation' };
const harmlessPaxKeys = /^(mtime|atime|ctime|uid|gid|uname|gname|comment|charset|SCHILY\..*|LIBARCHIVE\..*)$/;

/** What to do with one file of the archive: take its content in chunks, then know that it is complete. */
export type EntrySink = { write(chunk: Buffer): void | Promise<void>; end(): void | Promise<void> };

/** Chooses a sink for a file by its path and size; null skips its content. */
export type SinkChooser = (path: string, size: number) => EntrySink | null;

type Header = { path: string; size: number; type: string };

function textOf(field: Buffer): string {
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? field.length : end).toString('utf8');
}

function numberOf(field: Buffer, archive: string): number {
  if (((field[0] as number) & 0x80) !== 0) throw hostile(archive, 'a size is negative or larger than any data set');
  const digits = field.toString('latin1').replace(/[\0 ]+$/, '').trimStart();
  if (!/^[0-7]*$/.test(digits)) throw damagedArchive(archive, 'a number in a tar header is not octal');
  return parseInt(digits || '0', 8);
}

/** Whether this block is a tar header: its checksum agrees. */
export function isTarHeader(header: Buffer): boolean {
  if (header.length < block) return false;
  let sum = 0;
  for (let index = 0; index < block; index += 1) sum += index >= 148 && index < 156 ? 32 : (header[index] as number);
  return sum === parseInt(header.toString('latin1', 148, 156).replace(/\0.*$/s, '').trim(), 8);
}

function parseHeader(header: Buffer, archive: string): Header {
  if (!isTarHeader(header)) throw damagedArchive(archive, 'a tar header has a wrong checksum');
  const ustar = header.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = ustar ? textOf(header.subarray(345, 500)) : '';
  const name = textOf(header.subarray(0, 100));
  const path = prefix === '' ? name : `${prefix}/${name}`;
  const type = header[156] === 0 ? '0' : String.fromCharCode(header[156] as number);
  const mode = numberOf(header.subarray(100, 108), archive);
  if ((mode & 0o7000) !== 0 && type !== '5') throw hostile(archive, `the entry ${JSON.stringify(path)} has special permissions (setuid, setgid or sticky)`);
  return { path, type, size: numberOf(header.subarray(124, 136), archive) };
}

/** A PAX record may add times and owners; one that changes a path, a link or a size is refused. */
function checkPax(content: Buffer, archive: string): void {
  for (const record of content.toString('utf8').split('\n').filter((line) => line !== '')) {
    const key = /^\d+ ([^=]+)=/.exec(record)?.[1] ?? record.slice(0, 40);
    if (!harmlessPaxKeys.test(key)) throw hostile(archive, `an extended header sets ${JSON.stringify(key)}`);
  }
}

async function checkEnd(reader: ByteReader, archive: string): Promise<void> {
  const second = await reader.take(block);
  if (second === null || second.some((byte) => byte !== 0)) throw damagedArchive(archive, 'its end mark is incomplete');
  for (let rest = await reader.some(1 << 16); rest !== null; rest = await reader.some(1 << 16)) {
    if (rest.some((byte) => byte !== 0)) throw damagedArchive(archive, 'there is something behind its end');
  }
}

async function readContent(reader: ByteReader, size: number, sink: EntrySink | null): Promise<boolean> {
  let missing = size;
  while (missing > 0) {
    const chunk = await reader.some(missing);
    if (chunk === null) return false;
    missing -= chunk.length;
    await sink?.write(chunk);
  }
  const padding = (block - (size % block)) % block;
  if ((await reader.take(padding)) === null && padding > 0) return false;
  await sink?.end();
  return true;
}

async function readPax(reader: ByteReader, size: number, archive: string): Promise<void> {
  if (size > maxPaxBytes) throw hostile(archive, `an extended header has ${size} bytes`);
  const content = await reader.take(Math.ceil(size / block) * block);
  if (content === null) throw damagedArchive(archive, 'it ends within an extended header');
  checkPax(content.subarray(0, size), archive);
}

function checkKind(header: Header, archive: string): void {
  if (header.type === '0' || (header.type === '5' && header.size === 0)) return;
  const kind = kinds[header.type] ?? `an entry of type ${JSON.stringify(header.type)}`;
  throw hostile(archive, `the entry ${JSON.stringify(header.path.slice(0, 80))} is ${kind}`);
}

async function readEntries(reader: ByteReader, archive: string, choose: SinkChooser): Promise<void> {
  const names = createNameGuard(archive, maxEntries);
  for (;;) {
    const raw = await reader.take(block);
    if (raw === null) throw damagedArchive(archive, 'it ends without an end mark (the download was cut)');
    if (raw.every((byte) => byte === 0)) return checkEnd(reader, archive);
    const header = parseHeader(raw, archive);
    if (header.type === 'x' || header.type === 'g') {
      await readPax(reader, header.size, archive);
      continue;
    }
    names.add(header.path);
    checkKind(header, archive);
    const sink = header.type === '0' ? choose(header.path, header.size) : null;
    if (!(await readContent(reader, header.size, sink))) throw damagedArchive(archive, `it ends within ${header.path}`);
  }
}

/**
 * Reads a tar stream to its end; `archive` names it in messages. Throws DATASET_HOSTILE for links, devices, special
 * permissions, harmful or double names, too many entries; DATASET_DAMAGED when cut, flipped or followed by something.
 */
export async function readTar(archive: string, chunks: AsyncIterable<Buffer>, choose: SinkChooser): Promise<void> {
  await withByteReader(chunks, (reader) => readEntries(reader, archive, choose));
}
