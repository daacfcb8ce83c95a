// Four float32 lanes at a time: what all kernels share. `fma` comes from the generated file, relaxed or in two roundings.
import { fma } from './generated';

export { fma };

// @ts-ignore: decorator
@inline export function splat(x: f32): v128 { return f32x4.splat(x); }
// @ts-ignore: decorator
@inline export function smaller(a: i32, b: i32): i32 { return a < b ? a : b; }
// @ts-ignore: decorator
@inline export function get(p: usize, i: i32): f32 { return load<f32>(p + (<usize>i << 2)); }
// @ts-ignore: decorator
@inline export function put(p: usize, i: i32, x: f32): void { store<f32>(p + (<usize>i << 2), x); }

/**
 * e^x for x <= 0 by range reduction to |r| <= ln2 / 2 and a polynomial of degree 6; inputs are clamped to the range of normal numbers, by
 * the comparison that is one instruction (f32x4.max is seven). Adding 1.5 · 2^23
 * rounds to a whole number, whose two's complement then stands in the low bits: no conversion, so that V8 can join two vectors.
 */
// @ts-ignore: decorator
@inline export function exp4(x: v128): v128 {
  x = f32x4.pmax(x, splat(-87.0));
  let whole = fma(x, splat(1.44269504), splat(12582912.0));
  let n = f32x4.sub(whole, splat(12582912.0));
  let r = fma(n, splat(-0.693359375), x);
  r = fma(n, splat(2.12194440e-4), r);
  let p = splat(1.0 / 720.0);
  p = fma(p, r, splat(1.0 / 120.0));
  p = fma(p, r, splat(1.0 / 24.0));
  p = fma(p, r, splat(1.0 / 6.0));
  p = fma(p, r, splat(0.5));
  p = fma(p, r, splat(1.0));
  p = fma(p, r, splat(1.0));
  let scale = i32x4.add(i32x4.shl(whole, 23), i32x4.splat(0x3f800000));
  return f32x4.mul(p, scale);
}

/** Φ(x) = (1 + erf(x / √2)) / 2 by Abramowitz, Stegun 7.1.26 (|error| <= 1e-7), given e = exp(-x² / 2). */
// @ts-ignore: decorator
@inline export function normalCdf4(x: v128, e: v128): v128 {
  let z = f32x4.mul(f32x4.abs(x), splat(0.70710678));
  let t = f32x4.div(splat(1.0), fma(z, splat(0.3275911), splat(1.0)));
  let p = splat(1.061405429);
  p = fma(p, t, splat(-1.453152027));
  p = fma(p, t, splat(1.421413741));
  p = fma(p, t, splat(-0.284496736));
  p = fma(p, t, splat(0.254829592));
  let tail = f32x4.mul(f32x4.mul(f32x4.mul(p, t), e), splat(0.5));
  let positive = f32x4.gt(x, splat(0.0));
  return v128.bitselect(f32x4.sub(splat(1.0), tail), tail, positive);
}

/** exp(-x² / 2) */
// @ts-ignore: decorator
@inline export function bell4(x: v128): v128 { return exp4(f32x4.mul(f32x4.mul(x, x), splat(-0.5))); }
