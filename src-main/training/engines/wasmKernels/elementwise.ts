// Lowerings of elementwise kernels, poolings and the loss.
import { broadcast_util, util } from '@tensorflow/tfjs-core';
import type { PoolAttributes } from '#operations/vocabulary';
import { outputSide } from '#operations/convolution';
import type { Sink } from '../wasm/sink.ts';
import { flat, input, offsetsOf, output, sizeOf, stridesOf, type Lowering, type Operand, type Operands } from './lower.ts';

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

export const addAll: Lowering = (sink, inputs) => {
  const [first, ...rest] = Object.values(inputs) as [Operand, ...Operand[]];
  return [rest.reduce((a, b) => {
    const [y] = add(sink, { a, b }, {}) as [Operand];
    if (a !== first) sink.free(a.block);
    return y;
  }, first)];
};

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

function zeroed(sink: Sink, shape: number[]): Operand {
  const y = output(sink, shape);
  const { chunks, size } = flat(sizeOf(shape));
  sink.emit('fill', chunks, [size, sizeOf(shape), y.block, 0]);
  return y;
}

export const maxPool: Lowering<PoolAttributes> = (sink, inputs, { size, stride, pads }) => {
  const x = input(inputs, 'x');
  const [n = 0, h = 0, w = 0, c = 0] = x.shape;
  const [oh, ow] = [h, w].map((side) => outputSide(side, size, { stride, pads })) as [number, number];
  const y = output(sink, [n, oh, ow, c]);
  sink.emit('maxPool', Math.ceil((n * oh) / 8), [8, n * oh, h, w, c, oh, ow, size, stride, pads[0], x.block, y.block]);
  return [y];
};

export const maxPoolGradient: Lowering<PoolAttributes> = (sink, inputs, { size, stride, pads }) => {
  const [dy, x, y] = ['dy', 'x', 'y'].map((name) => input(inputs, name)) as [Operand, Operand, Operand];
  const [n = 0, h = 0, w = 0, c = 0] = x.shape;
  const dx = zeroed(sink, x.shape);
  sink.emit('maxPoolGradient', n, [h, w, c, dy.shape[1] ?? 0, dy.shape[2] ?? 0, size, stride, pads[0], dy.block, x.block, y.block, dx.block]);
  return [dx];
};

type Window = { height: number; width: number; stride: number };

function average(sink: Sink, x: Operand, { height, width, stride }: Window): Operand {
  const [n = 0, h = 0, w = 0, c = 0] = x.shape;
  const [oh, ow] = [Math.floor((h - height) / stride) + 1, Math.floor((w - width) / stride) + 1];
  const y = output(sink, [n, oh, ow, c]);
  sink.emit('averagePool', n, [h, w, c, oh, ow, height, width, stride, x.block, y.block]);
  return y;
}

function averageGradient(sink: Sink, dy: Operand, { height, width, stride, inputShape }: Window & { inputShape: number[] }): Operand {
  const [n = 0, h = 0, w = 0, c = 0] = inputShape;
  const dx = zeroed(sink, inputShape);
  sink.emit('averagePoolGradient', n, [h, w, c, Math.floor((h - height) / stride) + 1, Math.floor((w - width) / stride) + 1, height, width, stride, dy.block, dx.block]);
  return dx;
}

export const averagePool: Lowering<{ size: number; stride: number }> = (sink, inputs, { size, stride }) =>
  [average(sink, input(inputs, 'x'), { height: size, width: size, stride })];

export const averagePoolGradient: Lowering<{ size: number; stride: number; inputShape: number[] }> = (sink, inputs, { size, stride, inputShape }) =>
  [averageGradient(sink, input(inputs, 'dy'), { height: size, width: size, stride, inputShape })];

export const globalAveragePool: Lowering = (sink, inputs) => {
  const x = input(inputs, 'x');
  const [n = 0, h = 0, w = 0, c = 0] = x.shape;
  return [{ shape: [n, c], block: average(sink, x, { height: h, width: w, stride: 1 }).block }];
};

export const globalAveragePoolGradient: Lowering<{ inputShape: number[] }> = (sink, inputs, { inputShape }) =>
  [averageGradient(sink, input(inputs, 'dy'), { height: inputShape[1] ?? 0, width: inputShape[2] ?? 0, stride: 1, inputShape })];

export const softmaxCrossEntropy: Lowering = (sink, inputs: Operands) => {
  const [logits, labels] = [input(inputs, 'logits'), input(inputs, 'labels')];
  const [rows = 0, classes = 0] = logits.shape;
  const [loss, probabilities, correct] = [output(sink, []), output(sink, logits.shape), output(sink, [])];
  sink.emit('softmaxCrossEntropy', 1, [rows, classes, logits.block, labels.block, loss.block, probabilities.block, correct.block]);
  return [loss, probabilities, correct];
};

export const softmaxCrossEntropyGradient: Lowering = (sink, inputs) => {
  const [dloss, probabilities, labels] = ['dloss', 'probabilities', 'labels'].map((name) => input(inputs, name)) as [Operand, Operand, Operand];
  const dlogits = output(sink, probabilities.shape);
  sink.emit('softmaxCrossEntropyGradient', 1, [probabilities.shape[0] ?? 0, probabilities.shape[1] ?? 0, dloss.block, probabilities.block, labels.block, dlogits.block]);
  return [dlogits];
};
