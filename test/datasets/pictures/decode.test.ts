// Pictures as hostile input (faults.md 45): each fault costs its own picture, the others of the batch are whole.
import { expect, onTestFinished, test } from 'vitest';
import sharp from 'sharp';
import { createDecoder } from '../../../src-main/datasets/pictures/decode.ts';

const plain = sharp({ create: { width: 64, height: 64, channels: 3, background: '#808080' } });
const jpeg = await plain.clone().jpeg().toBuffer();
const png = await plain.clone().png().toBuffer();
const cmyk = await plain.clone().toColourspace('cmyk').jpeg().toBuffer();
const grey = await plain.clone().greyscale().jpeg().toBuffer();

/** The JPEG with its declared size changed. */
function resized(width: number, height: number): Buffer {
  const bytes = Buffer.from(jpeg);
  const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
  bytes.writeUInt16BE(height, frame + 5);
  bytes.writeUInt16BE(width, frame + 7);
  return bytes;
}

/** The JPEG with its scan header repeated 80,000 times. */
function manyScans(): Buffer {
  const scan = jpeg.indexOf(Buffer.from([0xff, 0xda]));
  const header = jpeg.subarray(scan, scan + 14);
  return Buffer.concat([jpeg.subarray(0, scan), ...Array.from({ length: 80_000 }, () => header), jpeg.subarray(scan)]);
}

test.each<[string, Buffer, RegExp | null]>([
  ['a JPEG', jpeg, null],
  ['a PNG', png, null],
  ['CMYK', cmyk, null],
  ['grey', grey, null],
  ['cut in half', jpeg.subarray(0, jpeg.length / 2), /cut off/],
  ['without its end', jpeg.subarray(0, jpeg.length - 2), /cut off/],
  ['a cut PNG', png.subarray(0, png.length - 8), /cut off/],
  ['65535×65535', resized(65535, 65535), /at most 24 million/],
  ['width 0', resized(0, 64), /is 0/],
  ['another size', resized(32, 64), /instead of 64×64/],
  ['80,000 scans', manyScans(), /more than 100 scans/],
  ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /neither JPEG nor PNG/],
  ['nothing', Buffer.alloc(0), /empty/],
])('%s', async (_, picture, fault) => {
  const decoder = createDecoder({ width: 64, height: 64, exact: true });
  onTestFinished(() => decoder.close());
  const { pixels, faults } = await decoder.decode([picture, jpeg]);
  expect(faults.get(1)).toBeUndefined();
  expect(Math.abs((pixels[64 * 64 * 3] as number) - 128)).toBeLessThan(4);
  if (fault !== null) return expect(faults.get(0)).toMatch(fault);
  expect(faults.size).toBe(0);
  for (const value of pixels.subarray(0, 3)) expect(Math.abs(value - 128)).toBeLessThan(20); // CMYK and back is not exact
});
