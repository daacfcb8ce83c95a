// The PNG encoder against sharp: what it writes is read back pixel for pixel, for each number of channels.
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { encodePng } from '../../../src-main/datasets/pictures/encodePng.ts';

test.each([1, 2, 3, 4])('%i channels are read back as they were', async (channels) => {
  const [width, height] = [7, 5];
  const pixels = Uint8Array.from({ length: width * height * channels }, (_, index) => (index * 37 + channels) % 256);
  const { data, info } = await sharp(await encodePng(pixels, { width, height, channels })).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([width, height]);
  // sharp gives gray images back as RGB unless asked not to; compare by channel.
  const read = Array.from({ length: width * height }, (_, at) => Array.from({ length: channels }, (_unused, channel) => data[at * info.channels + (channels < 3 && channel === 1 ? info.channels - 1 : channel)]));
  expect(read).toEqual(Array.from({ length: width * height }, (_, at) => [...pixels.subarray(at * channels, (at + 1) * channels)]));
});

test('a wrong number of bytes is refused', async () => {
  await expect(encodePng(new Uint8Array(5), { width: 2, height: 1, channels: 3 })).rejects.toThrow('5 bytes are not 1 × 2 × 3 pixels');
});
