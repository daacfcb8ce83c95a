// Elementwise kernels over flat arrays. Chunks are multiples of four elements; arrays have slack behind them, so the last lanes may hold anything.
import { bell4, bellHeight4, fma, get, normalCdf4, put, smaller, splat } from './lanes';

export function fill(chunk: i32, size: i32, count: i32, y: usize, value: f32): void {
  let end = y + (<usize>smaller(count, (chunk + 1) * size) << 2);
  for (let p = y + (<usize>(chunk * size) << 2); p < end; p += 16) v128.store(p, splat(value));
}

export function copy(chunk: i32, size: i32, count: i32, x: usize, y: usize): void {
  let start = chunk * size;
  memory.copy(y + (<usize>start << 2), x + (<usize>start << 2), <usize>(smaller(count, start + size) - start) << 2);
}

export function add(chunk: i32, size: i32, count: i32, a: usize, b: usize, y: usize): void {
  let end = <usize>smaller(count, (chunk + 1) * size) << 2;
  for (let p = <usize>(chunk * size) << 2; p < end; p += 16) v128.store(y + p, f32x4.add(v128.load(a + p), v128.load(b + p)));
}

export function multiply(chunk: i32, size: i32, count: i32, a: usize, b: usize, y: usize): void {
  let end = <usize>smaller(count, (chunk + 1) * size) << 2;
  for (let p = <usize>(chunk * size) << 2; p < end; p += 16) v128.store(y + p, f32x4.mul(v128.load(a + p), v128.load(b + p)));
}

/** y = Σ over `parts` arrays behind each other, in their order. */
export function addParts(chunk: i32, size: i32, count: i32, parts: i32, x: usize, y: usize): void {
  let end = <usize>smaller(count, (chunk + 1) * size) << 2;
  for (let p = <usize>(chunk * size) << 2; p < end; p += 16) {
    let sum = v128.load(x + p);
    for (let part = 1; part < parts; part++) sum = f32x4.add(sum, v128.load(x + (<usize>(part * count) << 2) + p));
    v128.store(y + p, sum);
  }
}

export function relu(chunk: i32, size: i32, count: i32, x: usize, y: usize): void {
  let end = <usize>smaller(count, (chunk + 1) * size) << 2;
  for (let p = <usize>(chunk * size) << 2; p < end; p += 16) v128.store(y + p, f32x4.max(v128.load(x + p), splat(0)));
}

export function reluGradient(chunk: i32, size: i32, count: i32, dy: usize, y: usize, dx: usize): void {
  let end = <usize>smaller(count, (chunk + 1) * size) << 2;
  for (let p = <usize>(chunk * size) << 2; p < end; p += 16) v128.store(dx + p, v128.and(v128.load(dy + p), f32x4.gt(v128.load(y + p), splat(0))));
}

// @ts-ignore: decorator
@inline function gelu4(v: v128): v128 { return f32x4.mul(v, normalCdf4(v, bell4(v))); }

// @ts-ignore: decorator
@inline function geluSlope4(v: v128): v128 {
  let e = bell4(v);
  return fma(f32x4.mul(v, bellHeight4()), e, normalCdf4(v, e));
}

/** Eight elements at a time, both loaded before either is stored, for V8 to join. */
export function gelu(chunk: i32, size: i32, count: i32, x: usize, y: usize): void {
  let end = <usize>smaller(count, (chunk + 1) * size) << 2;
  for (let p = <usize>(chunk * size) << 2; p < end; p += 32) {
    let a = gelu4(v128.load(x + p)), b = gelu4(v128.load(x + p, 16));
    v128.store(y + p, a);
    v128.store(y + p, b, 16);
  }
}

/** GELU, and its slope for the way back: both need the bell and Φ, which cost the most. The same bits as the two kernels apart. */
export function geluAndSlope(chunk: i32, size: i32, count: i32, x: usize, y: usize, slope: usize): void {
  let end = <usize>smaller(count, (chunk + 1) * size) << 2;
  for (let p = <usize>(chunk * size) << 2; p < end; p += 32) {
    let a = v128.load(x + p), b = v128.load(x + p, 16);
    let bellA = bell4(a), bellB = bell4(b);
    let cdfA = normalCdf4(a, bellA), cdfB = normalCdf4(b, bellB);
    let yA = f32x4.mul(a, cdfA), yB = f32x4.mul(b, cdfB);
    v128.store(y + p, yA);
    v128.store(y + p, yB, 16);
    let slopeA = fma(f32x4.mul(a, bellHeight4()), bellA, cdfA), slopeB = fma(f32x4.mul(b, bellHeight4()), bellB, cdfB);
    v128.store(slope + p, slopeA);
    v128.store(slope + p, slopeB, 16);
  }
}

