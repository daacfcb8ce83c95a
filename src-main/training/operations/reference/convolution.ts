// References of the convolutions and their gradients: one walk over (output pixel, tap), three uses of it.
import type { Conv2DAttributes, Pads } from '../vocabulary.ts';
import { operand, zeros, type Operand, type Reference } from './define.ts';

type Geometry = { batch: number; height: number; width: number; outHeight: number; outWidth: number; side: number; stride: number; pad: number };

/** Calls `visit(outputPixel, inputPixel, tap)` for every pair that a filter tap joins. */
function walkTaps(geometry: Geometry, visit: (output: number, input: number, tap: number) => void): void {
  const { batch, height, width, outHeight, outWidth, side, stride, pad } = geometry;
  for (let n = 0; n < batch; n += 1) {
    for (let tap = 0; tap < side * side; tap += 1) {
      const down = Math.floor(tap / side) - pad;
      const right = (tap % side) - pad;
      for (let oh = 0; oh < outHeight; oh += 1) {
        const h = oh * stride + down;
        if (h < 0 || h >= height) continue;
        for (let ow = 0; ow < outWidth; ow += 1) {
          const w = ow * stride + right;
          if (w >= 0 && w < width) visit((n * outHeight + oh) * outWidth + ow, (n * height + h) * width + w, tap);
        }
      }
    }
  }
}

function geometryOf(image: number[], side: number, { stride, pads }: { stride: number; pads: Pads }): Geometry {
  const [batch = 0, height = 0, width = 0] = image;
  const out = (length: number) => Math.floor((length + pads[0] + pads[1] - side) / stride) + 1;
  return { batch, height, width, outHeight: out(height), outWidth: out(width), side, stride, pad: pads[0] };
}

type Sizes = { inputs: number; outputs: number; groups: number };

const last = (shape: number[]) => shape.at(-1) ?? 0;

function addBias(y: Operand, bias: Operand | undefined): void {
  if (bias === undefined) return;
  const channels = last(y.shape);
  for (let index = 0; index < y.values.length; index += 1) y.values[index] = (y.values[index] as number) + (bias.values[index % channels] as number);
}

type Numbers = Float32Array | Float64Array;
/** x [pixels, inputs], y [pixels, outputs], filter [taps, inputs / groups, outputs]: two are read, the third is summed up. */
type Join = { x: Numbers; y: Numbers; filter: Numbers };

/** The multiply-adds of one input channel with a run of output channels: how the three uses differ. */
type Run = (join: Join, at: { x: number; y: number; filter: number; count: number }) => void;

const forwardRun: Run = ({ x, y, filter }, at) => {
  const value = x[at.x] as number;
  for (let o = 0; o < at.count; o += 1) y[at.y + o] = (y[at.y + o] as number) + value * (filter[at.filter + o] as number);
};
const inputRun: Run = ({ x, y, filter }, at) => {
  let sum = 0;
  for (let o = 0; o < at.count; o += 1) sum += (y[at.y + o] as number) * (filter[at.filter + o] as number);
  x[at.x] = (x[at.x] as number) + sum;
};
const filterRun: Run = ({ x, y, filter }, at) => {
  const value = x[at.x] as number;
  for (let o = 0; o < at.count; o += 1) filter[at.filter + o] = (filter[at.filter + o] as number) + value * (y[at.y + o] as number);
};

function convolve(join: Join, { geometry, sizes, run }: { geometry: Geometry; sizes: Sizes; run: Run }): void {
  const { inputs, outputs, groups } = sizes;
  const [perIn, perOut] = [inputs / groups, outputs / groups];
  const at = { x: 0, y: 0, filter: 0, count: perOut };
  walkTaps(geometry, (output, input, tap) => {
    for (let i = 0; i < inputs; i += 1) {
      const group = Math.floor(i / perIn);
      at.x = input * inputs + i;
      at.y = output * outputs + group * perOut;
      at.filter = (tap * perIn + (i - group * perIn)) * outputs + group * perOut;
      run(join, at);
    }
  });
}

const rounded = (shape: number[], sums: Float64Array): Operand => ({ shape, values: Float32Array.from(sums) });
const sumsOf = (shape: number[]) => new Float64Array(zeros(shape).values.length);

export const conv2d: Reference<Conv2DAttributes> = (inputs, attributes) => {
  const [x, filter] = [operand(inputs, 'x'), operand(inputs, 'filter')];
  const geometry = geometryOf(x.shape, filter.shape[0] ?? 0, attributes);
  const sizes = { inputs: last(x.shape), outputs: last(filter.shape), groups: attributes.groups };
  const shape = [geometry.batch, geometry.outHeight, geometry.outWidth, sizes.outputs];
  const y = sumsOf(shape);
  convolve({ x: x.values, y, filter: filter.values }, { geometry, sizes, run: forwardRun });
  const result = rounded(shape, y);
  addBias(result, inputs.bias);
  return [result];
};

export const conv2dInputGradient: Reference<Conv2DAttributes & { inputShape: number[] }> = (inputs, attributes) => {
  const [dy, filter] = [operand(inputs, 'dy'), operand(inputs, 'filter')];
  const geometry = geometryOf(attributes.inputShape, filter.shape[0] ?? 0, attributes);
  const sizes = { inputs: last(attributes.inputShape), outputs: last(filter.shape), groups: attributes.groups };
  const dx = sumsOf(attributes.inputShape);
  convolve({ x: dx, y: dy.values, filter: filter.values }, { geometry, sizes, run: inputRun });
  return [rounded(attributes.inputShape, dx)];
};

export const conv2dFilterGradient: Reference<Conv2DAttributes & { filterShape: number[] }> = (inputs, attributes) => {
  const [x, dy] = [operand(inputs, 'x'), operand(inputs, 'dy')];
  const geometry = geometryOf(x.shape, attributes.filterShape[0] ?? 0, attributes);
  const sizes = { inputs: last(x.shape), outputs: last(attributes.filterShape), groups: attributes.groups };
  const df = sumsOf(attributes.filterShape);
  convolve({ x: x.values, y: dy.values, filter: df }, { geometry, sizes, run: filterRun });
  return [rounded(attributes.filterShape, df)];
};

// A depthwise convolution is a grouped one with a group per channel, and its filter [k, k, C] is laid out as [k, k, 1, C].
const asGrouped = (pads: Pads, channels: number): Conv2DAttributes => ({ stride: 1, pads, groups: channels });

export const depthwise: Reference<{ pads: Pads }> = (inputs, { pads }) => conv2d(inputs, asGrouped(pads, last(operand(inputs, 'x').shape)));

export const depthwiseInputGradient: Reference<{ pads: Pads }> = (inputs, { pads }) => {
  const { shape } = operand(inputs, 'dy');
  const side = operand(inputs, 'filter').shape[0] ?? 0;
  const grow = side - 1 - pads[0] - pads[1];
  const inputShape = shape.map((length, axis) => (axis === 1 || axis === 2 ? length + grow : length));
  return conv2dInputGradient(inputs, { ...asGrouped(pads, last(shape)), inputShape });
};

export const depthwiseFilterGradient: Reference<{ pads: Pads; filterShape: number[] }> = (inputs, { pads, filterShape }) =>
  conv2dFilterGradient(inputs, { ...asGrouped(pads, last(filterShape)), filterShape });

export const biasGradient: Reference = (inputs) => {
  const dy = operand(inputs, 'dy');
  const channels = last(dy.shape);
  const sums = new Float64Array(channels);
  dy.values.forEach((value, index) => { sums[index % channels] = (sums[index % channels] as number) + value; });
  return [rounded([channels], sums)];
};
