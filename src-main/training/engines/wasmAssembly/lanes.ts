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

/** Where there is nothing to add: sixteen zeros. */
export const zeros = memory.data(64, 16);

/**
 * The numbers of the formulas below, in the order of their names. V8 makes a constant of 256 bits anew at every use, in seven instructions, and takes
 * none out of a loop; from memory it is one broadcast.
 */
const numbers = memory.data<f32>([
  -87.0, 1.44269504, 12582912.0, -0.693359375, 2.12194440e-4, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0,
  0.70710678, 0.3275911, 1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592, -0.5, 0.39894228,
]);
/** `expN`: 1 / N!; `rounding`: 1.5 · 2^23; `erfN`: coefficient of t^N; `bellHeight`: 1 / √(2π). */
const enum Known {
  lowest, log2e, rounding, ln2High, ln2Low, exp6, exp5, exp4, exp3, half, one,
  rootHalf, erfScale, erf5, erf4, erf3, erf2, erf1, minusHalf, bellHeight,
}
// @ts-ignore: decorator
@inline function known(index: i32): v128 { return v128.load_splat<f32>(numbers + (<usize>index << 2)); }
// @ts-ignore: decorator
@inline export function half4(): v128 { return known(Known.half); }
// @ts-ignore: decorator
@inline export function bellHeight4(): v128 { return known(Known.bellHeight); }

/**
 * e^x for x <= 0 by range reduction to |r| <= ln2 / 2 and a polynomial of degree 6; inputs are clamped to the range of normal numbers, by
 * the comparison that is one instruction (f32x4.max is seven). Adding 1.5 · 2^23
 * rounds to a whole number, whose two's complement then stands in the low bits: no conversion, so that V8 can join two vectors. The bits of 1 are those of the exponent 0.
 */
// @ts-ignore: decorator
@inline export function exp4(x: v128): v128 {
  x = f32x4.pmax(x, known(Known.lowest));
  let whole = fma(x, known(Known.log2e), known(Known.rounding));
  let n = f32x4.sub(whole, known(Known.rounding));
  let r = fma(n, known(Known.ln2High), x);
  r = fma(n, known(Known.ln2Low), r);
  let p = known(Known.exp6);
  p = fma(p, r, known(Known.exp5));
  p = fma(p, r, known(Known.exp4));
  p = fma(p, r, known(Known.exp3));
  p = fma(p, r, known(Known.half));
  p = fma(p, r, known(Known.one));
  p = fma(p, r, known(Known.one));
  let scale = i32x4.add(i32x4.shl(whole, 23), known(Known.one));
  return f32x4.mul(p, scale);
}

/** Φ(x) = (1 + erf(x / √2)) / 2 by Abramowitz, Stegun 7.1.26 (|error| <= 1e-7), given e = exp(-x² / 2). */
// @ts-ignore: decorator
@inline export function normalCdf4(x: v128, e: v128): v128 {
  let z = f32x4.mul(f32x4.abs(x), known(Known.rootHalf));
  let t = f32x4.div(known(Known.one), fma(z, known(Known.erfScale), known(Known.one)));
  let p = known(Known.erf5);
  p = fma(p, t, known(Known.erf4));
  p = fma(p, t, known(Known.erf3));
  p = fma(p, t, known(Known.erf2));
  p = fma(p, t, known(Known.erf1));
  let tail = f32x4.mul(f32x4.mul(f32x4.mul(p, t), e), known(Known.half));
  let positive = f32x4.gt(x, splat(0.0));
  return v128.bitselect(f32x4.sub(known(Known.one), tail), tail, positive);
}

/** exp(-x² / 2) */
// @ts-ignore: decorator
@inline export function bell4(x: v128): v128 { return exp4(f32x4.mul(f32x4.mul(x, x), known(Known.minusHalf))); }
