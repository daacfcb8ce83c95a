// Poolings: a lane per output of the window forward, a lane per pixel backward, so that nothing is added by two lanes.
import type { PoolAttributes } from '#operations/vocabulary';
import { outputSide } from '#operations/convolution';
import { averagePools, type AverageWindow } from '../recording/shared.ts';
import type { Sink } from '../webgpu/sink.ts';
import { emit, groupsFor, input, nanTests, output, sizeOf, type Lowering, type Operand } from './shader.ts';

type Window = AverageWindow & { pad: number };
type Sides = { n: number; h: number; w: number; c: number; oh: number; ow: number };

function constantsOf({ h, w, c, oh, ow }: Sides, { height, width, stride, pad }: Window): string {
  const values = { H: h, W: w, C: c, OH: oh, OW: ow, HEIGHT: height, WIDTH: width, STRIDE: stride, PAD: pad };
  return Object.entries(values).map(([name, value]) => `const ${name} = ${value};`).join('\n');
}

/** Channel, column, row and picture of `item` in a picture of these sides. */
const split = (height: string, width: string) => `
  let c = i32(item) % C;
  let column = i32(item) / C % ${width};
  let row = i32(item) / C / ${width} % ${height};
  let picture = i32(item) / C / ${width} / ${height};
`;

/** The largest of a window's elements inside the picture, NaN above all, and where it lies first in row-major order. */
const largest = `
fn beats(v: f32, best: f32) -> bool { return !isNan(best) && (v > best || isNan(v)); }
fn largestOf(picture: i32, row: i32, column: i32, c: i32) -> i32 {
  var found = -1;
  for (var i = 0; i < HEIGHT; i++) {
    let h = row * STRIDE - PAD + i;
    if (h < 0 || h >= H) { continue; }
    for (var j = 0; j < WIDTH; j++) {
      let w = column * STRIDE - PAD + j;
      if (w < 0 || w >= W) { continue; }
      let at = ((picture * H + h) * W + w) * C + c;
      if (found < 0) { found = at; } else if (beats(x[at], x[found])) { found = at; }
    }
  }
  return found;
}
`;

function pooled(x: Operand, { size, stride, pads }: PoolAttributes): { sides: Sides; window: Window } {
  const [n = 0, h = 0, w = 0, c = 0] = x.shape;
  const [oh, ow] = [h, w].map((side) => outputSide(side, size, { stride, pads })) as [number, number];
  return { sides: { n, h, w, c, oh, ow }, window: { height: size, width: size, stride, pad: pads[0] } };
}

export const maxPool: Lowering<PoolAttributes> = (sink, inputs, attributes) => {
  const x = input(inputs, 'x');
  const { sides, window } = pooled(x, attributes);
  const y = output(sink, [sides.n, sides.oh, sides.ow, sides.c]);
  emit(sink, {
    buffers: [['x', x.block], ['result', y.block]], declarations: constantsOf(sides, window) + nanTests + largest,
    body: `  if (item >= ${sizeOf(y.shape)}u) { return; }${split('OH', 'OW')}
  let found = largestOf(picture, row, column, c);
  result[item] = x[max(found, 0)];`,
    workgroups: groupsFor(sizeOf(y.shape)),
  });
  return [y];
};

/** WGSL over the windows that hold this pixel: `visit` runs with `i`, `j` the output's row and column. */
const windowsOver = (visit: string) => `
  var total = 0.0;
  for (var i = max(0, (row + PAD - HEIGHT + STRIDE) / STRIDE); i <= min(OH - 1, (row + PAD) / STRIDE); i++) {
    if (row + PAD - i * STRIDE >= HEIGHT) { continue; }
    for (var j = max(0, (column + PAD - WIDTH + STRIDE) / STRIDE); j <= min(OW - 1, (column + PAD) / STRIDE); j++) {
      if (column + PAD - j * STRIDE >= WIDTH) { continue; }
      let at = ((picture * OH + i) * OW + j) * C + c;
      ${visit}
    }
  }
  result[item] = total;`;

export const maxPoolGradient: Lowering<PoolAttributes> = (sink, inputs, attributes) => {
  const [dy, x] = [input(inputs, 'dy'), input(inputs, 'x')];
  const { sides, window } = pooled(x, attributes);
  const dx = output(sink, x.shape);
  emit(sink, {
    buffers: [['dy', dy.block], ['x', x.block], ['result', dx.block]], declarations: constantsOf(sides, window) + nanTests + largest,
    body: `  if (item >= ${sizeOf(x.shape)}u) { return; }${split('H', 'W')}
${windowsOver('if (largestOf(picture, i, j, c) == i32(item)) { total += dy[at]; }')}`,
    workgroups: groupsFor(sizeOf(x.shape)),
  });
  return [dx];
};

function average(sink: Sink, x: Operand, { height, width, stride }: AverageWindow): Operand {
  const [n = 0, h = 0, w = 0, c = 0] = x.shape;
  const sides = { n, h, w, c, oh: Math.floor((h - height) / stride) + 1, ow: Math.floor((w - width) / stride) + 1 };
  const y = output(sink, [n, sides.oh, sides.ow, c]);
  emit(sink, {
    buffers: [['x', x.block], ['result', y.block]], declarations: constantsOf(sides, { height, width, stride, pad: 0 }),
    body: `  if (item >= ${sizeOf(y.shape)}u) { return; }${split('OH', 'OW')}
  var total = 0.0;
  for (var i = 0; i < HEIGHT; i++) {
    for (var j = 0; j < WIDTH; j++) { total += x[((picture * H + row * STRIDE + i) * W + column * STRIDE + j) * C + c]; }
  }
  result[item] = total / ${height * width}.0;`,
    workgroups: groupsFor(sizeOf(y.shape)),
  });
  return y;
}

function averageGradient(sink: Sink, dy: Operand, { height, width, stride, inputShape }: AverageWindow & { inputShape: number[] }): Operand {
  const [n = 0, h = 0, w = 0, c = 0] = inputShape;
  const dx = output(sink, inputShape);
  const sides = { n, h, w, c, oh: Math.floor((h - height) / stride) + 1, ow: Math.floor((w - width) / stride) + 1 };
  emit(sink, {
    buffers: [['dy', dy.block], ['result', dx.block]], declarations: constantsOf(sides, { height, width, stride, pad: 0 }),
    body: `  if (item >= ${sizeOf(inputShape)}u) { return; }${split('H', 'W')}
${windowsOver(`total += dy[at] / ${height * width}.0;`)}`,
    workgroups: groupsFor(sizeOf(inputShape)),
  });
  return dx;
}

export const { averagePool, averagePoolGradient, globalAveragePool, globalAveragePoolGradient } = averagePools({ average, averageGradient });
