// The optimizers' updates, each one pass over memory, in place. The numbers of `hyper` stand in operations/vocabulary.ts.
import { fma, get, smaller, splat } from './lanes';

export function vsgd(chunk: i32, size: i32, count: i32, w: usize, gradient: usize, mu: usize, bg: usize, bhg: usize, hyper: usize, control: usize): void {
  if (get(control, 2) == 0) return;
  let scale = splat(get(control, 1));
  let lr = splat(get(hyper, 0)), decay = splat(get(hyper, 1));
  let rho1 = splat(get(hyper, 2)), rho2 = splat(get(hyper, 3));
  let rest1 = splat(1 - get(hyper, 2)), rest2 = splat(1 - get(hyper, 3));
  let invPa2 = splat(get(hyper, 4)), pbg2 = splat(get(hyper, 5)), pbhg2 = splat(get(hyper, 6)), eps = splat(get(hyper, 7));
  let sg0 = splat(get(hyper, 8)), sh0 = splat(get(hyper, 9));
  let end = <usize>smaller(count, (chunk + 1) * size) << 2;
  for (let p = <usize>(chunk * size) << 2; p < end; p += 16) {
    let g = f32x4.mul(v128.load(gradient + p), scale);
    let m0 = v128.load(mu + p), b = v128.load(bg + p), h = v128.load(bhg + p);
    let sg = fma(b, invPa2, sg0), sh = fma(h, invPa2, sh0);
    let inverse = f32x4.div(splat(1), f32x4.add(sg, sh));
    // Shares of the whole come before products: sg sh would overflow after one gradient of 10^12, and leave NaN for good.
    let trust = f32x4.mul(sg, inverse), doubt = f32x4.mul(sh, inverse);
    let m = fma(g, trust, f32x4.mul(m0, doubt));
    let variance = f32x4.mul(sg, doubt);
    // m2 - 2 mu' mu + mu² = variance + (mu' - mu)²: the same without cancellation.
    let d1 = f32x4.sub(m, m0), d2 = f32x4.sub(m, g);
    v128.store(mu + p, m);
    v128.store(bg + p, fma(rho1, fma(d1, d1, f32x4.add(variance, pbg2)), f32x4.mul(rest1, b)));
    v128.store(bhg + p, fma(rho2, fma(d2, d2, f32x4.add(variance, pbhg2)), f32x4.mul(rest2, h)));
    let move = f32x4.div(f32x4.mul(lr, m), f32x4.add(f32x4.sqrt(fma(m, m, variance)), eps));
    v128.store(w + p, f32x4.sub(f32x4.mul(v128.load(w + p), decay), move));
  }
}

export function adam(chunk: i32, size: i32, count: i32, w: usize, gradient: usize, m: usize, v: usize, hyper: usize, control: usize, decoupled: i32): void {
  if (get(control, 2) == 0) return;
  let scale = splat(get(control, 1));
  let rate = splat(get(hyper, 0)), wd = splat(get(hyper, 1));
  let beta1 = splat(get(hyper, 2)), rest1 = splat(get(hyper, 3)), beta2 = splat(get(hyper, 4)), rest2 = splat(get(hyper, 5));
  let invRoot = splat(get(hyper, 6)), eps = splat(get(hyper, 7));
  let end = <usize>smaller(count, (chunk + 1) * size) << 2;
  for (let p = <usize>(chunk * size) << 2; p < end; p += 16) {
    let weight = v128.load(w + p);
    let g = f32x4.mul(v128.load(gradient + p), scale);
    if (decoupled) weight = f32x4.mul(weight, wd);
    else g = fma(wd, weight, g);
    let mean = fma(beta1, v128.load(m + p), f32x4.mul(rest1, g));
    let square = fma(beta2, v128.load(v + p), f32x4.mul(f32x4.mul(rest2, g), g));
    v128.store(m + p, mean);
    v128.store(v + p, square);
    v128.store(w + p, f32x4.sub(weight, f32x4.div(f32x4.mul(rate, mean), fma(f32x4.sqrt(square), invRoot, eps))));
  }
}

export function sgd(chunk: i32, size: i32, count: i32, w: usize, gradient: usize, buffer: usize, hyper: usize, control: usize, nesterov: i32): void {
  if (get(control, 2) == 0) return;
  let scale = splat(get(control, 1));
  let lr = splat(get(hyper, 0)), wd = splat(get(hyper, 1)), momentum = splat(get(hyper, 2)), fresh = splat(get(hyper, 3));
  let end = <usize>smaller(count, (chunk + 1) * size) << 2;
  for (let p = <usize>(chunk * size) << 2; p < end; p += 16) {
    let weight = v128.load(w + p);
    let g = fma(wd, weight, f32x4.mul(v128.load(gradient + p), scale));
    let moved = fma(momentum, v128.load(buffer + p), f32x4.mul(fresh, g));
    v128.store(buffer + p, moved);
    let step = nesterov ? fma(momentum, moved, g) : moved;
    v128.store(w + p, f32x4.sub(weight, f32x4.mul(lr, step)));
  }
}
