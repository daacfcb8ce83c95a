// Convolutions, groups included: on the CPU by our own kernels where they are the faster ones, elsewhere by TensorFlow's.
import type { Conv2DAttributes } from '#operations/vocabulary';
import type { Sink, Value } from '../tensorflow/sink.ts';
import { empty, input, integers, one, T, type Kernel } from './algebra.ts';
import { inMixed } from './mixed.ts';
import { frame, framed, outputShape, ownWindow, unframe, windowAttributes } from './window.ts';

/** y + bias over the last axis. */
export const addBias = (sink: Sink, y: Value, bias: Value | undefined): Value =>
  (bias === undefined ? y : one(sink, { op: 'BiasAdd', inputs: [y, bias], attributes: { T, data_format: { string: 'NHWC' } }, shape: y.shape }));

/** Channels that our kernels keep in registers. */
const lanes = 16;
/** Tiles of 2×2 outputs from which on it pays to transform the filters. */
const enoughTiles = 16;

/** Whether our kernels compute this convolution by Winograd's transform: 3×3 with stride 1. Decided by shapes alone. */
function isWinograd(sink: Sink, { filter, y, stride, groups }: { filter: number[]; y: number[] } & Conv2DAttributes): boolean {
  const [side, , channels = 0, outputs = 0] = filter;
  const [batch = 0, height = 0, width = 0] = y;
  return sink.traits.own && side === 3 && stride === 1 && channels % lanes === 0 && outputs % (lanes * groups) === 0
    && batch * Math.ceil(height / 2) * Math.ceil(width / 2) >= enoughTiles;
}

export const conv2d: Kernel<Conv2DAttributes> = (sink, inputs, window) => {
  const [x, filter] = [input(inputs, 'x'), input(inputs, 'filter')];
  const [size = 0, , , channels = 0] = filter.shape;
  const shape = outputShape(x.shape, size, { ...window, channels });
  if (isWinograd(sink, { filter: filter.shape, y: shape, ...window })) {
    return [one(sink, { op: 'LabWinogradConv2D', inputs: [x, filter, inputs.bias ?? empty(sink)], attributes: ownWindow(size, window), shape })];
  }
  const inFrame = framed(sink, x.shape, { size, window });
  if (inFrame) return conv2d(sink, { ...inputs, x: frame(sink, x, inFrame) }, { ...window, ...inFrame.window });
  const y = inMixed(sink, { inputs: [x, filter] }, (lowered) => one(sink, {
    op: 'Conv2D', inputs: lowered, dtype: lowered[0]!.dtype,
    attributes: { T: { type: lowered[0]!.dtype }, use_cudnn_on_gpu: { bool: true }, ...windowAttributes(x.shape, size, window) },
    shape,
  }));
  return [addBias(sink, y, inputs.bias)];
};

/**
 * TensorFlow's kernels take groups with oneDNN and on a GPU; elsewhere each group is a convolution of its own.
 * @param values what is split by its last axis; the results are joined along `axis`
 */
function inGroups(sink: Sink, { groups, values, axis }: { groups: number; values: Value[]; axis: number }, compute: (part: Value[]) => Value): Value {
  const parts = values.map((value) => split(sink, value, groups));
  const results = Array.from({ length: groups }, (_, group) => compute(parts.map((part) => part[group] as Value)));
  const shape = (results[0] as Value).shape.map((side, at) => (at === axis ? side * groups : side));
  return one(sink, { op: 'ConcatV2', inputs: [...results, sink.constant(Int32Array.of(axis), [])], attributes: { N: { int: groups }, T, Tidx: { type: 'int32' } }, shape });
}

const split = (sink: Sink, value: Value, groups: number): Value[] => {
  const shape = value.shape.map((side, axis) => (axis === value.shape.length - 1 ? side / groups : side));
  return sink.run({
    op: 'Split', inputs: [sink.constant(Int32Array.of(value.shape.length - 1), []), value], attributes: { num_split: { int: groups }, T },
    outputs: Array.from({ length: groups }, () => ({ shape, dtype: 'float32' })),
  });
};

const perGroup = (shape: number[], groups: number) => shape.map((side, axis) => (axis === shape.length - 1 ? side / groups : side));

export const conv2dInputGradient: Kernel<Conv2DAttributes & { inputShape: number[] }> = (sink, inputs, { inputShape, ...window }) => {
  const [dy, filter] = [input(inputs, 'dy'), input(inputs, 'filter')];
  const { groups } = window;
  if (isWinograd(sink, { filter: filter.shape, y: dy.shape, ...window })) {
    return [one(sink, { op: 'LabWinogradConv2DInputGradient', inputs: [dy, filter], attributes: ownWindow(3, window), shape: inputShape })];
  }
  if (groups > 1 && !sink.traits.groups) {
    return [inGroups(sink, { groups, values: [dy, filter], axis: 3 }, (part) => conv2dInputGradient(sink, { dy: part[0]!, filter: part[1]! }, { ...window, groups: 1, inputShape: perGroup(inputShape, groups) })[0]!)];
  }
  const inFrame = framed(sink, inputShape, { size: filter.shape[0] ?? 0, window });
  if (inFrame) {
    const [dx] = conv2dInputGradient(sink, inputs, { ...window, ...inFrame.window, inputShape: inFrame.shape });
    return [unframe(sink, dx as Value, { before: inFrame.before, shape: inputShape })];
  }
  return [inMixed(sink, { inputs: [integers(sink, inputShape), filter, dy], gradient: 2 }, (lowered) => one(sink, {
    op: 'Conv2DBackpropInput', inputs: lowered, dtype: lowered[1]!.dtype, shape: inputShape,
    attributes: { T: { type: lowered[1]!.dtype }, use_cudnn_on_gpu: { bool: true }, ...windowAttributes(inputShape, filter.shape[0] ?? 0, window) },
  }))];
};

export const conv2dFilterGradient: Kernel<Conv2DAttributes & { filterShape: number[] }> = (sink, inputs, { filterShape, ...window }) => {
  const [x, dy] = [input(inputs, 'x'), input(inputs, 'dy')];
  const { groups } = window;
  if (sink.traits.own) {
    const op = isWinograd(sink, { filter: filterShape, y: dy.shape, ...window }) ? 'LabWinogradConv2DFilterGradient' : 'LabConv2DFilterGradient';
    return [one(sink, { op, inputs: [x, dy], attributes: ownWindow(filterShape[0] ?? 0, window), shape: filterShape })];
  }
  if (groups > 1 && !sink.traits.groups) {
    return [inGroups(sink, { groups, values: [x, dy], axis: 3 }, (part) => conv2dFilterGradient(sink, { x: part[0]!, dy: part[1]! }, { ...window, groups: 1, filterShape: perGroup(filterShape, groups) })[0]!)];
  }
  const inFrame = framed(sink, x.shape, { size: filterShape[0] ?? 0, window });
  if (inFrame) return conv2dFilterGradient(sink, { x: frame(sink, x, inFrame), dy }, { ...window, ...inFrame.window, filterShape });
  return [inMixed(sink, { inputs: [x, integers(sink, filterShape), dy], gradient: 2 }, (lowered) => one(sink, {
    op: 'Conv2DBackpropFilter', inputs: lowered, dtype: lowered[0]!.dtype, shape: filterShape,
    attributes: { T: { type: lowered[0]!.dtype }, use_cudnn_on_gpu: { bool: true }, ...windowAttributes(x.shape, filterShape[0] ?? 0, window) },
  }))];
};
