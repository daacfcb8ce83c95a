// Convolutions by TensorFlow's own kernels, groups included; depthwise ones by ours on the CPU.
import type { Conv2DAttributes, Pads } from '#operations/vocabulary';
import type { Attributes } from '../tensorflow/binding.ts';
import type { Sink, Value } from '../tensorflow/sink.ts';
import { arithmetic, cast, input, integers, one, reshape, T, type Kernel } from './algebra.ts';

type Window = { stride: number; pads: Pads };

const outputSide = (side: number, size: number, { stride, pads }: Window) => Math.floor((side + pads[0] + pads[1] - size) / stride) + 1;

/** Float16 has no numbers below 6e-8: gradients are lifted by a power of two on the way through it. */
const float16Lift = 1024;

/**
 * Runs a linear operation in the type of mixed precision.
 * @param compute gets the inputs in that type and gives the result in it
 */
export function inMixed(sink: Sink, { inputs, gradient }: { inputs: Value[]; gradient?: number }, compute: (inputs: Value[]) => Value): Value {
  const { mixed } = sink.traits;
  if (mixed === 'none') return compute(inputs);
  const lift = mixed === 'float16' && gradient !== undefined ? float16Lift : 1;
  const { mul } = arithmetic(sink);
  const lowered = inputs.map((value, index) => {
    if (value.dtype !== 'float32') return value;
    return cast(sink, index === gradient && lift !== 1 ? mul(value, lift) : value, mixed);
  });
  const result = cast(sink, compute(lowered), 'float32');
  return lift === 1 ? result : mul(result, 1 / lift);
}

/** TensorFlow's own words for pads where it has some: its kernels are tuned for them. */
function paddingOf([height, width]: [number, number], size: number, { stride, pads }: Window): { word: 'VALID' | 'SAME' | 'EXPLICIT'; explicit: number[] } {
  if (pads[0] === 0 && pads[1] === 0) return { word: 'VALID', explicit: [] };
  const isSame = [height, width].every((side) => {
    const total = Math.max((Math.ceil(side / stride) - 1) * stride + size - side, 0);
    return pads[0] === Math.floor(total / 2) && pads[1] === total - Math.floor(total / 2);
  });
  return isSame ? { word: 'SAME', explicit: [] } : { word: 'EXPLICIT', explicit: [0, 0, ...pads, ...pads, 0, 0] };
}

function attributesOf(image: number[], size: number, window: Window): Attributes {
  const [, height = 0, width = 0] = image;
  const { word, explicit } = paddingOf([height, width], size, window);
  return {
    strides: { ints: [1, window.stride, window.stride, 1] }, dilations: { ints: [1, 1, 1, 1] }, data_format: { string: 'NHWC' },
    padding: { string: word }, explicit_paddings: { ints: explicit },
  };
}

/** y + bias over the last axis. */
export const addBias = (sink: Sink, y: Value, bias: Value | undefined): Value =>
  (bias === undefined ? y : one(sink, { op: 'BiasAdd', inputs: [y, bias], attributes: { T, data_format: { string: 'NHWC' } }, shape: y.shape }));

type Framed = { shape: number[]; before: number; window: Window };

/**
 * The image with its pads in it, where TensorFlow has no word for them: oneDNN's kernels, unlike a GPU's, do not take pads of their own.
 * Null where the image can stay as it is.
 */
function framed(sink: Sink, image: number[], { size, window }: { size: number; window: Window }): Framed | null {
  const [, height = 0, width = 0] = image;
  if (sink.traits.gpu || paddingOf([height, width], size, window).word !== 'EXPLICIT') return null;
  const [before] = window.pads;
  const shape = image.map((side, axis) => (axis === 1 || axis === 2 ? Math.max(side + before, (outputSide(side, size, window) - 1) * window.stride + size) : side));
  return { shape, before, window: { stride: window.stride, pads: [0, 0] } };
}

function frame(sink: Sink, x: Value, { shape, before }: Framed): Value {
  const pads = Int32Array.from(shape.flatMap((side, axis) => (axis === 1 || axis === 2 ? [before, side - before - (x.shape[axis] as number)] : [0, 0])));
  return one(sink, { op: 'Pad', inputs: [x, sink.constant(pads, [4, 2])], attributes: { T, Tpaddings: { type: 'int32' } }, shape });
}

const unframe = (sink: Sink, dx: Value, { before, shape }: { before: number; shape: number[] }): Value =>
  one(sink, { op: 'Slice', inputs: [dx, integers(sink, [0, before, before, 0]), integers(sink, shape)], attributes: { T, Index: { type: 'int32' } }, shape });

export const conv2d: Kernel<Conv2DAttributes> = (sink, inputs, window) => {
  const [x, filter] = [input(inputs, 'x'), input(inputs, 'filter')];
  const [batch = 0, height = 0, width = 0] = x.shape;
  const [size = 0, , , channels = 0] = filter.shape;
  const inFrame = framed(sink, x.shape, { size, window });
  if (inFrame) return conv2d(sink, { ...inputs, x: frame(sink, x, inFrame) }, { ...window, ...inFrame.window });
  const y = inMixed(sink, { inputs: [x, filter] }, (lowered) => one(sink, {
    op: 'Conv2D', inputs: lowered, dtype: lowered[0]!.dtype,
    attributes: { T: { type: lowered[0]!.dtype }, use_cudnn_on_gpu: { bool: true }, ...attributesOf(x.shape, size, window) },
    shape: [batch, outputSide(height, size, window), outputSide(width, size, window), channels],
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
    attributes: { T: { type: lowered[1]!.dtype }, use_cudnn_on_gpu: { bool: true }, ...attributesOf(inputShape, filter.shape[0] ?? 0, window) },
  }))];
};

