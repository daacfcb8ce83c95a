// Poolings of NHWC images: one chunk is some output rows (n, oh) of a picture.
import { get, put, smaller } from './lanes';

export function maxPool(chunk: i32, size: i32, lines: i32, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32, window: i32, stride: i32, pad: i32, x: usize, y: usize): void {
  for (let line = chunk * size, end = smaller(lines, line + size); line < end; line++) {
    let n = line / outHeight, top = (line % outHeight) * stride - pad;
    for (let ow = 0; ow < outWidth; ow++) {
      let left = ow * stride - pad;
      let h0 = max(0, top), h1 = smaller(height, top + window), w0 = max(0, left), w1 = smaller(width, left + window);
      let out = y + (<usize>((line * outWidth + ow) * channels) << 2);
      let c = 0;
      for (; c + 4 <= channels; c += 4) {
        let best = f32x4.splat(-Infinity);
        for (let h = h0; h < h1; h++) for (let w = w0; w < w1; w++) {
          let v = v128.load(x + (<usize>(((n * height + h) * width + w) * channels + c) << 2));
          // A NaN stays: it is not >= v, but it differs from itself.
          best = v128.bitselect(best, v, v128.or(f32x4.ge(best, v), f32x4.ne(best, best)));
        }
        v128.store(out + (<usize>c << 2), best);
      }
      for (; c < channels; c++) {
        let best: f32 = -Infinity;
        for (let h = h0; h < h1; h++) for (let w = w0; w < w1; w++) {
          let v = get(x, ((n * height + h) * width + w) * channels + c);
          if (!(best >= v) && best == best) best = v;
        }
        put(out, c, best);
      }
    }
  }
}

/** One chunk is some whole pictures: windows may overlap within a picture. dx is zero before. */
export function maxPoolGradient(chunk: i32, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32, window: i32, stride: i32, pad: i32, dy: usize, x: usize, y: usize, dx: usize): void {
  let n = chunk;
  for (let oh = 0; oh < outHeight; oh++) for (let ow = 0; ow < outWidth; ow++) {
    let top = oh * stride - pad, left = ow * stride - pad;
    let h0 = max(0, top), h1 = smaller(height, top + window), w0 = max(0, left), w1 = smaller(width, left + window);
    let at = ((n * outHeight + oh) * outWidth + ow) * channels;
    let c = 0;
    for (; c + 4 <= channels; c += 4) {
      let best = v128.load(y + (<usize>(at + c) << 2)), d = v128.load(dy + (<usize>(at + c) << 2));
      for (let h = h0; h < h1; h++) for (let w = w0; w < w1; w++) {
        let i = <usize>(((n * height + h) * width + w) * channels + c) << 2;
        let hit = f32x4.eq(v128.load(x + i), best);
        v128.store(dx + i, f32x4.add(v128.load(dx + i), v128.and(d, hit)));
        d = v128.andnot(d, hit);
      }
    }
    for (; c < channels; c++) {
      let best = get(y, at + c), d = get(dy, at + c);
      for (let h = h0; h < h1; h++) for (let w = w0; w < w1; w++) {
        let i = ((n * height + h) * width + w) * channels + c;
        if (get(x, i) != best) continue;
        put(dx, i, get(dx, i) + d);
        d = 0;
      }
    }
  }
}

export function averagePool(chunk: i32, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32, windowHeight: i32, windowWidth: i32, stride: i32, x: usize, y: usize): void {
  let share: f32 = 1 / <f32>(windowHeight * windowWidth);
  for (let oh = 0; oh < outHeight; oh++) for (let ow = 0; ow < outWidth; ow++) for (let c = 0; c < channels; c++) {
    let sum: f32 = 0;
    for (let h = 0; h < windowHeight; h++) for (let w = 0; w < windowWidth; w++) sum += get(x, ((chunk * height + oh * stride + h) * width + ow * stride + w) * channels + c);
    put(y, ((chunk * outHeight + oh) * outWidth + ow) * channels + c, sum * share);
  }
}

/** dx is zero before. */
export function averagePoolGradient(chunk: i32, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32, windowHeight: i32, windowWidth: i32, stride: i32, dy: usize, dx: usize): void {
  let share: f32 = 1 / <f32>(windowHeight * windowWidth);
  for (let oh = 0; oh < outHeight; oh++) for (let ow = 0; ow < outWidth; ow++) {
    for (let h = 0; h < windowHeight; h++) for (let w = 0; w < windowWidth; w++) for (let c = 0; c < channels; c++) {
      let i = ((chunk * height + oh * stride + h) * width + ow * stride + w) * channels + c;
      put(dx, i, get(dx, i) + share * get(dy, ((chunk * outHeight + oh) * outWidth + ow) * channels + c));
    }
  }
}
