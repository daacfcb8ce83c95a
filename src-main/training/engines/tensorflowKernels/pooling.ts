// Poolings and their gradients.
import type { PoolAttributes } from '#operations/vocabulary';
import type { Attributes } from '../tensorflow/binding.ts';
import { arithmetic, input, integers, one, reduce, reshape, T, type Kernel } from './algebra.ts';
import { outputShape, ownWindow } from './window.ts';

type Average = { size: number; stride: number };

const windowOf = ({ size, stride }: Average): Attributes => ({ T, ksize: { ints: [1, size, size, 1] }, strides: { ints: [1, stride, stride, 1] }, data_format: { string: 'NHWC' } });
const valid: Attributes = { padding: { string: 'VALID' } };

function maxWindow(attributes: PoolAttributes): Attributes {
  const { pads } = attributes;
  const padding: Attributes = pads[0] === 0 && pads[1] === 0
    ? { ...valid, explicit_paddings: { ints: [] } }
    : { padding: { string: 'EXPLICIT' }, explicit_paddings: { ints: [0, 0, ...pads, ...pads, 0, 0] } };
  return { ...windowOf(attributes), ...padding };
}

export const maxPool: Kernel<PoolAttributes> = (sink, inputs, attributes) => {
  const x = input(inputs, 'x');
  if (sink.traits.own) return [one(sink, { op: 'LabMaxPool2D', inputs: [x], attributes: ownWindow(attributes.size, attributes), shape: outputShape(x.shape, attributes.size, attributes) })];
  return [one(sink, { op: 'MaxPool', inputs: [x], attributes: maxWindow(attributes), shape: outputShape(x.shape, attributes.size, attributes) })];
};

export const maxPoolGradient: Kernel<PoolAttributes> = (sink, inputs, attributes) => {
  const [dy, x, y] = [input(inputs, 'dy'), input(inputs, 'x'), input(inputs, 'y')];
  if (sink.traits.own) return [one(sink, { op: 'LabMaxPool2DGradient', inputs: [dy, x], attributes: ownWindow(attributes.size, attributes), shape: x.shape })];
  return [one(sink, { op: 'MaxPoolGrad', inputs: [x, y, dy], attributes: maxWindow(attributes), shape: x.shape })];
};

export const averagePool: Kernel<Average> = (sink, inputs, attributes) => {
  const x = input(inputs, 'x');
  return [one(sink, { op: 'AvgPool', inputs: [x], attributes: { ...windowOf(attributes), ...valid }, shape: outputShape(x.shape, attributes.size, { ...attributes, pads: [0, 0] }) })];
};

export const averagePoolGradient: Kernel<Average & { inputShape: number[] }> = (sink, inputs, { inputShape, ...attributes }) =>
  [one(sink, { op: 'AvgPoolGrad', inputs: [integers(sink, inputShape), input(inputs, 'dy')], attributes: { ...windowOf(attributes), ...valid }, shape: inputShape })];

export const globalAveragePool: Kernel = (sink, inputs) => [reduce(sink, 'Mean', { x: input(inputs, 'x'), axes: [1, 2] })];

export const globalAveragePoolGradient: Kernel<{ inputShape: number[] }> = (sink, inputs, { inputShape }) => {
  const [batch = 0, height = 0, width = 0, channels = 0] = inputShape;
  const mean = arithmetic(sink).mul(input(inputs, 'dy'), 1 / (height * width));
  return [one(sink, {
    op: 'BroadcastTo', inputs: [reshape(sink, mean, [batch, 1, 1, channels]), integers(sink, inputShape)], attributes: { T, Tidx: { type: 'int32' } }, shape: inputShape,
  })];
};
