// Lowerings of grouped 2-D convolutions with any stride onto indirect products.
import { outputSide } from '#operations/convolution';
import type { Conv2DAttributes } from '#operations/vocabulary';
import type { Block, Sink } from '../wasm/sink.ts';
import { backwardPads, backwardPhases, forwardRows, forwardTaps, frameOf } from './geometry.ts';
import { flat, input, output, sizeOf, up, type Lowering, type Operand } from './lower.ts';
import { cut, fit, outer, packForOuter, product, type Taps } from './matrix.ts';
import { convolve, filterGradient, isWinograd } from './winograd.ts';

type Sizes = { outputs: number; groups: number; perIn: number; perOut: number; side: number };

function sizesOf([side = 0, , perIn = 0, outputs = 0]: number[], groups: number): Sizes {
  return { outputs, groups, perIn, perOut: outputs / groups, side };
}

/** x with every group's channels filled up with zeros to a multiple of `step`, so that no product reads a neighbouring group. */
function spread(sink: Sink, x: Operand, { groups, step }: { groups: number; step: number }): { x: Operand; release(): void } {
  const channels = x.shape.at(-1) ?? 0;
  const [from, to] = [channels / groups, up(channels / groups, step)];
  // A frame fills up a single group as it copies.
  if (from === to || groups === 1) return { x, release: () => {} };
  const wide = output(sink, [...x.shape.slice(0, -1), groups * to]);
  fit(sink, x.block, { runs: (sizeOf(x.shape) / channels) * groups, from, to, y: wide.block });
  return { x: wide, release: () => sink.free(wide.block) };
}

/** Memory for y whose groups hold whole panels of eight columns; `finish` cuts them to y where they are wider. */
function panelled(sink: Sink, y: Operand, groups: number): { target: Block; perGroup: number; finish(): void } {
  const columns = (y.shape.at(-1) ?? 0) / groups;
  const perGroup = up(columns, 8);
  if (perGroup === columns) return { target: y.block, perGroup, finish: () => {} };
  const runs = sizeOf(y.shape) / columns;
  const target = sink.allocate(4 * runs * perGroup);
  return { target, perGroup, finish: () => cut(sink, target, { rows: runs, from: perGroup, to: columns, y: y.block }) };
}

/** Images as Winograd's transform takes them. */
const mapsOf = ([batch = 0, height = 0, width = 0]: number[], perGroup: number, groups: number) => ({ batch, height, width, perGroup, groups });

/** The nine taps of a 3×3 filter in this order; a gradient's are turned round. */
const nineTaps = (sink: Sink, turned: boolean): Taps => ({
  count: 9, offsets: sink.table('zero', () => new Int32Array(1)), weights: sink.table(turned ? 'nine turned' : 'count 9', () => Int32Array.from({ length: 9 }, (_, tap) => (turned ? 8 - tap : tap))),
});

export const conv2d: Lowering<Conv2DAttributes> = (sink, inputs, { stride, pads, groups }) => {
  const [x, filter, bias] = [input(inputs, 'x'), input(inputs, 'filter'), inputs.bias];
  const [batch = 0, h = 0, w = 0] = x.shape;
  const sizes = sizesOf(filter.shape, groups);
  const [height, width] = [h, w].map((side) => outputSide(side, sizes.side, { stride, pads })) as [number, number];
  const y = output(sink, [batch, height, width, sizes.outputs]);
  const weights = { w: filter.block, tapStride: sizes.perIn * sizes.outputs, depthStride: sizes.outputs, columnStride: 1, depth: sizes.perIn, columns: sizes.perOut, groups, groupStride: sizes.perOut };
  const [from, to] = [mapsOf(x.shape, sizes.perIn, groups), mapsOf(y.shape, sizes.perOut, groups)];
  if (isWinograd({ side: sizes.side, stride, perIn: sizes.perIn, y: to })) {
    convolve(sink, { x: x.block, from, to, y: y.block, bias: bias?.block ?? 0, before: pads[0], taps: nineTaps(sink, false), weights });
    return [y];
  }
  const { target, perGroup, finish } = panelled(sink, y, groups);
  const source = spread(sink, x, { groups, step: 4 });
  const depth = up(sizes.perIn, 4);
  const frame = frameOf(sink, source.x, { before: pads[0], after: pads[1], channels: groups * depth });
  const rows = forwardRows(sink, frame, { out: { batch, height, width }, stride, pitch: groups * perGroup });
  const taps = forwardTaps(sink, frame, sizes.side);
  product(sink, { x: frame.block, y: target, bias: bias?.block ?? 0 }, { rows, taps, weights });
  frame.release();
  source.release();
  finish();
  return [y];
};

