// Depthwise convolutions of framed images. Sides 3, 5 and 7 with channels in fours have unrolled tiles; the scalar kernels take the rest.
import { get, put, smaller } from './lanes';

/** One chunk is some lines of y. x is framed: [n, outHeight + side - 1, outWidth + side - 1, channels]. */
export function depthwiseAny(chunk: i32, size: i32, lines: i32, outHeight: i32, outWidth: i32, channels: i32, side: i32, x: usize, filter: usize, bias: usize, y: usize): void {
  let width = outWidth + side - 1, height = outHeight + side - 1;
  for (let line = chunk * size, end = smaller(lines, line + size); line < end; line++) {
    let n = line / outHeight, oh = line % outHeight;
    for (let ow = 0; ow < outWidth; ow++) for (let c = 0; c < channels; c++) {
      let sum: f32 = bias ? get(bias, c) : 0;
      for (let i = 0; i < side; i++) for (let j = 0; j < side; j++) sum += get(x, ((n * height + oh + i) * width + ow + j) * channels + c) * get(filter, (i * side + j) * channels + c);
      put(y, (line * outWidth + ow) * channels + c, sum);
    }
  }
}

/** One chunk is one tap. */
export function depthwiseFilterAny(chunk: i32, batch: i32, outHeight: i32, outWidth: i32, channels: i32, side: i32, x: usize, dy: usize, filter: usize): void {
  let width = outWidth + side - 1, height = outHeight + side - 1, i = chunk / side, j = chunk % side;
  for (let c = 0; c < channels; c++) put(filter, chunk * channels + c, 0);
  for (let n = 0; n < batch; n++) for (let oh = 0; oh < outHeight; oh++) for (let ow = 0; ow < outWidth; ow++) for (let c = 0; c < channels; c++) {
    let at = chunk * channels + c;
    put(filter, at, get(filter, at) + get(x, ((n * height + oh + i) * width + ow + j) * channels + c) * get(dy, ((n * outHeight + oh) * outWidth + ow) * channels + c));
  }
}
