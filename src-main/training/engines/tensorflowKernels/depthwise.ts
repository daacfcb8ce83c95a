// Depthwise convolutions with stride 1: by our own kernels on the CPU, elsewhere by TensorFlow's.
import type { Pads } from '#operations/vocabulary';
import type { Sink, Value } from '../tensorflow/sink.ts';
import { empty, input, integers, one, reshape, type Kernel } from './algebra.ts';
import { addBias } from './convolution.ts';
import { inMixed } from './mixed.ts';
import { outputShape, ownWindow, windowAttributes } from './window.ts';

const stride1 = (pads: Pads) => ({ stride: 1, pads });
/** The filter [k, k, C] as TensorFlow takes it: [k, k, C, 1]. */
const withMultiplier = (sink: Sink, filter: Value) => reshape(sink, filter, [...filter.shape, 1]);

export const depthwise: Kernel<{ pads: Pads }> = (sink, inputs, { pads }) => {
  const [x, filter] = [input(inputs, 'x'), input(inputs, 'filter')];
  const size = filter.shape[0] ?? 0;
  const shape = outputShape(x.shape, size, stride1(pads));
  if (sink.traits.own) return [one(sink, { op: 'LabDepthwiseConv2D', inputs: [x, filter, inputs.bias ?? empty(sink)], attributes: ownWindow(size, { pads }), shape })];
  const y = inMixed(sink, { inputs: [x, withMultiplier(sink, filter)] }, (lowered) => one(sink, {
    op: 'DepthwiseConv2dNative', inputs: lowered, dtype: lowered[0]!.dtype, shape,
    attributes: { T: { type: lowered[0]!.dtype }, ...windowAttributes(x.shape, size, stride1(pads)) },
  }));
  return [addBias(sink, y, inputs.bias)];
};

export const depthwiseInputGradient: Kernel<{ pads: Pads }> = (sink, inputs, { pads }) => {
  const [dy, filter] = [input(inputs, 'dy'), input(inputs, 'filter')];
  const size = filter.shape[0] ?? 0;
  const shape = dy.shape.map((side, axis) => (axis === 1 || axis === 2 ? side + size - 1 - pads[0] - pads[1] : side));
  if (sink.traits.own) return [one(sink, { op: 'LabDepthwiseConv2DInputGradient', inputs: [dy, filter], attributes: ownWindow(size, { pads }), shape })];
  return [inMixed(sink, { inputs: [integers(sink, shape), withMultiplier(sink, filter), dy], gradient: 2 }, (lowered) => one(sink, {
    op: 'DepthwiseConv2dNativeBackpropInput', inputs: lowered, dtype: lowered[1]!.dtype, shape,
    attributes: { T: { type: lowered[1]!.dtype }, ...windowAttributes(shape, size, stride1(pads)) },
  }))];
};

export const depthwiseFilterGradient: Kernel<{ pads: Pads; filterShape: number[] }> = (sink, inputs, { pads, filterShape }) => {
  const [x, dy] = [input(inputs, 'x'), input(inputs, 'dy')];
  if (sink.traits.own) return [one(sink, { op: 'LabDepthwiseConv2DFilterGradient', inputs: [x, dy], attributes: ownWindow(filterShape[0] ?? 0, { pads }), shape: filterShape })];
  const shape = [...filterShape, 1];
  const gradient = inMixed(sink, { inputs: [x, integers(sink, shape), dy], gradient: 2 }, (lowered) => one(sink, {
    op: 'DepthwiseConv2dNativeBackpropFilter', inputs: lowered, dtype: lowered[0]!.dtype, shape,
    attributes: { T: { type: lowered[0]!.dtype }, ...windowAttributes(x.shape, filterShape[0] ?? 0, stride1(pads)) },
  }));
  return [reshape(sink, gradient, filterShape)];
};
