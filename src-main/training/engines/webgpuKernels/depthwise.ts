// Depthwise convolutions with stride 1: four pixels of a row per lane, so that a window's columns are read once for all of them.
import { outputSide } from '#operations/convolution';
import type { Pads } from '#operations/vocabulary';
import type { Block } from '../recording/block.ts';
import type { Sink } from '../webgpu/sink.ts';
import { reducePartials } from './reduce.ts';
import { channelsOf, emit, groupsFor, input, output, sizeOf, type BufferOf, type Lowering, type Operand } from './shader.ts';

type Window = { filter: Operand; bias?: Block | undefined; pads: Pads; turned: boolean };

const pixels = 4;
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

function convolve(sink: Sink, x: Operand, { filter, bias, pads, turned }: Window): Operand {
  const [batch = 0, h = 0, w = 0, channels = 0] = x.shape;
  const side = filter.shape[0] ?? 0;
  const [height, width] = [h, w].map((length) => outputSide(length, side, { stride: 1, pads })) as [number, number];
  const y = output(sink, [batch, height, width, channels]);
  const wide = channels % 4 === 0;
  const element = wide ? 'vec4f' : 'f32';
  const c = wide ? channels / 4 : channels;
  const quads = Math.ceil(width / pixels);
  const count = batch * height * quads * c;
  const tap = (row: string, column: number) => (turned ? `(${side - 1}u - ${row}) * ${side}u + ${side - 1 - column}u` : `${row} * ${side}u + ${column}u`);
  emit(sink, {
    buffers: [['x', x.block, element], ['weights', filter.block, element], ...(bias ? [['bias', bias, element] satisfies BufferOf] : []), ['result', y.block, element]],
    body: `  if (item >= ${count}u) { return; }
  let c = item % ${c}u;
  let column = (item / ${c}u) % ${quads}u * ${pixels}u;
  let row = (item / ${c * quads}u) % ${height}u;
  let picture = item / ${c * quads * height}u;
${range(pixels).map((p) => `  var sum${p} = ${bias ? 'bias[c]' : `${element}(0.0)`};`).join('\n')}
  for (var i = 0u; i < ${side}u; i++) {
    let h = i32(row + i) - ${pads[0]};
    if (h < 0 || h >= ${h}) { continue; }
    let line = (picture * ${h}u + u32(h)) * ${w}u;
${range(side).map((j) => `    let w${j} = weights[(${tap('i', j)}) * ${c}u + c];`).join('\n')}
${range(side + pixels - 1).map((at) => `    { let w = i32(column) + ${at} - ${pads[0]};
      if (w >= 0 && w < ${w}) { let v = x[(line + u32(w)) * ${c}u + c];
${range(pixels).filter((p) => at - p >= 0 && at - p < side).map((p) => `        sum${p} += v * w${at - p};`).join('\n')} } }`).join('\n')}
  }
  let out = ((picture * ${height}u + row) * ${width}u + column) * ${c}u + c;
${range(pixels).map((p) => `  if (column + ${p}u < ${width}u) { result[out + ${p * c}u] = sum${p}; }`).join('\n')}`,
    workgroups: groupsFor(count),
  });
  return y;
}

export const depthwise: Lowering<{ pads: Pads }> = (sink, inputs, { pads }) =>
  [convolve(sink, input(inputs, 'x'), { filter: input(inputs, 'filter'), bias: inputs.bias?.block, pads, turned: false })];

export const depthwiseInputGradient: Lowering<{ pads: Pads }> = (sink, inputs, { pads }) => {
  const filter = input(inputs, 'filter');
  const last = (filter.shape[0] ?? 0) - 1;
  return [convolve(sink, input(inputs, 'dy'), { filter, pads: [last - pads[0], last - pads[1]], turned: true })];
};

/** Chunks of picture rows: by the shape alone, as they are part of the order of sums. */
const chunksOf = (lines: number, groups: number) => Math.max(1, Math.min(lines, Math.ceil(1024 / groups), 256));

/** A lane owns one channel (or four) and one row of the filter, slides along the rows of its chunk, and keeps that row's sums in registers. */
export const depthwiseFilterGradient: Lowering<{ pads: Pads; filterShape: number[] }> = (sink, inputs, { pads, filterShape }) => {
  const [x, dy] = [input(inputs, 'x'), input(inputs, 'dy')];
  const [, h = 0, w = 0] = x.shape;
  const [batch = 0, height = 0, width = 0] = dy.shape;
  const side = filterShape[0] ?? 0;
  const channels = channelsOf(filterShape);
  const wide = channels % 4 === 0;
  const element = wide ? 'vec4f' : 'f32';
  const c = wide ? channels / 4 : channels;
  const across = Math.min(16, 2 ** Math.ceil(Math.log2(c)));
  const groups = Math.ceil(c / across);
  const chunks = chunksOf(batch * height, groups);
  const size = Math.ceil((batch * height) / chunks);
  const filter = output(sink, filterShape);
  const partial = chunks > 1 ? sink.allocate(4 * chunks * sizeOf(filterShape)) : filter.block;
  const pictureAt = (column: string) => `pictureAt(line, ${column}, c)`;
  emit(sink, {
    buffers: [['x', x.block, element], ['dy', dy.block, element], ['result', partial, element]],
    declarations: `fn pictureAt(line: i32, w: i32, c: u32) -> ${element} {
if (line < 0 || w < 0 || w >= ${w}) { return ${element}(0.0); }
return x[(u32(line) * ${w}u + u32(w)) * ${c}u + c];
}`,
    body: `  let c = group.x * ${across}u + lane % ${across}u;
  let i = lane / ${across}u;
  if (c >= ${c}u) { return; }
${range(side).map((j) => `  var sum${j} = ${element}(0.0);`).join('\n')}
  let last = min((group.y + 1u) * ${size}u, ${batch * height}u);
  for (var at = group.y * ${size}u; at < last; at++) {
    let h = i32(at % ${height}u + i) - ${pads[0]};
    if (h < 0 || h >= ${h}) { continue; }
    let line = i32(at / ${height}u * ${h}u) + h;
${range(side).map((j) => `    var v${j} = ${j === 0 ? `${element}(0.0)` : pictureAt(`${j - 1 - pads[0]}`)};`).join('\n')}
    for (var column = 0; column < ${width}; column++) {
${range(side - 1).map((j) => `      v${j} = v${j + 1};`).join('\n')}
      v${side - 1} = ${pictureAt(`column + ${side - 1 - pads[0]}`)};
      let d = dy[(at * ${width}u + u32(column)) * ${c}u + c];
${range(side).map((j) => `      sum${j} += v${j} * d;`).join('\n')}
    }
  }
${range(side).map((j) => `  result[((group.y * ${side}u + i) * ${side}u + ${j}u) * ${c}u + c] = sum${j};`).join('\n')}`,
    lanes: across * side,
    workgroups: [groups, chunks, 1],
  });
  if (chunks > 1) {
    reducePartials(sink, partial, { parts: chunks, y: { block: filter.block, count: sizeOf(filterShape), channels } });
    sink.free(partial);
  }
  return [filter];
};
