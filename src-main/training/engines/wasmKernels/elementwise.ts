// Lowerings of elementwise kernels and sums.
import { broadcast_util, util } from '@tensorflow/tfjs-core';
import { chained } from '../recording/shared.ts';
import type { Sink } from '../wasm/sink.ts';
import { flat, input, offsetsOf, output, sizeOf, stridesOf, type Lowering, type Operand } from './lower.ts';

/** A kernel over flat arrays of equal shape. */
const elementwise = (name: string, ...names: string[]): Lowering => (sink, inputs) => {
  const operands = names.map((key) => input(inputs, key));
  const { shape } = operands[0] as Operand;
  const y = output(sink, shape);
  const { chunks, size } = flat(sizeOf(shape));
  sink.emit(name, chunks, [size, sizeOf(shape), ...operands.map(({ block }) => block), y.block]);
  return [y];
};

export const relu = elementwise('relu', 'x');
export const reluGradient = elementwise('reluGradient', 'dy', 'y');
export const gelu = elementwise('gelu', 'x');
export const geluGradient = elementwise('geluGradient', 'dy', 'x');
export const toFloat = elementwise('toFloat', 'x');
export const toInteger = elementwise('toInteger', 'x');

/** A kernel of two operands that are broadcast to one shape. */
const binary = (name: string): Lowering => (sink, { a, b }) => {
  const [left, right] = [a, b] as [Operand, Operand];
  const shape = broadcast_util.assertAndGetBroadcastShape(left.shape, right.shape);
  const operands = [left, right].map((operand) => (sizeOf(operand.shape) === sizeOf(shape) ? operand : expanded(sink, operand, shape))) as [Operand, Operand];
  const [y] = elementwise(name, 'a', 'b')(sink, { a: { shape, block: operands[0].block }, b: operands[1] }, {}) as [Operand];
  [left, right].forEach((operand, index) => { if (operand !== operands[index]) sink.free((operands[index] as Operand).block); });
  return [y];
};

export const add = binary('add');
export const multiply = binary('multiply');

export const addAll = chained(add);

/** x repeated along the sides that `shape` adds or widens. */
function expanded(sink: Sink, x: Operand, shape: number[]): Operand {
  const sides = [...Array<number>(shape.length - x.shape.length).fill(1), ...x.shape];
  const strides = stridesOf(sides).map((stride, axis) => (sides[axis] === 1 ? 0 : stride));
  const index = sink.table(`expand ${x.shape.join()} ${shape.join()}`, () => offsetsOf(shape, strides));
  const y = output(sink, shape);
  const { chunks, size } = flat(sizeOf(shape));
  sink.emit('gather', chunks, [size, sizeOf(shape), index, x.block, y.block]);
  return y;
}

export const sum: Lowering<{ axis?: number[] | number; keepDims?: boolean }> = (sink, inputs, { axis, keepDims }) => {
  const x = input(inputs, 'x');
  const axes = util.parseAxisParam(axis as number[], x.shape);
  const strides = stridesOf(x.shape);
  const part = (over: boolean) => x.shape.map((_, at) => at).filter((at) => axes.includes(at) === over);
  const table = (over: boolean) => sink.table(`sum ${x.shape.join()} ${part(over).join()}`, () => offsetsOf(part(over).map((at) => x.shape[at] as number), part(over).map((at) => strides[at] as number)));
  const y = output(sink, x.shape.flatMap((side, at) => (axes.includes(at) ? (keepDims ? [1] : []) : [side])));
  const count = sizeOf(y.shape);
  sink.emit('sumOver', Math.ceil(count / 64), [64, count, table(false), sizeOf(x.shape) / Math.max(1, count), table(true), x.block, y.block]);
  return [y];
};
