// Lowerings onto the matrix kernels: indirect products forward, outer products for weight gradients.
import { outerBlock, outerTiles } from '../wasmThreads/threads.ts';
import type { Argument, Block, Sink } from '../wasm/sink.ts';
import { flat, up, type Operand } from './lower.ts';

/** Rows of a product's chunk: at least, and as many as make this many multiplications where there are many chunks. */
const leastRows = 96;
const productsPerChunk = 400_000;
const manyChunks = 16;
const tileRows = 6;
/** Work is cut into at least this many chunks where it can be, so that no thread waits long for another. */
export const fewestChunks = 8;

/** Rows of a product: how many, and tables (byte offsets) of where each starts in x and in y. */
export type Rows = { count: number; from: Block; to: Block };
/** Taps of a product: byte offsets in x, and which weight each tap takes. */
export type Taps = { count: number; offsets: Block; weights: Block };
/** Strides of one group's weights, in elements, their extent, and how far the next group's begin. */
export type Weights = { w: Argument; tapStride: number; depthStride: number; columnStride: number; depth: number; columns: number; groups?: number; groupStride?: number };

/** y = bias + x · weights over indirect rows, by groups; x's groups hold whole fours of columns, y's whole panels of eight. */
export function product(sink: Sink, operands: { x: Argument; y: Argument; bias: Argument }, { rows, taps, weights }: { rows: Rows; taps: Taps; weights: Weights }): void {
  const { groups = 1, columns } = weights;
  const packed = packWeights(sink, taps, weights);
  const depth = up(weights.depth, 4);
  multiplyPacked(sink, operands, { rows, taps, packed, depth, columns, groups, step: depth, outStep: up(columns, 8) });
  sink.free(packed);
}

/** Weights in panels [groups][columns / 8][taps][depth][8], filled up with zeros to whole fours of depth and eights of columns. */
export function packWeights(sink: Sink, taps: Taps, { w, tapStride, depthStride, columnStride, depth, columns, groups = 1, groupStride = 0 }: Weights): Block {
  const panels = Math.ceil(columns / 8);
  const packed = sink.allocate(32 * groups * panels * taps.count * up(depth, 4));
  sink.emit('packPanels', groups * panels, [panels, groupStride, taps.count, taps.weights, tapStride, up(depth, 4), depth, columns, depthStride, columnStride, w, packed]);
  return packed;
}

type Packed = { rows: Rows; taps: Taps; packed: Argument; depth: number; columns: number; groups: number; step: number; outStep: number };

/** The same with packed weights; `step` and `outStep`: elements from a group of x and of y to the next. */
export function multiplyPacked(sink: Sink, { x, y, bias }: { x: Argument; y: Argument; bias: Argument }, { rows, taps, packed, depth, columns, groups, step, outStep }: Packed): void {
  const panels = Math.ceil(columns / 8);
  const rowsPerChunk = leastRows * Math.max(1, Math.floor(Math.min(productsPerChunk / (taps.count * depth * columns), (rows.count * groups) / manyChunks) / leastRows));
  const rowParts = Math.ceil(rows.count / rowsPerChunk);
  const columnParts = Math.min(panels, Math.ceil(fewestChunks / (rowParts * groups)));
  sink.emit('matrix', rowParts * groups * columnParts, [rowsPerChunk, rows.count, groups, columnParts, panels, taps.count, depth, x, step, rows.from, taps.offsets, packed, y, outStep, rows.to, bias, columns]);
}

/** Rows of dy, packed once for all groups and taps. */
export function packForOuter(sink: Sink, dy: Operand): PackedRows {
  const columns = dy.shape.at(-1) ?? 0;
  const rows = dy.shape.slice(0, -1).reduce((all, side) => all * side, 1);
  const packed = allocateRows(sink, rows, columns);
  sink.emit('packRows', Math.ceil(rows / packed.block), [packed.block, rows, columns, dy.block, packed.packed]);
  return packed;
}

