// Makes small archives, good and hostile, byte by byte: tar, zip, and data sets in the published layouts.
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';

/** One tar entry; every field of its header can lie. */
export type TarEntry = { name: string; content?: Buffer; type?: string; mode?: number; size?: number | string; link?: string };

/** One tar header with its content, padded. `size` as text goes into the header as it is. */
export function tarEntry({ name, content = Buffer.alloc(0), type = '0', mode = 0o644, size, link = '' }: TarEntry): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 100, 'utf8');
  header.write(`${mode.toString(8).padStart(7, '0')}\0`, 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  if (typeof size === 'string') header.write(size, 124, 12, 'latin1');
  else header.write(`${(size ?? content.length).toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(link, 157);
  header.write('ustar\0' + '00', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** A tar.gz of these entries, with the end mark. */
export const tarGz = (entries: TarEntry[]): Buffer => gzipSync(Buffer.concat([...entries.map(tarEntry), Buffer.alloc(1024)]), { level: 1 });

/** One zip entry; what is given beside name and content lies. */
export type ZipItem = { name: string | Buffer; content?: Buffer; mode?: number; crc?: number; size?: number; offset?: number; localName?: string; flags?: number };

const empty = deflateRawSync(Buffer.alloc(0));

/** A zip file of these entries. `declared`: number of entries that the end mark claims. */
export function zip(items: ZipItem[], { declared = items.length, tail = Buffer.alloc(0) }: { declared?: number; tail?: Buffer } = {}): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, content = Buffer.alloc(0), mode = 0o100644, crc = crc32(content), size = content.length, offset = at, localName, flags = 0 } of items) {
    const bytes = Buffer.from(name as string);
    const packed = content.length === 0 ? empty : deflateRawSync(content);
    const local = Buffer.alloc(30);
    const localBytes = localName === undefined ? bytes : Buffer.from(localName);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(8, 8);
    local.writeUInt16LE(localBytes.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central[5] = 3;
    central.writeUInt16LE(flags, 8);
    central.writeUInt16LE(8, 10);
    central.writeUInt32LE(crc, 16);
    central.writeUInt32LE(packed.length, 20);
    central.writeUInt32LE(size, 24);
    central.writeUInt16LE(bytes.length, 28);
    central.writeUInt32LE((mode << 16) >>> 0, 38);
    central.writeUInt32LE(offset, 42);
    locals.push(local, localBytes, packed);
    directory.push(central, bytes);
    at += 30 + localBytes.length + packed.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(declared & 0xffff, 8);
  end.writeUInt16LE(declared & 0xffff, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, listed, end, tail]);
}

/** `count` records of CIFAR-10 with pseudo-random pixels; `label` overrides the class of record 0. */
export function cifar10Batch(count: number, { seed = 1, label }: { seed?: number; label?: number } = {}): Buffer {
  const bytes = Buffer.alloc(count * 3073);
  let state = seed;
  for (let index = 0; index < bytes.length; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[index] = index % 3073 === 0 ? Math.floor(index / 3073) % 10 : state >>> 24;
  }
  if (label !== undefined) bytes[0] = label;
  return bytes;
}

const names10 = 'airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n';

/** Entries of a small, right CIFAR-10 archive. */
export function cifar10Entries(count = 20): TarEntry[] {
  const folder = 'cifar-10-batches-bin/';
  const train = [1, 3, 4, 5, 2].map((batch) => ({ name: `${folder}data_batch_${batch}.bin`, content: cifar10Batch(count, { seed: batch }) }));
  return [
    { name: folder, type: '5', mode: 0o755 },
    { name: `${folder}batches.meta.txt`, content: Buffer.from(names10) },
    ...train,
    { name: `${folder}test_batch.bin`, content: cifar10Batch(count, { seed: 9 }) },
  ];
}

/** A small, right zip of Tiny ImageNet: one class, `count` training pictures, one for validation. */
export async function tinyZip(count: number): Promise<Buffer> {
  const content = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#08f' } }).jpeg().toBuffer();
  const folder = 'tiny-imagenet-200/';
  const train = Array.from({ length: count }, (_, index) => ({ name: `${folder}train/n00000001/images/n00000001_${index}.JPEG`, content }));
  return zip([
    { name: `${folder}wnids.txt`, content: Buffer.from('n00000001\n') },
    { name: `${folder}words.txt`, content: Buffer.from('n00000001\tfish\n') },
    ...train,
    { name: `${folder}val/val_annotations.txt`, content: Buffer.from('val_0.JPEG\tn00000001\t0\t0\t1\t1\n') },
    { name: `${folder}val/images/val_0.JPEG`, content },
  ]);
}
