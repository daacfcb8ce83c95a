// Reads the size of a JPEG or PNG from its own bytes and walks it to its end, before any decoder sees it:
// a decoder's success proves nothing for a file that was cut (faults.md section 3).

/** What the bytes say about a picture. */
export type PictureHeader = { format: 'jpeg' | 'png'; width: number; height: number };

const maxScans = 100;
const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const cut = 'it is cut off: its end is missing';

type Walk = { width: number; height: number; scans: number };

/** Offset of the first marker behind entropy-coded data that begins at `from`; -1 when there is none. */
function skipScan(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(0xff, from);
  while (at !== -1 && at + 1 < bytes.length) {
    const next = bytes[at + 1] as number;
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
    at = bytes.indexOf(0xff, next === 0xff ? at + 1 : at + 2);
  }
  return -1;
}

function readFrame(bytes: Buffer, { at, marker }: { at: number; marker: number }, walk: Walk): string | null {
  if (walk.width > 0) return 'it declares its size twice';
  if (marker > 0xc2) return 'it is a kind of JPEG that no camera writes (lossless, arithmetic or hierarchical)';
  if (at + 10 > bytes.length) return cut;
  walk.height = bytes.readUInt16BE(at + 5);
  walk.width = bytes.readUInt16BE(at + 7);
  return walk.width === 0 || walk.height === 0 ? 'its width or height is 0' : null;
}

const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

function readJpeg(bytes: Buffer): PictureHeader | string {
  const walk: Walk = { width: 0, height: 0, scans: 0 };
  let at = 2;
  while (at !== -1 && at + 4 <= bytes.length + 2) {
    if (bytes[at] !== 0xff) return 'its markers are broken';
    const marker = bytes[at + 1] as number;
    if (marker === 0xff) { at += 1; continue; }
    if (marker === 0xd9) return walk.scans === 0 ? 'it has no picture in it' : { format: 'jpeg', width: walk.width, height: walk.height };
    if (at + 4 > bytes.length) return cut;
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    const fault = isFrame(marker) ? readFrame(bytes, { at, marker }, walk) : null;
    if (fault !== null) return fault;
    if (marker === 0xda) {
      walk.scans += 1;
      if (walk.width === 0) return 'it has no size';
      if (walk.scans > maxScans) return `it has more than ${maxScans} scans`;
    }
    at = marker === 0xda ? skipScan(bytes, end) : end;
  }
  return cut;
}

function readPng(bytes: Buffer): PictureHeader | string {
  if (bytes.length < 33 || bytes.toString('latin1', 12, 16) !== 'IHDR') return cut;
  const header: PictureHeader = { format: 'png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  if (header.width === 0 || header.height === 0) return 'its width or height is 0';
  for (let at = 8; at + 12 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    if (bytes.toString('latin1', at + 4, at + 8) === 'IEND') return header;
  }
  return cut;
}

/** Format and size of a picture, or, as text, what is wrong with it. Reads the whole of it, in one pass. */
export function readPictureHeader(bytes: Uint8Array): PictureHeader | string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length === 0) return 'it is empty';
  if (buffer[0] === 0xff && buffer[1] === 0xd8) return readJpeg(buffer);
  if (buffer.subarray(0, 8).equals(pngSignature)) return readPng(buffer);
  return 'it is neither JPEG nor PNG';
}