/** Rows in blocks [rows / block][columns / 8][block][8]. */
export type PackedRows = { packed: Block; panels: number; rows: number; block: number };

/** Memory for packed rows. */
export function allocateRows(sink: Sink, rows: number, columns: number): PackedRows {
  const block = Math.min(outerBlock, up(rows, 2));
  const panels = Math.ceil(columns / 8);
  return { packed: sink.allocate(32 * Math.ceil(rows / block) * block * panels), panels, rows, block };
}

type Outer = { x: Argument; rows: Rows; taps: Taps; channels: number; packed: PackedRows; groups?: number; step?: number };

/** dF[tap][c][o] = Σ x · dy over rows, by groups of `channels` columns of x, `step` elements apart; `filter` has rows of `pitch` elements. */
export function outer(sink: Sink, { x, rows, taps, channels, packed, groups = 1, step = channels }: Outer, { filter, pitch }: { filter: Argument; pitch: number }): void {
  const panels = packed.panels / groups;
  const tiles = Math.ceil(channels / tileRows);
  const ranges = Math.ceil(tiles / outerTiles);
  // Taps that share a chunk read the same lines of x while these are near; only what the threads need is cut apart.
  const side = Math.round(Math.sqrt(taps.count));
  const tapParts = [1, side, taps.count].find((count) => groups * ranges * count >= fewestChunks) ?? taps.count;
  const parts = Math.max(1, Math.min(Math.ceil(panels / 4), Math.ceil(fewestChunks / (groups * tapParts * ranges))));
  const chunks = groups * tapParts * ranges * parts;
  inParts(sink, { parts: partsOf(Math.ceil(packed.rows / packed.block), Math.ceil(fewestChunks / chunks)), count: taps.count * channels * pitch, y: filter }, (rowParts, target) => {
    sink.emit('outer', rowParts * chunks, [packed.rows, packed.block, rowParts, groups, taps.count, tapParts, ranges, Math.ceil(tiles / ranges), parts, channels, x, step, rows.from, taps.offsets, packed.packed, panels, target, pitch]);
  });
}

/** How many parts of equal size, but for the last, `count` things make, at most `wanted`: none of them empty, as each writes a result. */
export const partsOf = (count: number, wanted: number): number => Math.ceil(count / Math.ceil(count / wanted));

/** What `emit` computes into y, as a sum of `parts` results of `count` elements that chunks of their own compute. How many is decided by shapes alone. */
export function inParts(sink: Sink, { parts, count, y }: { parts: number; count: number; y: Argument }, emit: (parts: number, target: Argument) => void): void {
  if (parts === 1) return emit(1, y);
  const partial = sink.allocate(4 * parts * count);
  emit(parts, partial);
  const { chunks, size } = flat(count);
  sink.emit('addParts', chunks, [size, count, parts, partial, y]);
  sink.free(partial);
}

/** Runs of `from` columns to runs of `to` in y: cut, or filled up with zeros. */
export function fit(sink: Sink, x: Block, { runs, from, to, y }: { runs: number; from: number; to: number; y: Block }): void {
  sink.emit('fitColumns', Math.ceil(runs / 64), [64, runs, from, to, x, y]);
}

/** Columns of a wider temporary, cut to y. */
export function cut(sink: Sink, wide: Block, { rows, from, to, y }: { rows: number; from: number; to: number; y: Block }): void {
  fit(sink, wide, { runs: rows, from, to, y });
  sink.free(wide);
}

/** A table of consecutive rows of `from` and `to` elements. */
export function plainRows(sink: Sink, count: number, { from, to }: { from: number; to: number }): Rows {
  const table = (pitch: number) => sink.table(`rows ${count} ${pitch}`, () => Int32Array.from({ length: count }, (_, row) => row * pitch * 4));
  return { count, from: table(from), to: table(to) };
}

/** The taps of a product without neighbours. */
export function oneTap(sink: Sink): Taps {
  const zero = sink.table('zero', () => new Int32Array(1));
  return { count: 1, offsets: zero, weights: zero };
}

