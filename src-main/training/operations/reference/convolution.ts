// References of the convolutions and their gradients: matrix products of patches, group by group, picture by picture.
import type { Conv2DAttributes, Pads } from '../vocabulary.ts';
import { multiply, transpose } from './matrix.ts';
import { operand, zeros, type Operand, type Reference } from './define.ts';

type Geometry = { batch: number; height: number; width: number; outHeight: number; outWidth: number; side: number; stride: number; pad: number };

type Sizes = { inputs: number; outputs: number; groups: number };
type Numbers = Float32Array | Float64Array;
/** A convolution of one group is a matrix product over patches: row = output pixel, column = (tap, input channel of the group). */
type Group = { geometry: Geometry; sizes: Sizes; n: number; group: number };

const patchRows = ({ geometry }: Group) => geometry.outHeight * geometry.outWidth;
const patchColumns = ({ geometry, sizes }: Group) => geometry.side * geometry.side * (sizes.inputs / sizes.groups);

/** Calls `visit(row, column, index)` for every run of one tap's channels: where it lies in the patches and in the picture. */
function walkPatches({ geometry, sizes, n, group }: Group, visit: (row: number, column: number, index: number) => void): void {
  const { height, width, outHeight, outWidth, side, stride, pad } = geometry;
  const perIn = sizes.inputs / sizes.groups;
  for (let tap = 0; tap < side * side; tap += 1) {
    const down = Math.floor(tap / side) - pad;
    const right = (tap % side) - pad;
    for (let oh = 0; oh < outHeight; oh += 1) {
      const h = oh * stride + down;
      if (h < 0 || h >= height) continue;
      for (let ow = 0; ow < outWidth; ow += 1) {
        const w = ow * stride + right;
        if (w >= 0 && w < width) visit(oh * outWidth + ow, tap * perIn, ((n * height + h) * width + w) * sizes.inputs + group * perIn);
      }
    }
  }
}

/** The patches of x [rows, columns], zeros where a tap lies outside the picture. */
function gather(x: Numbers, at: Group): Float64Array {
  const columns = patchColumns(at);
  const perIn = at.sizes.inputs / at.sizes.groups;
  const patches = new Float64Array(patchRows(at) * columns);
  walkPatches(at, (row, column, index) => {
    for (let i = 0; i < perIn; i += 1) patches[row * columns + column + i] = x[index + i] as number;
  });
  return patches;
}

/** Adds patches back to where they were gathered from. */
function scatter(patches: Float64Array, x: Float64Array, at: Group): void {
  const columns = patchColumns(at);
  const perIn = at.sizes.inputs / at.sizes.groups;
  walkPatches(at, (row, column, index) => {
    for (let i = 0; i < perIn; i += 1) x[index + i] = (x[index + i] as number) + (patches[row * columns + column + i] as number);
  });
}

/** The channels of one group of y [pixels, outputs], for one picture: [rows, outputs / groups]. */
function groupOf(y: Numbers, at: Group): Float64Array {
  const [rows, outputs, perOut] = [patchRows(at), at.sizes.outputs, at.sizes.outputs / at.sizes.groups];
  const part = new Float64Array(rows * perOut);
  for (let row = 0; row < rows; row += 1) {
    for (let o = 0; o < perOut; o += 1) part[row * perOut + o] = y[(at.n * rows + row) * outputs + at.group * perOut + o] as number;
  }
  return part;
}

/** The part of a filter [taps, inputs / groups, outputs] that belongs to one group: [columns, outputs / groups]. */
function filterOf(filter: Numbers, at: Group): Float64Array {
  const [columns, outputs, perOut] = [patchColumns(at), at.sizes.outputs, at.sizes.outputs / at.sizes.groups];
  const part = new Float64Array(columns * perOut);
  for (let column = 0; column < columns; column += 1) {
    for (let o = 0; o < perOut; o += 1) part[column * perOut + o] = filter[column * outputs + at.group * perOut + o] as number;
  }
  return part;
}

