// Encodes raw pixels as PNG with zlib alone, so that the process that shows images needs no image library.
import { crc32, deflate } from 'node:zlib';
import { promisify } from 'node:util';

const compress = promisify(deflate);
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** PNG's color types by number of channels: gray, gray with alpha, RGB, RGBA. */
const colorTypes: Record<number, number> = { 1: 0, 2: 4, 3: 2, 4: 6 };

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/**
 * The pixels (uint8, height × width × channels, 1 to 4 channels) as a PNG file.
 * @throws RangeError when the number of bytes does not fit the shape
 */
export async function encodePng(pixels: Uint8Array, { width, height, channels }: { width: number; height: number; channels: number }): Promise<Buffer> {
  const colorType = colorTypes[channels];
  const row = width * channels;
  if (colorType === undefined || pixels.length !== row * height) throw new RangeError(`${pixels.length} bytes are not ${height} × ${width} × ${channels} pixels`);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colorType], 8);
  const lines = Buffer.alloc((row + 1) * height); // each row after its filter type, 0: none
  for (let y = 0; y < height; y += 1) lines.set(pixels.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', await compress(lines)), chunk('IEND', Buffer.alloc(0))]);
}
