// The decoder's child process: takes pictures, gives back RGB pixels. It knows JPEG and PNG only, and checks what a
// picture says about itself before libvips sees it. It ends with its parent.
import sharp from 'sharp';
import { readPictureHeader } from './header.ts';

/** Pictures as files have them, and the size that is wanted. */
export type DecodeRequest = { pictures: Uint8Array[]; size: { width: number; height: number; exact: boolean } };

/** RGB uint8 NHWC of all pictures; what was wrong, by index. */
export type DecodeReply = { pixels: Uint8Array; faults: [index: number, fault: string][] };

const maxPixels = 24_000_000;

sharp.cache(false);
sharp.concurrency(1); // pictures run side by side in the thread pool; threads within one would only wait
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng'] });

function faultOfHeader(picture: Uint8Array, size: DecodeRequest['size']): string | null {
  const header = readPictureHeader(picture);
  if (typeof header === 'string') return header;
  if (header.width * header.height > maxPixels) return `it has ${header.width}×${header.height} pixels; at most ${maxPixels / 1e6} million are allowed`;
  if (size.exact && (header.width !== size.width || header.height !== size.height)) {
    return `it has ${header.width}×${header.height} pixels instead of ${size.width}×${size.height}`;
  }
  return null;
}

function toRgb(data: Buffer, channels: number, target: Uint8Array): void {
  if (channels === 3) return target.set(data);
  for (let pixel = 0; pixel < target.length / 3; pixel += 1) {
    for (let channel = 0; channel < 3; channel += 1) target[3 * pixel + channel] = data[channels * pixel + (channels >= 3 ? channel : 0)] as number;
  }
}

async function decodeInto(target: Uint8Array, picture: Uint8Array, size: DecodeRequest['size']): Promise<string | null> {
  const fault = faultOfHeader(picture, size);
  if (fault !== null) return fault;
  try {
    const input = sharp(picture, { failOn: 'error', limitInputPixels: maxPixels, sequentialRead: true }).timeout({ seconds: 2 });
    // Published archives are read as they are; a user's photos are turned as their EXIF orientation says.
    const sized = size.exact ? input : input.autoOrient().resize(size.width, size.height, { fit: 'cover', position: 'centre' });
    const { data, info } = await sized.toColourspace('srgb').removeAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    if (info.width !== size.width || info.height !== size.height) return 'it decoded to another size than it said';
    toRgb(data, info.channels, target);
    return null;
  } catch (error) {
    return `it could not be decoded (${(error as Error).message.split('\n')[0]})`;
  }
}

async function decodeAll({ pictures, size }: DecodeRequest): Promise<DecodeReply> {
  const bytes = size.width * size.height * 3;
  const pixels = new Uint8Array(pictures.length * bytes);
  const found = await Promise.all(pictures.map((picture, index) => decodeInto(pixels.subarray(index * bytes, (index + 1) * bytes), picture, size)));
  return { pixels, faults: found.flatMap((fault, index): DecodeReply['faults'] => (fault === null ? [] : [[index, fault]])) };
}

function reply(message: DecodeReply): void {
  process.send?.(message, undefined, {}, (error) => { if (error) process.exit(1); });
}

process.on('disconnect', () => process.exit(0));
process.on('message', (request: DecodeRequest) => void decodeAll(request).then(reply, () => process.exit(1)));
reply({ pixels: new Uint8Array(0), faults: [] });