function eachGroup(geometry: Geometry, sizes: Sizes, use: (at: Group) => void): void {
  for (let n = 0; n < geometry.batch; n += 1) {
    for (let group = 0; group < sizes.groups; group += 1) use({ geometry, sizes, n, group });
  }
}

function geometryOf(image: number[], side: number, { stride, pads }: { stride: number; pads: Pads }): Geometry {
  const [batch = 0, height = 0, width = 0] = image;
  const out = (length: number) => Math.floor((length + pads[0] + pads[1] - side) / stride) + 1;
  return { batch, height, width, outHeight: out(height), outWidth: out(width), side, stride, pad: pads[0] };
}


const last = (shape: number[]) => shape.at(-1) ?? 0;

function addBias(y: Operand, bias: Operand | undefined): void {
  if (bias === undefined) return;
  const channels = last(y.shape);
  for (let index = 0; index < y.values.length; index += 1) y.values[index] = (y.values[index] as number) + (bias.values[index % channels] as number);
}

const rounded = (shape: number[], sums: Float64Array): Operand => ({ shape, values: Float32Array.from(sums) });
const sumsOf = (shape: number[]) => new Float64Array(zeros(shape).values.length);

export const conv2d: Reference<Conv2DAttributes> = (inputs, attributes) => {
  const [x, filter] = [operand(inputs, 'x'), operand(inputs, 'filter')];
  const geometry = geometryOf(x.shape, filter.shape[0] ?? 0, attributes);
  const sizes = { inputs: last(x.shape), outputs: last(filter.shape), groups: attributes.groups };
  const shape = [geometry.batch, geometry.outHeight, geometry.outWidth, sizes.outputs];
  const y = sumsOf(shape);
  const perOut = sizes.outputs / sizes.groups;
  eachGroup(geometry, sizes, (at) => {
    const [rows, columns] = [patchRows(at), patchColumns(at)];
    const part = multiply(gather(x.values, at), filterOf(filter.values, at), { rows, inner: columns, columns: perOut });
    for (let row = 0; row < rows; row += 1) y.set(part.subarray(row * perOut, (row + 1) * perOut), (at.n * rows + row) * sizes.outputs + at.group * perOut);
  });
  const result = rounded(shape, y);
  addBias(result, inputs.bias);
  return [result];
};

export const conv2dInputGradient: Reference<Conv2DAttributes & { inputShape: number[] }> = (inputs, attributes) => {
  const [dy, filter] = [operand(inputs, 'dy'), operand(inputs, 'filter')];
  const geometry = geometryOf(attributes.inputShape, filter.shape[0] ?? 0, attributes);
  const sizes = { inputs: last(attributes.inputShape), outputs: last(filter.shape), groups: attributes.groups };
  const dx = sumsOf(attributes.inputShape);
  const perOut = sizes.outputs / sizes.groups;
  eachGroup(geometry, sizes, (at) => {
    const [rows, columns] = [patchRows(at), patchColumns(at)];
    const transposed = transpose(filterOf(filter.values, at), perOut);
    scatter(multiply(groupOf(dy.values, at), transposed, { rows, inner: perOut, columns }), dx, at);
  });
  return [rounded(attributes.inputShape, dx)];
};

export const conv2dFilterGradient: Reference<Conv2DAttributes & { filterShape: number[] }> = (inputs, attributes) => {
  const [x, dy] = [operand(inputs, 'x'), operand(inputs, 'dy')];
  const geometry = geometryOf(x.shape, attributes.filterShape[0] ?? 0, attributes);
  const sizes = { inputs: last(x.shape), outputs: last(attributes.filterShape), groups: attributes.groups };
  const df = sumsOf(attributes.filterShape);
  const perOut = sizes.outputs / sizes.groups;
  eachGroup(geometry, sizes, (at) => {
    const [rows, columns] = [patchRows(at), patchColumns(at)];
    const part = multiply(transpose(gather(x.values, at), columns), groupOf(dy.values, at), { rows: columns, inner: rows, columns: perOut });
    part.forEach((value, index) => {
      const place = Math.floor(index / perOut) * sizes.outputs + at.group * perOut + (index % perOut);
      df[place] = (df[place] as number) + value;
    });
  });
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