export const conv2dFilterGradient: Kernel<Conv2DAttributes & { filterShape: number[] }> = (sink, inputs, { filterShape, ...window }) => {
  const [x, dy] = [input(inputs, 'x'), input(inputs, 'dy')];
  const { groups, stride, pads: [before] } = window;
  if (sink.traits.own) {
    const attributes = { side: { int: filterShape[0] ?? 0 }, stride: { int: stride }, before: { int: before }, groups: { int: groups } };
    return [one(sink, { op: 'LabConv2DFilterGradient', inputs: [x, dy], attributes, shape: filterShape })];
  }
  if (groups > 1 && !sink.traits.groups) {
    return [inGroups(sink, { groups, values: [x, dy], axis: 3 }, (part) => conv2dFilterGradient(sink, { x: part[0]!, dy: part[1]! }, { ...window, groups: 1, filterShape: perGroup(filterShape, groups) })[0]!)];
  }
  const inFrame = framed(sink, x.shape, { size: filterShape[0] ?? 0, window });
  if (inFrame) return conv2dFilterGradient(sink, { x: frame(sink, x, inFrame), dy }, { ...window, ...inFrame.window, filterShape });
  return [inMixed(sink, { inputs: [x, integers(sink, filterShape), dy], gradient: 2 }, (lowered) => one(sink, {
    op: 'Conv2DBackpropFilter', inputs: lowered, dtype: lowered[0]!.dtype, shape: filterShape,
    attributes: { T: { type: lowered[0]!.dtype }, use_cudnn_on_gpu: { bool: true }, ...attributesOf(x.shape, filterShape[0] ?? 0, window) },
  }))];
};

const padsOf = ([before, after]: Pads): Attributes => ({ before: { int: before }, after: { int: after } });
const stride1 = (pads: Pads) => ({ stride: 1, pads });
/** The filter [k, k, C] as TensorFlow takes it: [k, k, C, 1]. */
const withMultiplier = (sink: Sink, filter: Value) => reshape(sink, filter, [...filter.shape, 1]);

export const depthwise: Kernel<{ pads: Pads }> = (sink, inputs, { pads }) => {
  const [x, filter] = [input(inputs, 'x'), input(inputs, 'filter')];
  const size = filter.shape[0] ?? 0;
  const shape = x.shape.map((side, axis) => (axis === 1 || axis === 2 ? outputSide(side, size, stride1(pads)) : side));
  if (sink.traits.own) return [one(sink, { op: 'LabDepthwiseConv2D', inputs: [x, filter, inputs.bias ?? sink.constant(new Float32Array(0), [0])], attributes: padsOf(pads), shape })];
  const y = inMixed(sink, { inputs: [x, withMultiplier(sink, filter)] }, (lowered) => one(sink, {
    op: 'DepthwiseConv2dNative', inputs: lowered, dtype: lowered[0]!.dtype, shape,
    attributes: { T: { type: lowered[0]!.dtype }, ...attributesOf(x.shape, size, stride1(pads)) },
  }));
  return [addBias(sink, y, inputs.bias)];
};

export const depthwiseInputGradient: Kernel<{ pads: Pads }> = (sink, inputs, { pads }) => {
  const [dy, filter] = [input(inputs, 'dy'), input(inputs, 'filter')];
  const size = filter.shape[0] ?? 0;
  const shape = dy.shape.map((side, axis) => (axis === 1 || axis === 2 ? side + size - 1 - pads[0] - pads[1] : side));
  if (sink.traits.own) return [one(sink, { op: 'LabDepthwiseConv2DInputGradient', inputs: [dy, filter], attributes: padsOf(pads), shape })];
  return [inMixed(sink, { inputs: [integers(sink, shape), withMultiplier(sink, filter), dy], gradient: 2 }, (lowered) => one(sink, {
    op: 'DepthwiseConv2dNativeBackpropInput', inputs: lowered, dtype: lowered[1]!.dtype, shape,
    attributes: { T: { type: lowered[1]!.dtype }, ...attributesOf(shape, size, stride1(pads)) },
  }))];
};

export const depthwiseFilterGradient: Kernel<{ pads: Pads; filterShape: number[] }> = (sink, inputs, { pads, filterShape }) => {
  const [x, dy] = [input(inputs, 'x'), input(inputs, 'dy')];
  if (sink.traits.own) return [one(sink, { op: 'LabDepthwiseConv2DFilterGradient', inputs: [x, dy], attributes: padsOf(pads), shape: filterShape })];
  const shape = [...filterShape, 1];
  const gradient = inMixed(sink, { inputs: [x, integers(sink, shape), dy], gradient: 2 }, (lowered) => one(sink, {
    op: 'DepthwiseConv2dNativeBackpropFilter', inputs: lowered, dtype: lowered[0]!.dtype, shape,
    attributes: { T: { type: lowered[0]!.dtype }, ...attributesOf(x.shape, filterShape[0] ?? 0, stride1(pads)) },
  }));
  return [reshape(sink, gradient, filterShape)];
};
