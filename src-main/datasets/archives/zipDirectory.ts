// Finds the central directory of a zip file, also one of more than 65,535 entries (zip64, as the full Tiny ImageNet is).
import type { FileHandle } from 'node:fs/promises';
import { damagedArchive, hostile } from './names.ts';

const endBytes = 22;
const locatorBytes = 20;
const end64Bytes = 56;
const maxComment = 65_535;
const maxBytesPerEntry = 1024;

/** Bytes of the central directory, and where it begins. */
export type ZipDirectory = { directory: Buffer; offset: number };

type End = { entries: number; bytes: number; offset: number; at: number };

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

function findEnd(tail: Buffer, archive: string): number {
  for (let at = tail.length - endBytes; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) === 0x06054b50 && at + endBytes + tail.readUInt16LE(at + 20) === tail.length) return at;
  }
  throw damagedArchive(archive, 'it has no end mark, or something behind it (the download was cut or changed)');
}

async function readEnd64(handle: FileHandle, locator: Buffer, archive: string): Promise<End> {
  const at = Number(locator.readBigUInt64LE(8));
  const record = await readAt(handle, at, end64Bytes);
  if (record.length < end64Bytes || record.readUInt32LE(0) !== 0x06064b50) throw damagedArchive(archive, 'its zip64 end mark is broken');
  if (record.readUInt32LE(16) !== 0 || record.readUInt32LE(20) !== 0) throw hostile(archive, 'it is one part of several');
  return { entries: Number(record.readBigUInt64LE(32)), bytes: Number(record.readBigUInt64LE(40)), offset: Number(record.readBigUInt64LE(48)), at };
}

async function readEnd(handle: FileHandle, archive: string): Promise<End> {
  const { size } = await handle.stat();
  const from = Math.max(0, size - endBytes - maxComment - locatorBytes);
  const tail = await readAt(handle, from, size - from);
  const at = findEnd(tail, archive);
  const locator = at >= locatorBytes ? tail.subarray(at - locatorBytes, at) : null;
  if (locator?.readUInt32LE(0) === 0x07064b50) return readEnd64(handle, locator, archive);
  if (tail.readUInt32LE(at + 4) !== 0) throw hostile(archive, 'it is one part of several');
  return { entries: tail.readUInt16LE(at + 10), bytes: tail.readUInt32LE(at + 12), offset: tail.readUInt32LE(at + 16), at: from + at };
}

/** Reads the central directory. Throws DATASET_DAMAGED when there is none, DATASET_HOSTILE when it is larger than `maxEntries` explain. */
export async function findDirectory(handle: FileHandle, archive: string, maxEntries: number): Promise<ZipDirectory> {
  const end = await readEnd(handle, archive);
  if (end.entries > maxEntries) throw hostile(archive, `it has ${end.entries} entries; at most ${maxEntries} are allowed`);
  if (end.bytes > maxEntries * maxBytesPerEntry) throw hostile(archive, `its list of entries has ${end.bytes} bytes`);
  if (end.offset + end.bytes !== end.at) throw damagedArchive(archive, 'its list of entries is not where it should be');
  const directory = await readAt(handle, end.offset, end.bytes);
  if (directory.length !== end.bytes) throw damagedArchive(archive, 'its list of entries is cut');
  return { directory, offset: end.offset };
}