export function geluGradient(chunk: i32, size: i32, count: i32, dy: usize, x: usize, dx: usize): void {
  let end = <usize>smaller(count, (chunk + 1) * size) << 2;
  for (let p = <usize>(chunk * size) << 2; p < end; p += 32) {
    let a = f32x4.mul(v128.load(dy + p), geluSlope4(v128.load(x + p)));
    let b = f32x4.mul(v128.load(dy + p, 16), geluSlope4(v128.load(x + p, 16)));
    v128.store(dx + p, a);
    v128.store(dx + p, b, 16);
  }
}

/** Partial sums of squares of one gradient, one float64 per chunk. */
export function squares(chunk: i32, size: i32, count: i32, x: usize, partial: usize): void {
  let end = smaller(count, (chunk + 1) * size), i = chunk * size;
  // Four sums that do not wait for each other, of every fourth square each.
  let low = f64x2.splat(0), high = f64x2.splat(0);
  for (; i + 4 <= end; i += 4) {
    let v = v128.load(x + (<usize>i << 2));
    let a = f64x2.promote_low_f32x4(v), b = f64x2.promote_low_f32x4(v128.shuffle<i32>(v, v, 2, 3, 2, 3));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  low = f64x2.add(low, high);
  let sum = f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1);
  for (; i < end; i++) {
    let v = <f64>get(x, i);
    sum += v * v;
  }
  store<f64>(partial + (<usize>chunk << 3), sum);
}

/** Norm of all partial sums in their order, clipping scale, and whether to apply: control [3]. */
export function control(chunk: i32, partials: usize, count: i32, loss: usize, limits: usize, y: usize): void {
  let sum: f64 = 0;
  for (let i = 0; i < count; i++) sum += load<f64>(partials + (<usize>i << 3));
  let norm = Math.sqrt(sum);
  let maxNorm = <f64>get(limits, 0);
  let threshold = <f64>get(limits, 1);
  let scale: f64 = maxNorm > 0 ? min<f64>(1, maxNorm / (norm + 1e-6)) : 1;
  let l = get(loss, 0);
  let skip = l != l || norm != norm || (threshold > 0 && norm >= threshold);
  put(y, 0, <f32>norm);
  put(y, 1, <f32>scale);
  put(y, 2, skip ? 0 : 1);
}

/** y[i] = Σ over j of x[kept[i] + reduced[j]], in that order, in float64. */
export function sumOver(chunk: i32, size: i32, count: i32, kept: usize, terms: i32, reduced: usize, x: usize, y: usize): void {
  for (let i = chunk * size, end = smaller(count, i + size); i < end; i++) {
    let from = x + (<usize>load<i32>(kept + (<usize>i << 2)) << 2);
    let total: f64 = 0;
    for (let j = 0; j < terms; j++) total += <f64>get(from, load<i32>(reduced + (<usize>j << 2)));
    put(y, i, <f32>total);
  }
}

/** y[i] = x[index[i]] */
export function gather(chunk: i32, size: i32, count: i32, index: usize, x: usize, y: usize): void {
  for (let i = chunk * size, end = smaller(count, i + size); i < end; i++) put(y, i, get(x, load<i32>(index + (<usize>i << 2))));
}

export function toFloat(chunk: i32, size: i32, count: i32, x: usize, y: usize): void {
  let end = <usize>smaller(count, (chunk + 1) * size) << 2;
  for (let p = <usize>(chunk * size) << 2; p < end; p += 16) v128.store(y + p, f32x4.convert_i32x4_s(v128.load(x + p)));
}

export function toInteger(chunk: i32, size: i32, count: i32, x: usize, y: usize): void {
  let end = <usize>smaller(count, (chunk + 1) * size) << 2;
  for (let p = <usize>(chunk * size) << 2; p < end; p += 16) v128.store(y + p, i32x4.trunc_sat_f32x4_s(v128.load(x + p)));
}
