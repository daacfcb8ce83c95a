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
/** Positions of the multiply-adds of one (pixel, tap): y[o] joins x[i] by F[f]. */
function joinChannels({ inputs, outputs, groups }: Sizes, visit: (i: number, o: number, f: number) => void): void {
  const [perIn, perOut] = [inputs / groups, outputs / groups];
  for (let group = 0; group < groups; group += 1) {
    for (let i = 0; i < perIn; i += 1) {
      for (let o = 0; o < perOut; o += 1) visit(group * perIn + i, group * perOut + o, i * outputs + group * perOut + o);
    }
  }
}

const last = (shape: number[]) => shape.at(-1) ?? 0;

function addBias(y: Operand, bias: Operand | undefined): void {
  if (bias === undefined) return;
  const channels = last(y.shape);
  for (let index = 0; index < y.values.length; index += 1) y.values[index] = (y.values[index] as number) + (bias.values[index % channels] as number);
}

/** A multiply-add list for channel pairs, flattened once so that the pixel loop stays plain. */
function pairsOf(sizes: Sizes): Int32Array {
  const pairs: number[] = [];
  joinChannels(sizes, (i, o, f) => pairs.push(i, o, f));
  return Int32Array.from(pairs);
}

type Arrays = { x: Float32Array; y: Float32Array | Float64Array; filter: Float32Array | Float64Array };
type Use = 'forward' | 'input' | 'filter';

function convolve(arrays: { x: Float32Array | Float64Array } & Omit<Arrays, 'x'>, plan: { geometry: Geometry; sizes: Sizes; use: Use }): void {
  const { x, y, filter } = arrays;
  const { sizes, use } = plan;
  const pairs = pairsOf(sizes);
  const perTap = (sizes.inputs / sizes.groups) * sizes.outputs;
  walkTaps(plan.geometry, (output, input, tap) => {
    const [xAt, yAt, fAt] = [input * sizes.inputs, output * sizes.outputs, tap * perTap];
    for (let p = 0; p < pairs.length; p += 3) {
      const i = xAt + (pairs[p] as number);
      const o = yAt + (pairs[p + 1] as number);
      const f = fAt + (pairs[p + 2] as number);
      if (use === 'forward') y[o] = (y[o] as number) + (x[i] as number) * (filter[f] as number);
      else if (use === 'input') x[i] = (x[i] as number) + (y[o] as number) * (filter[f] as number);
      else filter[f] = (filter[f] as number) + (x[i] as number) * (y[o] as number);
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
  convolve({ x: x.values, y, filter: filter.values }, { geometry, sizes, use: 'forward' });
  const result = rounded(shape, y);
  addBias(result, inputs.bias);
  return [result];
};

export const conv2dInputGradient: Reference<Conv2DAttributes & { inputShape: number[] }> = (inputs, attributes) => {
  const [dy, filter] = [operand(inputs, 'dy'), operand(inputs, 'filter')];
  const geometry = geometryOf(attributes.inputShape, filter.shape[0] ?? 0, attributes);
  const sizes = { inputs: last(attributes.inputShape), outputs: last(filter.shape), groups: attributes.groups };
  const dx = sumsOf(attributes.inputShape);
  convolve({ x: dx, y: dy.values, filter: filter.values }, { geometry, sizes, use: 'input' });
  return [rounded(attributes.inputShape, dx)];
};

export const conv2dFilterGradient: Reference<Conv2DAttributes & { filterShape: number[] }> = (inputs, attributes) => {
  const [x, dy] = [operand(inputs, 'x'), operand(inputs, 'dy')];
  const geometry = geometryOf(x.shape, attributes.filterShape[0] ?? 0, attributes);
  const sizes = { inputs: last(x.shape), outputs: last(attributes.filterShape), groups: attributes.groups };
  const df = sumsOf(attributes.filterShape);
  convolve({ x: x.values, y: dy.values, filter: df }, { geometry, sizes, use: 'filter' });
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
