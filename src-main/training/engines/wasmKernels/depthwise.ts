// Lowerings of depthwise convolutions: unrolled tiles for sides 3, 5, 7 and channels in eights, scalar loops for the rest.
import { outputSide } from '#operations/convolution';
import type { Pads } from '#operations/vocabulary';
import type { Block, Sink } from '../wasm/sink.ts';
import { frameOf } from './geometry.ts';
import { input, output, rowChunks, type Lowering, type Operand } from './lower.ts';
import { fewestChunks, inParts, partsOf } from './matrix.ts';

const unrolled = [3, 5, 7];

function convolve(sink: Sink, x: Operand, { filter, side, bias, pads }: { filter: Block; side: number; bias: Block | 0; pads: Pads }): Operand {
  const [batch = 0, h = 0, w = 0, channels = 0] = x.shape;
  const [height, width] = [h, w].map((length) => outputSide(length, side, { stride: 1, pads })) as [number, number];
  const y = output(sink, [batch, height, width, channels]);
  const frame = frameOf(sink, x, { before: pads[0], after: pads[1], channels });
  const lines = batch * height;
  const { chunks, size } = rowChunks(lines, width * channels, 4);
  const args = [frame.block, filter, bias, y.block];
  if (unrolled.includes(side) && channels % 8 === 0 && width >= 4) sink.emit(`depthwise${side}`, chunks, [size, lines, height, width, channels, ...args]);
  else sink.emit('depthwiseAny', chunks, [size, lines, height, width, channels, side, ...args]);
  frame.release();
  return y;
}

export const depthwise: Lowering<{ pads: Pads }> = (sink, inputs, { pads }) => {
  const filter = input(inputs, 'filter');
  return [convolve(sink, input(inputs, 'x'), { filter: filter.block, side: filter.shape[0] ?? 0, bias: inputs.bias?.block ?? 0, pads })];
};

export const depthwiseInputGradient: Lowering<{ pads: Pads }> = (sink, inputs, { pads }) => {
  const filter = input(inputs, 'filter');
  const [side = 0, , channels = 0] = filter.shape;
  const turned = sink.allocate(filter.block.bytes);
  sink.emit('turnFilter', 1, [side * side, channels, filter.block, turned]);
  const dx = convolve(sink, input(inputs, 'dy'), { filter: turned, side, bias: 0, pads: [side - 1 - pads[0], side - 1 - pads[1]] });
  sink.free(turned);
  return [dx];
};

export const depthwiseFilterGradient: Lowering<{ pads: Pads; filterShape: number[] }> = (sink, inputs, { pads, filterShape }) => {
  const [x, dy] = [input(inputs, 'x'), input(inputs, 'dy')];
  const [side = 0, , channels = 0] = filterShape;
  const [batch = 0, height = 0, width = 0] = dy.shape;
  const filter = output(sink, filterShape);
  const frame = frameOf(sink, x, { before: pads[0], after: pads[1], channels });
  if (unrolled.includes(side) && channels % 8 === 0) {
    const columns = Math.ceil(channels / 16);
    inParts(sink, { parts: partsOf(batch, Math.ceil(fewestChunks / columns)), count: side * side * channels, y: filter.block }, (parts, target) =>
      sink.emit(`depthwiseFilter${side}`, parts * columns, [16, parts, batch, height, width, channels, frame.block, dy.block, target]));
  } else {
    sink.emit('depthwiseFilterAny', side * side, [batch, height, width, channels, side, frame.block, dy.block, filter.block]);
  }
  frame.release();
  return [filter];
};
