// Sums over many rows in a fixed order: partial sums by workgroups, joined in the order of their chunks.
import type { Block } from '../recording/block.ts';
import type { Sink } from '../webgpu/sink.ts';
import { emit, groupsFor, type BufferOf } from './shader.ts';

/** y[i] = Σ parts[p][i] (+ bias of its channel), p ascending. */
export function reducePartials(sink: Sink, partial: Block, { parts, y, bias }: { parts: number; y: { block: Block; count: number; channels: number }; bias?: Block | undefined }): void {
  emit(sink, {
    buffers: [['partial', partial], ...(bias ? [['bias', bias] satisfies BufferOf] : []), ['result', y.block]],
    body: `  if (item >= ${y.count}u) { return; }
  var total = 0.0;
  for (var p = 0u; p < ${parts}u; p++) { total += partial[p * ${y.count}u + item]; }
  result[item] = total${bias ? ` + bias[item % ${y.channels}u]` : ''};`,
    workgroups: groupsFor(y.count),
  });
}

/** A workgroup of 256 lanes over a matrix [rows, channels]: some lanes side by side on channels, the others on rows. */
export type Lanes = { across: number; down: number };
export function lanesFor(channels: number): Lanes {
  const across = Math.min(64, 2 ** Math.ceil(Math.log2(Math.max(1, channels))));
  return { across, down: 256 / across };
}

/** Chunks of rows, by the shape alone: enough for a large GPU, and few enough to be joined by one workgroup. */
export function chunksOf(rows: number, channels: number): { chunks: number; size: number } {
  const { across, down } = lanesFor(channels);
  const most = Math.max(1, Math.floor(2048 / Math.ceil(channels / across)));
  const size = Math.max(8 * down, Math.ceil(rows / Math.min(512, most)));
  return { chunks: Math.max(1, Math.ceil(rows / size)), size };
}

/** WGSL that joins the lanes of one channel pairwise, in a fixed order; afterwards the first `across` lanes hold the sums. */
export const joinLanes = ({ across }: Lanes): string => `
  sums[lane] = total;
  workgroupBarrier();
  for (var step = 128u; step >= ${across}u; step = step / 2u) {
    if (lane < step) { sums[lane] = sums[lane] + sums[lane + step]; }
    workgroupBarrier();
  }
`;

/** One pair of sums per channel: `term` is WGSL of the pair for x[row, channel], `finish` uses `total` once per channel. */
type PairSums = { rows: number; channels: number; buffers: BufferOf[]; before?: string; term: string };

/**
 * Two sums per channel over all rows, in two passes. `term` is a vec2f of `at` (index of the element), `row` and `c` (channel);
 * `before` may declare what depends on c alone.
 * @returns the partial sums [chunks, channels] as vec2f; free them
 */
export function partialPairs(sink: Sink, { rows, channels, buffers, before = '', term }: PairSums): { partial: Block; chunks: number } {
  const lanes = lanesFor(channels);
  const { chunks, size } = chunksOf(rows, channels);
  const partial = sink.allocate(8 * chunks * channels);
  emit(sink, {
    buffers: [...buffers, ['partial', partial]],
    declarations: 'var<workgroup> sums: array<vec2f, 256>;',
    body: `  let c = group.x * ${lanes.across}u + lane % ${lanes.across}u;
  var total = vec2f(0.0);
  if (c < ${channels}u) {
    ${before}
    let last = min((group.y + 1u) * ${size}u, ${rows}u);
    for (var row = group.y * ${size}u + lane / ${lanes.across}u; row < last; row += ${lanes.down}u) {
      let at = row * ${channels}u + c;
      total += ${term};
    }
  }
  ${joinLanes(lanes)}
  if (lane < ${lanes.across}u && c < ${channels}u) {
    partial[(group.y * ${channels}u + c) * 2u] = sums[lane].x;
    partial[(group.y * ${channels}u + c) * 2u + 1u] = sums[lane].y;
  }`,
    workgroups: [Math.ceil(channels / lanes.across), chunks, 1],
  });
  return { partial, chunks };
}

/** Joins partial pairs; `finish` is WGSL that sees `both` (the sums, vec2f) and `c`, run once per channel. */
export function joinPairs(sink: Sink, { partial, chunks, channels, buffers, finish }: { partial: Block; chunks: number; channels: number; buffers: BufferOf[]; finish: string }): void {
  const lanes = lanesFor(channels);
  emit(sink, {
    buffers: [['partial', partial], ...buffers],
    declarations: 'var<workgroup> sums: array<vec2f, 256>;',
    body: `  let c = group.x * ${lanes.across}u + lane % ${lanes.across}u;
  var total = vec2f(0.0);
  if (c < ${channels}u) {
    for (var chunk = lane / ${lanes.across}u; chunk < ${chunks}u; chunk += ${lanes.down}u) {
      total += vec2f(partial[(chunk * ${channels}u + c) * 2u], partial[(chunk * ${channels}u + c) * 2u + 1u]);
    }
  }
  ${joinLanes(lanes)}
  if (lane < ${lanes.across}u && c < ${channels}u) {
    let both = sums[lane];
    ${finish}
  }`,
    workgroups: [Math.ceil(channels / lanes.across), 1, 1],
  });
}
