// Tables of convolutions: where each output pixel reads, by taps; forward, and backward split by phases of the stride.
import type { Conv2DAttributes, Pads } from '#operations/vocabulary';
import type { Block, Sink } from '../wasm/sink.ts';
import { rowChunks, type Operand } from './lower.ts';
import type { Rows, Taps } from './matrix.ts';

/** Pictures [n, height, width, channels] within a frame of zeros, or as they are. */
export type Frame = { block: Block; height: number; width: number; channels: number; release(): void };

/** Copies pictures into a frame: `before` and `after` pixels around, channels filled up to `channels`. */
export function frameOf(sink: Sink, x: Operand, { before, after, channels }: { before: number; after: number; channels: number }): Frame {
  const [n = 0, h = 0, w = 0, c = 0] = x.shape;
  const [height, width] = [h + before + after, w + before + after];
  if (before === 0 && after === 0 && channels === c) return { block: x.block, height, width, channels, release: () => {} };
  const block = sink.allocate(4 * n * height * width * channels);
  const { chunks, size } = rowChunks(n * height, width * channels);
  sink.emit('padImages', chunks, [size, n * height, h, w, c, height, width, channels, before, before, x.block, block]);
  return { block, height, width, channels, release: () => sink.free(block) };
}

type Grid = { batch: number; height: number; width: number };

/** Rows of a forward convolution: one per output pixel. */
export function forwardRows(sink: Sink, frame: Frame, { out, stride, pitch }: { out: Grid; stride: number; pitch: number }): Rows {
  const count = out.batch * out.height * out.width;
  const key = [out.batch, out.height, out.width, stride].join(' ');
  const from = sink.table(`from ${key} ${frame.height} ${frame.width} ${frame.channels}`, () => Int32Array.from({ length: count }, (_, row) => {
    const [ow, oh, n] = [row % out.width, Math.floor(row / out.width) % out.height, Math.floor(row / (out.width * out.height))];
    return 4 * frame.channels * ((n * frame.height + oh * stride) * frame.width + ow * stride);
  }));
  const to = sink.table(`rows ${count} ${pitch}`, () => Int32Array.from({ length: count }, (_, row) => row * pitch * 4));
  return { count, from, to };
}

/** Taps of a forward convolution of this side, row by row. */
export function forwardTaps(sink: Sink, frame: Frame, side: number): Taps {
  const offsets = sink.table(`taps ${side} ${frame.width} ${frame.channels}`, () =>
    Int32Array.from({ length: side * side }, (_, tap) => 4 * frame.channels * (Math.floor(tap / side) * frame.width + (tap % side))));
  const weights = sink.table(`count ${side * side}`, () => Int32Array.from({ length: side * side }, (_, tap) => tap));
  return { count: side * side, offsets, weights };
}

/** The pads of dy's frame such that every phase's taps stay inside. */
export function backwardPads(input: number, out: number, { side, stride, pads }: { side: number; stride: number; pads: Pads }): { before: number; after: number } {
  return {
    before: Math.max(0, Math.ceil((side - 1 - pads[0]) / stride)),
    after: Math.max(0, Math.floor((input - 1 + pads[0]) / stride) - (out - 1)),
  };
}

/** One phase of the input gradient: the pixels of x whose row and column leave the same remainders, and the taps that reach them. */
export type Phase = { rows: Rows; taps: Taps };

/**
 * Input pixel h is reached from output row (h + pad - i) / stride by every tap i that makes it whole: for one remainder of h these
 * are the taps i0, i0 + stride, …, so that each phase is a plain product over a subset of the taps.
 */
export function backwardPhases(sink: Sink, frame: Frame, options: { input: Grid; side: number; attributes: Conv2DAttributes; before: number; pitch: number }): Phase[] {
  const { input, side, attributes: { stride, pads }, before, pitch } = options;
  const axis = (remainder: number, length: number) => {
    const first = (remainder + pads[0]) % stride;
    const taps: number[] = [];
    for (let tap = first; tap < side; tap += stride) taps.push(tap);
    const count = Math.max(0, Math.ceil((length - remainder) / stride));
    const pixels = Array.from({ length: count }, (_, q) => ({ at: remainder + q * stride, from: (remainder + pads[0] - first) / stride + q + before }));
    return { first, taps, pixels };
  };
  const phases: Phase[] = [];
  for (let phase = 0; phase < stride * stride; phase += 1) {
    const [vertical, horizontal] = [axis(Math.floor(phase / stride), input.height), axis(phase % stride, input.width)];
    const count = input.batch * vertical.pixels.length * horizontal.pixels.length;
    const taps = vertical.taps.flatMap((i) => horizontal.taps.map((j) => ({ weight: i * side + j, down: (i - vertical.first) / stride, right: (j - horizontal.first) / stride })));
    if (count === 0 || taps.length === 0) continue;
    const key = ['phase', phase, side, stride, pads.join(), input.batch, input.height, input.width, frame.height, frame.width, frame.channels, pitch].join(' ');
    const rows = (pick: (n: number, v: { at: number; from: number }, h: { at: number; from: number }) => number) => () => {
      const table = new Int32Array(count);
      let row = 0;
      for (let n = 0; n < input.batch; n += 1) for (const v of vertical.pixels) for (const h of horizontal.pixels) table[row++] = pick(n, v, h);
      return table;
    };
    phases.push({
      rows: {
        count,
        from: sink.table(`${key} from`, rows((n, v, h) => 4 * frame.channels * ((n * frame.height + v.from) * frame.width + h.from))),
        to: sink.table(`${key} to`, rows((n, v, h) => 4 * pitch * ((n * input.height + v.at) * input.width + h.at))),
      },
      taps: {
        count: taps.length,
        offsets: sink.table(`${key} offsets`, () => Int32Array.from(taps, ({ down, right }) => -4 * frame.channels * (down * frame.width + right))),
        weights: sink.table(`${key} weights`, () => Int32Array.from(taps, ({ weight }) => weight)),
      },
    });
  }
  return phases;
}
