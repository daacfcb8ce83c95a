// Lowerings of elementwise kernels, poolings and the loss.
import { LabError } from '#contract';
import type { PoolAttributes } from '#operations/vocabulary';
import { outputSide } from '#operations/convolution';
import type { Sink } from '../wasm/sink.ts';
import { flat, input, output, sizeOf, type Lowering, type Operand, type Operands } from './lower.ts';

/** A kernel over flat arrays of equal shape. */
const elementwise = (name: string, ...names: string[]): Lowering => (sink, inputs) => {
  const operands = names.map((key) => input(inputs, key));
  const { shape } = operands[0] as Operand;
  if (operands.some((operand) => sizeOf(operand.shape) !== sizeOf(shape))) {
    throw new LabError('RECORDING_REFUSED', `${name} takes operands of one shape; it got ${operands.map((operand) => `[${operand.shape.join(', ')}]`).join(' and ')}.`);
  }
  const y = output(sink, shape);
  const { chunks, size } = flat(sizeOf(shape));
  sink.emit(name, chunks, [size, sizeOf(shape), ...operands.map(({ block }) => block), y.block]);
  return [y];
};

export const add = elementwise('add', 'a', 'b');
export const multiply = elementwise('multiply', 'a', 'b');
export const relu = elementwise('relu', 'x');
export const reluGradient = elementwise('reluGradient', 'dy', 'y');
export const gelu = elementwise('gelu', 'x');
export const geluGradient = elementwise('geluGradient', 'dy', 'x');

export const addAll: Lowering = (sink, inputs) => {
  const [first, ...rest] = Object.values(inputs) as [Operand, ...Operand[]];
  return [rest.reduce((a, b) => add(sink, { a, b }, {})[0] as Operand, first)];
};

export const sum: Lowering = (sink, inputs) => {
  const x = input(inputs, 'x');
  const y = output(sink, []);
  sink.emit('sum', 1, [sizeOf(x.shape), x.block, y.block]);
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
