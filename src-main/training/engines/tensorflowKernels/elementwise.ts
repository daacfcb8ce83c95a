// Activations, sums of branches, conversions.
import { util } from '@tensorflow/tfjs-core';
import type { Dtype } from '../tensorflow/binding.ts';
import type { Sink, Value } from '../tensorflow/sink.ts';
import { arithmetic, binary, cast, input, one, reduce, T, unary, type Kernel } from './algebra.ts';

export const relu: Kernel = (sink, inputs) => [unary(sink, 'Relu', input(inputs, 'x'))];

export const reluGradient: Kernel = (sink, inputs) => {
  const [dy, y] = [input(inputs, 'dy'), input(inputs, 'y')];
  return [one(sink, { op: 'ReluGrad', inputs: [dy, y], attributes: { T }, shape: y.shape })];
};

/** Φ(x), the normal distribution's cumulative function. */
function cumulative(sink: Sink, x: Value): Value {
  const { add, mul } = arithmetic(sink);
  return mul(add(unary(sink, 'Erf', mul(x, Math.SQRT1_2)), 1), 0.5);
}

export const gelu: Kernel = (sink, inputs) => {
  const x = input(inputs, 'x');
  if (sink.traits.own) return [one(sink, { op: 'LabGelu', inputs: [x], shape: x.shape })];
  return [arithmetic(sink).mul(x, cumulative(sink, x))];
};

export const geluGradient: Kernel = (sink, inputs) => {
  const [dy, x] = [input(inputs, 'dy'), input(inputs, 'x')];
  if (sink.traits.own) return [one(sink, { op: 'LabGeluGradient', inputs: [dy, x], shape: x.shape })];
  const { add, mul, square } = arithmetic(sink);
  const density = mul(unary(sink, 'Exp', mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return [mul(dy, add(cumulative(sink, x), mul(x, density)))];
};

export const add: Kernel = (sink, inputs) => [binary(sink, 'AddV2', [input(inputs, 'a'), input(inputs, 'b')])];
export const multiply: Kernel = (sink, inputs) => [binary(sink, 'Mul', [input(inputs, 'a'), input(inputs, 'b')])];

export const addAll: Kernel = (sink, inputs) => {
  const terms = Object.values(inputs);
  return [one(sink, { op: 'AddN', inputs: terms, attributes: { N: { int: terms.length }, T }, shape: (terms[0] as Value).shape })];
};

export const sum: Kernel<{ axis?: number | number[]; keepDims?: boolean }> = (sink, inputs, { axis, keepDims = false }) => {
  const x = input(inputs, 'x');
  return [reduce(sink, 'Sum', { x, axes: util.parseAxisParam(axis as number[], x.shape), keep: keepDims })];
};

export const reshaped: Kernel<{ shape: number[] }> = (sink, inputs, { shape }) => {
  const x = input(inputs, 'x');
  const known = shape.reduce((product, side) => (side < 0 ? product : product * side), 1);
  const size = x.shape.reduce((product, side) => product * side, 1);
  const whole = shape.map((side) => (side < 0 ? size / known : side));
  const sides = sink.constant(Int32Array.from(whole), [whole.length]);
  return [one(sink, { op: 'Reshape', inputs: [x, sides], attributes: { T: { type: x.dtype }, Tshape: { type: 'int32' } }, shape: whole, dtype: x.dtype })];
};

/** float32 to int32 (towards zero) and back; the same type is a view. */
export const convert = (sink: Sink, x: Value, dtype: Dtype): Value => (x.dtype === dtype ? sink.view(x) : cast(sink, x, dtype));
