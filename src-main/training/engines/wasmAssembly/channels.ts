// Kernels over [rows, channels]: sums per channel in fixed chunks, then joined in order, so that no result depends on the number of threads.
import { fma, get, put, smaller, splat, zeros } from './lanes';

/**
 * Per chunk of rows and channel: Σ (a - s) and Σ (a - s)·(b - t), float32 in `partial` [chunks, 2, channels]. The shifts s and t
 * [channels], 0 for none, keep sums of values far from zero from cancelling.
 */
export function channelSums(chunk: i32, size: i32, rows: i32, channels: i32, a: usize, b: usize, shiftA: usize, shiftB: usize, partial: usize): void {
  let r0 = chunk * size, r1 = smaller(rows, r0 + size);
  let line = <usize>channels << 2;
  let sums = partial + <usize>chunk * 2 * line;
  memory.fill(sums, 0, 2 * line);
  for (let block = r0; block < r1; block += 32) {
    let end = smaller(r1, block + 32);
    let c: usize = 0;
    // Sixteen channels are four sums that do not wait for each other, in pairs for V8 to join.
    for (; c + 64 <= line; c += 64) {
      let s0 = v128.load(sums + c), s1 = v128.load(sums + c, 16), s2 = v128.load(sums + c, 32), s3 = v128.load(sums + c, 48);
      let q0 = v128.load(sums + line + c), q1 = v128.load(sums + line + c, 16), q2 = v128.load(sums + line + c, 32), q3 = v128.load(sums + line + c, 48);
      let ka = shiftA ? shiftA + c : zeros, kb = shiftB ? shiftB + c : zeros;
      for (let r = block; r < end; r++) {
        let p = a + <usize>r * line + c, q = b + <usize>r * line + c;
        let a0 = f32x4.sub(v128.load(p), v128.load(ka)), a1 = f32x4.sub(v128.load(p, 16), v128.load(ka, 16));
        s0 = f32x4.add(s0, a0); s1 = f32x4.add(s1, a1);
        q0 = fma(a0, f32x4.sub(v128.load(q), v128.load(kb)), q0); q1 = fma(a1, f32x4.sub(v128.load(q, 16), v128.load(kb, 16)), q1);
        let a2 = f32x4.sub(v128.load(p, 32), v128.load(ka, 32)), a3 = f32x4.sub(v128.load(p, 48), v128.load(ka, 48));
        s2 = f32x4.add(s2, a2); s3 = f32x4.add(s3, a3);
        q2 = fma(a2, f32x4.sub(v128.load(q, 32), v128.load(kb, 32)), q2); q3 = fma(a3, f32x4.sub(v128.load(q, 48), v128.load(kb, 48)), q3);
      }
      v128.store(sums + c, s0); v128.store(sums + c, s1, 16); v128.store(sums + c, s2, 32); v128.store(sums + c, s3, 48);
      v128.store(sums + line + c, q0); v128.store(sums + line + c, q1, 16); v128.store(sums + line + c, q2, 32); v128.store(sums + line + c, q3, 48);
    }
    for (; c + 16 <= line; c += 16) {
      let s = v128.load(sums + c), q = v128.load(sums + line + c);
      let ka = shiftA ? v128.load(shiftA + c) : splat(0), kb = shiftB ? v128.load(shiftB + c) : splat(0);
      for (let r = block; r < end; r++) {
        let p = <usize>r * line + c;
        let v = f32x4.sub(v128.load(a + p), ka);
        s = f32x4.add(s, v);
        q = fma(v, f32x4.sub(v128.load(b + p), kb), q);
      }
      v128.store(sums + c, s);
      v128.store(sums + line + c, q);
    }
    for (; c < line; c += 4) {
      let s = load<f32>(sums + c), q = load<f32>(sums + line + c);
      let ka: f32 = shiftA ? load<f32>(shiftA + c) : 0, kb: f32 = shiftB ? load<f32>(shiftB + c) : 0;
      for (let r = block; r < end; r++) {
        let p = <usize>r * line + c;
        let v = load<f32>(a + p) - ka;
        s += v;
        q += v * (load<f32>(b + p) - kb);
      }
      store<f32>(sums + c, s);
      store<f32>(sums + line + c, q);
    }
  }
}

/** Σ over chunks of `columns` partial sums, in the chunks' order, in float64: `totals` [columns]. One chunk is `size` columns. */
export function joinChunks(chunk: i32, size: i32, chunks: i32, columns: i32, partial: usize, totals: usize): void {
  let c0 = chunk * size, c1 = smaller(columns, c0 + size);
  memory.fill(totals + (<usize>c0 << 3), 0, <usize>(c1 - c0) << 3);
  for (let k = 0; k < chunks; k++) {
    let from = partial + (<usize>(k * columns) << 2);
    for (let c = c0; c < c1; c++) {
      let total = totals + (<usize>c << 3);
      store<f64>(total, load<f64>(total) + <f64>get(from, c));
    }
  }
}

// @ts-ignore: decorator
@inline function joined(totals: usize, at: i32): f64 { return load<f64>(totals + (<usize>at << 3)); }