export const conv2dInputGradient: Lowering<Conv2DAttributes & { inputShape: number[] }> = (sink, inputs, attributes) => {
  const [dy, filter] = [input(inputs, 'dy'), input(inputs, 'filter')];
  const { inputShape, groups, stride } = attributes;
  const [batch = 0, height = 0, width = 0] = inputShape;
  const sizes = sizesOf(filter.shape, groups);
  const dx = output(sink, inputShape);
  const weights = { w: filter.block, tapStride: sizes.perIn * sizes.outputs, depthStride: 1, columnStride: sizes.outputs, depth: sizes.perOut, columns: sizes.perIn, groups, groupStride: sizes.perOut };
  const [from, to] = [mapsOf(dy.shape, sizes.perOut, groups), mapsOf(inputShape, sizes.perIn, groups)];
  if (isWinograd({ side: sizes.side, stride, perIn: sizes.perOut, y: to })) {
    convolve(sink, { x: dy.block, from, to, y: dx.block, bias: 0, before: 2 - attributes.pads[0], taps: nineTaps(sink, true), weights });
    return [dx];
  }
  const { target, perGroup, finish } = panelled(sink, dx, groups);
  // Where the stride is larger than the filter, no tap reaches some pixels: they are zero.
  if (stride > sizes.side) {
    const count = batch * height * width * groups * perGroup;
    const { chunks, size } = flat(count);
    sink.emit('fill', chunks, [size, count, target, 0]);
  }
  const source = spread(sink, dy, { groups, step: 4 });
  const depth = up(sizes.perOut, 4);
  const pads = backwardPads(Math.max(height, width), Math.min(dy.shape[1] ?? 0, dy.shape[2] ?? 0), { side: sizes.side, ...attributes });
  const frame = frameOf(sink, source.x, { ...pads, channels: groups * depth });
  const phases = backwardPhases(sink, frame, { input: { batch, height, width }, side: sizes.side, attributes, before: pads.before, pitch: groups * perGroup });
  for (const { rows, taps } of phases) product(sink, { x: frame.block, y: target, bias: 0 }, { rows, taps, weights });
  frame.release();
  source.release();
  finish();
  return [dx];
};

export const conv2dFilterGradient: Lowering<Conv2DAttributes & { filterShape: number[] }> = (sink, inputs, { stride, pads, groups, filterShape }) => {
  const [x, dy] = [input(inputs, 'x'), input(inputs, 'dy')];
  const [batch = 0, height = 0, width = 0] = dy.shape;
  const sizes = sizesOf(filterShape, groups);
  const filter = output(sink, filterShape);
  const [from, to] = [mapsOf(x.shape, sizes.perIn, groups), mapsOf(dy.shape, sizes.perOut, groups)];
  if (isWinograd({ side: sizes.side, stride, perIn: sizes.perIn, y: to })) {
    filterGradient(sink, { x, dy, from, to, before: pads[0] }, filter.block);
    return [filter];
  }
  const { target, perGroup, finish } = panelled(sink, filter, groups);
  const frame = frameOf(sink, x, { before: pads[0], after: pads[1], channels: up(x.shape[3] ?? 0, 4) });
  const rows = forwardRows(sink, frame, { out: { batch, height, width }, stride, pitch: groups * perGroup });
  const taps = forwardTaps(sink, frame, sizes.side);
  const source = spread(sink, dy, { groups, step: 8 });
  const packed = packForOuter(sink, source.x);
  outer(sink, { x: frame.block, rows, taps, channels: sizes.perIn, packed, groups }, { filter: target, pitch: groups * perGroup });
  sink.free(packed.packed);
  source.release();
  frame.release();
  finish();
  return [filter];
};
