// Lowerings of 3×3 convolutions with stride 1 by Winograd's transform: some images at a time, so that what is transformed stays in the caches.
import { at, type Block, type Sink } from '../wasm/sink.ts';
import { rowChunks, type Operand } from './lower.ts';
import { allocateRows, inParts, multiplyPacked, oneTap, outer, packWeights, plainRows, type Taps, type Weights } from './matrix.ts';

const positions = 16;
/** Floats of transformed inputs and outputs that are there at a time. */
const together = 2 * 1024 * 1024;
/** Tiles of 2×2 outputs from which on it pays to transform the filters. */
const enoughTiles = 16;

/** Sides of maps in memory. */
type Maps = { batch: number; height: number; width: number; perGroup: number; groups: number };

/** The tiles of 2×2 outputs that cover an image. */
const tilesOf = ({ height, width }: Maps) => ({ down: Math.ceil(height / 2), across: Math.ceil(width / 2), each: Math.ceil(height / 2) * Math.ceil(width / 2) });

/** Whether the transform is worth it: decided by shapes alone. `y`: the outputs. */
export function isWinograd({ side, stride, perIn, y }: { side: number; stride: number; perIn: number; y: Maps }): boolean {
  return side === 3 && stride === 1 && perIn % 8 === 0 && y.perGroup % 8 === 0 && y.batch * tilesOf(y).each >= enoughTiles;
}

/** Runs of images, each of few enough that `floats` of each stay together. */
function runsOf(batch: number, floats: number): { first: number; images: number }[] {
  const size = Math.ceil(batch / Math.ceil(batch / Math.max(1, Math.floor(together / floats))));
  return Array.from({ length: Math.ceil(batch / size) }, (_, run) => ({ first: run * size, images: Math.min(size, batch - run * size) }));
}

const zeros = (sink: Sink, count: number): Block => sink.table(`zeros ${count}`, () => new Int32Array(count));
const bytesOf = ({ height, width, perGroup, groups }: Maps) => 4 * height * width * perGroup * groups;

/** Transformed inputs [16][groups][tiles][channels] of `images` images from `first` on. */
function transformInputs(sink: Sink, { x, maps, y, before }: { x: Block; maps: Maps; y: Maps; before: number }, { first, images }: { first: number; images: number }): Block {
  const { down, across, each } = tilesOf(y);
  const [tiles, channels] = [images * each, maps.perGroup * maps.groups];
  const v = sink.allocate(4 * positions * tiles * channels);
  const { chunks, size } = rowChunks(tiles, positions * channels, 4);
  sink.emit('winogradInputs', chunks, [size, tiles, down, across, maps.height, maps.width, maps.perGroup, maps.groups, before, zeros(sink, channels), at(x, first * bytesOf(maps)), v]);
  return v;
}

type Convolution = { x: Block; from: Maps; to: Maps; y: Block; bias: Block | 0; before: number; taps: Taps; weights: Weights };

/** y of a convolution, or the input gradient as one of dy with turned taps: `weights` are its filters, of `taps` in their order. */
export function convolve(sink: Sink, { x, from, to, y, bias, before, taps, weights }: Convolution): void {
  const { down, across, each } = tilesOf(to);
  const [perIn, perOut, groups] = [from.perGroup, to.perGroup, to.groups];
  const [packed, panels] = [packWeights(sink, taps, weights), (groups * perOut) / 8];
  const filters = sink.allocate(4 * positions * groups * perIn * perOut);
  sink.emit('winogradFilters', panels, [panels, perIn, packed, filters]);
  sink.free(packed);
  const outside = sink.allocate(4 * groups * perOut);
  for (const { first, images } of runsOf(to.batch, positions * each * groups * (perIn + perOut))) {
    const tiles = images * each;
    const v = transformInputs(sink, { x, maps: from, y: to, before }, { first, images });
    const m = sink.allocate(4 * positions * tiles * groups * perOut);
    multiplyPacked(sink, { x: v, y: m, bias: 0 }, {
      rows: plainRows(sink, tiles, { from: perIn, to: perOut }), taps: oneTap(sink), packed: filters, depth: perIn, columns: perOut, groups: positions * groups, step: tiles * perIn, outStep: tiles * perOut,
    });
    sink.free(v);
    const { chunks, size } = rowChunks(tiles, positions * groups * perOut, 4);
    sink.emit('winogradOutputs', chunks, [size, tiles, down, across, to.height, to.width, perOut, groups, m, bias, outside, at(y, first * bytesOf(to))]);
    sink.free(m);
  }
  sink.free(outside);
  sink.free(filters);
}

/** dF [3, 3, perIn, outputs]: products over the tiles of some images after others, whose sums are transformed back. */
export function filterGradient(sink: Sink, { x, dy, from, to, before }: { x: Operand; dy: Operand; from: Maps; to: Maps; before: number }, filter: Block): void {
  const { down, across, each } = tilesOf(to);
  const [perIn, perOut, groups] = [from.perGroup, to.perGroup, to.groups];
  const outputs = groups * perOut;
  const runs = runsOf(to.batch, positions * each * groups * (perIn + perOut));
  const sums = sink.allocate(4 * perIn * positions * outputs);
  inParts(sink, { parts: runs.length, count: perIn * positions * outputs, y: sums }, (_, target) => runs.forEach(({ first, images }, run) => {
    const tiles = images * each;
    const v = transformInputs(sink, { x: x.block, maps: from, y: to, before }, { first, images });
    const packed = allocateRows(sink, tiles, positions * outputs);
    const { chunks, size } = rowChunks(tiles, positions * outputs, 4);
    sink.emit('winogradGradients', chunks, [size, tiles, down, across, to.height, to.width, perOut, groups, packed.block, zeros(sink, outputs), at(dy.block, first * bytesOf(to)), packed.packed]);
    outer(sink, { x: v, rows: plainRows(sink, tiles, { from: perIn, to: 0 }), taps: oneTap(sink), channels: perIn, packed, groups: positions * groups, step: tiles * perIn }, {
      filter: at(target as Block, run * 4 * perIn * positions * outputs), pitch: positions * outputs,
    });
    sink.free(v);
    sink.free(packed.packed);
  }));
  sink.emit('winogradFilterGradients', perIn, [perIn, outputs, sums, filter]);
  sink.free(sums);
}