/** Σ over rows per channel: y [channels]. */
export function joinSums(chunk: i32, channels: i32, totals: usize, y: usize): void {
  for (let c = 0; c < channels; c++) put(y, c, <f32>joined(totals, c));
}

/** Mean and biased variance from sums shifted by `shift`; `scale` [3, channels] of y = (x - mean)·scale + beta. */
export function batchStatistics(chunk: i32, channels: i32, rows: i32, totals: usize, shift: usize, gamma: usize, beta: usize, eps: f32, mean: usize, variance: usize, scale: usize): void {
  for (let c = 0; c < channels; c++) {
    let d = joined(totals, c) / rows;
    let m = <f32>(<f64>get(shift, c) + d);
    let v = joined(totals, channels + c) / rows - d * d;
    if (v < 0) v = 0;
    put(mean, c, m);
    put(variance, c, <f32>v);
    put(scale, c, m);
    put(scale, channels + c, <f32>(<f64>get(gamma, c) / Math.sqrt(v + eps)));
    put(scale, 2 * channels + c, get(beta, c));
  }
}

/** `scale` from remembered statistics. */
export function knownStatistics(chunk: i32, channels: i32, gamma: usize, beta: usize, mean: usize, variance: usize, eps: f32, scale: usize): void {
  for (let c = 0; c < channels; c++) {
    put(scale, c, get(mean, c));
    put(scale, channels + c, <f32>(<f64>get(gamma, c) / Math.sqrt(<f64>get(variance, c) + eps)));
    put(scale, 2 * channels + c, get(beta, c));
  }
}

/** y = (x - scale[0])·scale[1] + scale[2] */
export function affine(chunk: i32, size: i32, rows: i32, channels: i32, x: usize, scale: usize, y: usize): void {
  let line = <usize>channels << 2;
  let factor = scale + line, shift = factor + line;
  for (let r = chunk * size, end = smaller(rows, r + size); r < end; r++) {
    let p = <usize>r * line;
    let c: usize = 0;
    for (; c + 16 <= line; c += 16) v128.store(y + p + c, fma(f32x4.sub(v128.load(x + p + c), v128.load(scale + c)), v128.load(factor + c), v128.load(shift + c)));
    for (; c < line; c += 4) store<f32>(y + p + c, (load<f32>(x + p + c) - load<f32>(scale + c)) * load<f32>(factor + c) + load<f32>(shift + c));
  }
}

/** dgamma, dbeta, and the coefficients of dx = A·dy + B·(x - mean) + C: `scale` [4, channels]. The sums are Σ dy and Σ dy·(x - mean). */
export function gradientStatistics(chunk: i32, channels: i32, rows: i32, totals: usize, gamma: usize, mean: usize, variance: usize, eps: f32, dgamma: usize, dbeta: usize, scale: usize): void {
  for (let c = 0; c < channels; c++) {
    let inverse = 1 / Math.sqrt(<f64>get(variance, c) + eps);
    let sum = joined(totals, c);
    let product = inverse * joined(totals, channels + c);
    put(dgamma, c, <f32>product);
    put(dbeta, c, <f32>sum);
    let a = <f64>get(gamma, c) * inverse;
    let b = (-a * inverse * product) / rows;
    put(scale, c, <f32>a);
    put(scale, channels + c, <f32>b);
    put(scale, 2 * channels + c, <f32>((-a * sum) / rows));
    put(scale, 3 * channels + c, get(mean, c));
  }
}

/** dx = A·dy + B·(x - mean) + C */
export function affine2(chunk: i32, size: i32, rows: i32, channels: i32, dy: usize, x: usize, scale: usize, dx: usize): void {
  let line = <usize>channels << 2;
  for (let r = chunk * size, end = smaller(rows, r + size); r < end; r++) {
    let p = <usize>r * line;
    let c: usize = 0;
    for (; c + 16 <= line; c += 16) {
      let rest = fma(f32x4.sub(v128.load(x + p + c), v128.load(scale + 3 * line + c)), v128.load(scale + line + c), v128.load(scale + 2 * line + c));
      v128.store(dx + p + c, fma(v128.load(dy + p + c), v128.load(scale + c), rest));
    }
    for (; c < line; c += 4) store<f32>(dx + p + c, load<f32>(dy + p + c) * load<f32>(scale + c) + (load<f32>(x + p + c) - load<f32>(scale + 3 * line + c)) * load<f32>(scale + line + c) + load<f32>(scale + 2 * line + c));
  }
}

/** Running mean and variance, in place or not. */
export function runningStatistics(chunk: i32, channels: i32, oldMean: usize, oldVariance: usize, mean: usize, variance: usize, momentum: f32, unbias: f32, newMean: usize, newVariance: usize): void {
  for (let c = 0; c < channels; c++) {
    put(newMean, c, (1 - momentum) * get(oldMean, c) + momentum * get(mean, c));
    put(newVariance, c, (1 - momentum) * get(oldVariance, c) + momentum * unbias * get(variance, c));
  }
}
