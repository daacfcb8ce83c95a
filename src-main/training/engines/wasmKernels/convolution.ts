// Lowerings of grouped 2-D convolutions with any stride onto indirect products.
import { LabError } from '#contract';
import { outputSide } from '#operations/convolution';
import type { Conv2DAttributes } from '#operations/vocabulary';
import type { Sink } from '../wasm/sink.ts';
import { backwardPads, backwardPhases, forwardRows, forwardTaps, frameOf } from './geometry.ts';
import { flat, input, output, sizeOf, up, type Lowering, type Operand } from './lower.ts';
import { at, cut, outer, packForOuter, product } from './matrix.ts';

type Sizes = { inputs: number; outputs: number; groups: number; perIn: number; perOut: number; side: number };

function sizesOf(inputs: number, filterShape: number[], groups: number): Sizes {
  const [side = 0, , perIn = 0, outputs = 0] = filterShape;
  const sizes = { inputs, outputs, groups, perIn, perOut: outputs / groups, side };
  if (groups > 1 && (perIn % 4 !== 0 || sizes.perOut % 8 !== 0 || perIn % 8 !== 0)) {
    throw new LabError('ENGINE_UNUSABLE', `The wasm engine convolves groups of a multiple of 8 channels; these have ${perIn} and ${sizes.perOut}. Choose a cardinality and a widen_factor that divide so, or --engine cpu.`, { place: { key: 'model.cardinality' } });
  }
  return sizes;
}

const groupList = ({ groups }: Sizes) => Array.from({ length: groups }, (_, group) => group);

export const conv2d: Lowering<Conv2DAttributes> = (sink, inputs, { stride, pads, groups }) => {
  const [x, filter, bias] = [input(inputs, 'x'), input(inputs, 'filter'), inputs.bias];
  const [batch = 0, h = 0, w = 0, channels = 0] = x.shape;
  const sizes = sizesOf(channels, filter.shape, groups);
  const [height, width] = [h, w].map((side) => outputSide(side, sizes.side, { stride, pads })) as [number, number];
  const wide = up(sizes.outputs, 8);
  const y = output(sink, [batch, height, width, sizes.outputs]);
  const target = wide === sizes.outputs ? y.block : sink.allocate(4 * batch * height * width * wide);
  const frame = frameOf(sink, x, { before: pads[0], after: pads[1], channels: up(channels, 4) });
  const rows = forwardRows(sink, frame, { out: { batch, height, width }, stride, pitch: wide });
  const taps = forwardTaps(sink, frame, sizes.side);
  for (const group of groupList(sizes)) {
    const columns = 4 * group * sizes.perOut;
    product(sink, { x: at(frame.block, 4 * group * sizes.perIn), y: at(target, columns), bias: bias ? at(bias.block, columns) : 0 }, {
      rows, taps,
      weights: { w: at(filter.block, columns), tapStride: sizes.perIn * sizes.outputs, depthStride: sizes.outputs, columnStride: 1, depth: sizes.perIn, columns: sizes.perOut },
    });
  }
  frame.release();
  if (target !== y.block) cut(sink, target, { rows: rows.count, from: wide, to: sizes.outputs, y: y.block });
  return [y];
};

/** dx has pixels that no tap reaches where the stride is larger than the filter: they are zero. */
function emptyGradient(sink: Sink, shape: number[], { stride, side }: { stride: number; side: number }): Operand {
  const dx = output(sink, shape);
  if (stride > side) {
    const { chunks, size } = flat(sizeOf(shape));
    sink.emit('fill', chunks, [size, sizeOf(shape), dx.block, 0]);
  }
  return dx;
}

export const conv2dInputGradient: Lowering<Conv2DAttributes & { inputShape: number[] }> = (sink, inputs, attributes) => {
  const [dy, filter] = [input(inputs, 'dy'), input(inputs, 'filter')];
  const [batch = 0, height = 0, width = 0, channels = 0] = attributes.inputShape;
  const sizes = sizesOf(channels, filter.shape, attributes.groups);
  const wide = up(channels, 8);
  const dx = emptyGradient(sink, [batch, height, width, wide], { stride: attributes.stride, side: sizes.side });
  const pads = backwardPads(Math.max(height, width), Math.min(dy.shape[1] ?? 0, dy.shape[2] ?? 0), { side: sizes.side, ...attributes });
  const frame = frameOf(sink, dy, { ...pads, channels: up(sizes.outputs, 4) });
  const phases = backwardPhases(sink, frame, { input: { batch, height, width }, side: sizes.side, attributes, before: pads.before, pitch: wide });
  for (const { rows, taps } of phases) {
    for (const group of groupList(sizes)) {
      const columns = 4 * group * sizes.perOut;
      product(sink, { x: at(frame.block, columns), y: at(dx.block, 4 * group * sizes.perIn), bias: 0 }, {
        rows, taps,
        weights: { w: at(filter.block, columns), tapStride: sizes.perIn * sizes.outputs, depthStride: 1, columnStride: sizes.outputs, depth: sizes.perOut, columns: sizes.perIn },
      });
    }
  }
  frame.release();
  if (wide === channels) return [dx];
  const narrow = output(sink, attributes.inputShape);
  cut(sink, dx.block, { rows: batch * height * width, from: wide, to: channels, y: narrow.block });
  return [narrow];
};

export const conv2dFilterGradient: Lowering<Conv2DAttributes & { filterShape: number[] }> = (sink, inputs, { stride, pads, groups, filterShape }) => {
  const [x, dy] = [input(inputs, 'x'), input(inputs, 'dy')];
  const [batch = 0, height = 0, width = 0] = dy.shape;
  const sizes = sizesOf(x.shape[3] ?? 0, filterShape, groups);
  const wide = up(sizes.outputs, 8);
  const taps = sizes.side * sizes.side;
  const filter = output(sink, filterShape);
  const target = wide === sizes.outputs ? filter.block : sink.allocate(4 * taps * sizes.perIn * wide);
  const frame = frameOf(sink, x, { before: pads[0], after: pads[1], channels: up(sizes.inputs, 4) });
  const rows = forwardRows(sink, frame, { out: { batch, height, width }, stride, pitch: wide });
  const packed = packForOuter(sink, dy);
  for (const group of groupList(sizes)) {
    const panels = { first: (group * sizes.perOut) / 8, count: Math.ceil(sizes.perOut / 8) };
    outer(sink, { x: at(frame.block, 4 * group * sizes.perIn), rows, taps: forwardTaps(sink, frame, sizes.side), channels: sizes.perIn, packed, panels }, { filter: at(target, 4 * group * sizes.perOut), pitch: wide });
  }
  sink.free(packed.packed);
  frame.release();
  if (target !== filter.block) cut(sink, target, { rows: taps * sizes.perIn, from: wide, to: sizes.outputs, y: filter.block });
  return [filter];
};
