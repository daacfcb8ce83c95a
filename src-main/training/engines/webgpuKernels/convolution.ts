// Grouped 2-D convolutions with any stride as implicit products: no patch is ever written to memory.
import { outputSide } from '#operations/convolution';
import type { Conv2DAttributes } from '#operations/vocabulary';
import { multiply } from '../webgpuProducts/matrix.ts';
import type { Factor } from '../webgpuProducts/product.ts';
import { input, output, sizeOf, type Lowering } from './shader.ts';

type Shape = { batch: number; height: number; width: number; inputs: number; outHeight: number; outWidth: number; outputs: number; side: number; perIn: number; perOut: number };

/** The constants that the WGSL below speaks of. */
function constantsOf(shape: Shape, { stride, pads }: Conv2DAttributes): string {
  const { height, width, inputs, outHeight, outWidth, outputs, side, perIn, perOut } = shape;
  const unsigned = { H: height, W: width, C: inputs, OH: outHeight, OW: outWidth, O: outputs, SIDE: side, IN: perIn, OUT: perOut, STRIDE: stride, HI: Math.ceil(height / stride), WI: Math.ceil(width / stride) };
  return `${Object.entries(unsigned).map(([name, value]) => `const ${name} = ${value}u;`).join('\n')}\nconst PAD = ${pads[0]};\nfn inside(at: i32, side: u32) -> bool { return u32(at) < side; }`;
}

function shapeOf([batch = 0, height = 0, width = 0, inputs = 0]: number[], [side = 0, , perIn = 0, outputs = 0]: number[], attributes: Conv2DAttributes): Shape {
  const [outHeight, outWidth] = [outputSide(height, side, attributes), outputSide(width, side, attributes)];
  return { batch, height, width, inputs, outHeight, outWidth, outputs, side, perIn, perOut: outputs / attributes.groups };
}

const elementOf = (wide: boolean) => (wide ? 'vec4f' : 'f32');
/** A factor whose rows or columns are known by their number alone. */
const plain = 'return vec4i(i32(side), 0, 0, 0);';

export const conv2d: Lowering<Conv2DAttributes> = (sink, inputs, attributes) => {
  const [x, filter] = [input(inputs, 'x'), input(inputs, 'filter')];
  const shape = shapeOf(x.shape, filter.shape, attributes);
  const { batch, outHeight, outWidth, outputs, side, perIn, perOut } = shape;
  const rows = batch * outHeight * outWidth;
  const depth = side * side * perIn;
  const [wideIn, wideOut] = [perIn % 4 === 0, perOut % 4 === 0];
  const y = output(sink, [batch, outHeight, outWidth, outputs]);
  const a: Factor = {
    along: 'depth',
    prepare: `let pixel = side % (OH * OW);
return vec4i(select(-1000000, i32(pixel / OW * STRIDE) - PAD, side < ${rows}u), i32(pixel % OW * STRIDE) - PAD, i32(side / (OH * OW) * H * W), 0);`,
    buffer: 'x', wide: wideIn, index: (offset) => `pictureIndex(at, k + ${offset}, z)`,
  };
  const b: Factor = { along: 'side', prepare: plain, buffer: 'filterIn', wide: wideOut, index: (offset) => `filterIndex(k, u32(at.x) + ${offset}, z)` };
  multiply(sink, {
    rows, columns: perOut, depth, batch: attributes.groups, a, b, bias: inputs.bias?.block,
    buffers: [['x', x.block, elementOf(wideIn)], ['filterIn', filter.block, elementOf(wideOut)]],
    declarations: `${constantsOf(shape, attributes)}
fn pictureIndex(at: vec4i, k: u32, z: u32) -> i32 {
let h = at.x + i32(k / IN / SIDE); let w = at.y + i32(k / IN % SIDE);
return select(-1, i32(u32(at.z + h * i32(W) + w) * C + z * IN + k % IN), k < ${depth}u && inside(h, H) && inside(w, W));
}
fn filterIndex(k: u32, n: u32, z: u32) -> i32 { return select(-1, i32(k * O + z * OUT + n), k < ${depth}u && n < OUT); }`,
    y: { block: y.block, count: sizeOf(y.shape), channels: outputs }, wide: wideOut,
    place: `return select(-1, i32(m * O + z * OUT + n), m < ${rows}u && n < OUT);`,
  });
  return [y];
};

/** z is (group, phase): pixels whose row and column leave the same remainders by the stride are reached by the same taps. */
const phases = `
struct Phase { row: u32, column: u32, firstRow: u32, firstColumn: u32, tapRows: u32, tapColumns: u32 }
fn tapsFrom(first: u32) -> u32 { return select(0u, (SIDE - min(first, SIDE) + STRIDE - 1u) / STRIDE, first < SIDE); }
fn phaseOf(z: u32) -> Phase {
let phase = z % (STRIDE * STRIDE);
let row = phase / STRIDE; let column = phase % STRIDE;
let firstRow = (row + u32(PAD)) % STRIDE; let firstColumn = (column + u32(PAD)) % STRIDE;
return Phase(row, column, firstRow, firstColumn, tapsFrom(firstRow), tapsFrom(firstColumn));
}
`;

export const conv2dInputGradient: Lowering<Conv2DAttributes & { inputShape: number[] }> = (sink, inputs, attributes) => {
  const [dy, filter] = [input(inputs, 'dy'), input(inputs, 'filter')];
  const { inputShape, groups, stride } = attributes;
  const shape = shapeOf(inputShape, filter.shape, attributes);
  const { batch, height, width, inputs: channels, side, perIn, perOut } = shape;
  const rows = batch * Math.ceil(height / stride) * Math.ceil(width / stride);
  const dx = output(sink, inputShape);
  const [wide, wideIn] = [perOut % 4 === 0, perIn % 4 === 0];
  const a: Factor = {
    along: 'depth',
    prepare: `let p = phaseOf(z);
let pixel = side % (HI * WI);
let h = pixel / WI * STRIDE + p.row; let w = pixel % WI * STRIDE + p.column;
return vec4i(select(-1000000, (i32(h) + PAD - i32(p.firstRow)) / i32(STRIDE), side < ${rows}u && h < H && w < W), (i32(w) + PAD - i32(p.firstColumn)) / i32(STRIDE), i32(side / (HI * WI) * OH * OW), 0);`,
    buffer: 'dy', wide, index: (offset) => `outIndex(at, k + ${offset}, z)`,
  };
  const b: Factor = { along: 'depth', prepare: plain, buffer: 'filterIn', wide, index: (offset) => `filterIndex(at, k + ${offset}, z)` };
  multiply(sink, {
    rows, columns: perIn, depth: Math.ceil(side / stride) ** 2 * perOut, batch: groups * stride * stride, a, b, gradient: 'a',
    depthOf: 'let p = phaseOf(z); return p.tapRows * p.tapColumns * OUT;',
    buffers: [['dy', dy.block, elementOf(wide)], ['filterIn', filter.block, elementOf(wide)]],
    declarations: `${constantsOf(shape, attributes)}${phases}
fn outIndex(at: vec4i, k: u32, z: u32) -> i32 {
let p = phaseOf(z);
let h = at.x - i32(k / OUT / p.tapColumns); let w = at.y - i32(k / OUT % p.tapColumns);
return select(-1, i32(u32(at.z + h * i32(OW) + w) * O + z / (STRIDE * STRIDE) * OUT + k % OUT), k < p.tapRows * p.tapColumns * OUT && inside(h, OH) && inside(w, OW));
}
fn filterIndex(at: vec4i, k: u32, z: u32) -> i32 {
let p = phaseOf(z);
let row = p.firstRow + STRIDE * (k / OUT / p.tapColumns); let column = p.firstColumn + STRIDE * (k / OUT % p.tapColumns);
return select(-1, i32(((row * SIDE + column) * IN + u32(at.x)) * O + z / (STRIDE * STRIDE) * OUT + k % OUT), k < p.tapRows * p.tapColumns * OUT && u32(at.x) < IN);
}`,
    y: { block: dx.block, count: sizeOf(inputShape), channels }, wide: wideIn,
    place: `let p = phaseOf(z);
let pixel = m % (HI * WI);
let h = pixel / WI * STRIDE + p.row; let w = pixel % WI * STRIDE + p.column;
return select(-1, i32(((m / (HI * WI) * H + h) * W + w) * C + z / (STRIDE * STRIDE) * IN + n), m < ${rows}u && n < IN && h < H && w < W);`,
  });
  return [dx];
};

export const conv2dFilterGradient: Lowering<Conv2DAttributes & { filterShape: number[] }> = (sink, inputs, attributes) => {
  const [x, dy] = [input(inputs, 'x'), input(inputs, 'dy')];
  const { filterShape, groups } = attributes;
  const shape = shapeOf(x.shape, filterShape, attributes);
  const { batch, outHeight, outWidth, outputs, side, perIn, perOut } = shape;
  const [rows, depth] = [side * side * perIn, batch * outHeight * outWidth];
  const filter = output(sink, filterShape);
  const [wideIn, wideOut] = [perIn % 4 === 0, perOut % 4 === 0];
  const a: Factor = { along: 'side', prepare: plain, buffer: 'x', wide: wideIn, index: (offset) => `pictureIndex(u32(at.x) + ${offset}, k, z)` };
  const b: Factor = { along: 'side', prepare: plain, buffer: 'dy', wide: wideOut, index: (offset) => `outIndex(k, u32(at.x) + ${offset}, z)` };
  multiply(sink, {
    rows, columns: perOut, depth, batch: groups, a, b, gradient: 'b',
    buffers: [['x', x.block, elementOf(wideIn)], ['dy', dy.block, elementOf(wideOut)]],
    declarations: `${constantsOf(shape, attributes)}
fn pictureIndex(m: u32, k: u32, z: u32) -> i32 {
let pixel = k % (OH * OW);
let h = i32(pixel / OW * STRIDE + m / IN / SIDE) - PAD; let w = i32(pixel % OW * STRIDE + m / IN % SIDE) - PAD;
return select(-1, i32(((k / (OH * OW) * H + u32(h)) * W + u32(w)) * C + z * IN + m % IN), m < ${rows}u && k < ${depth}u && inside(h, H) && inside(w, W));
}
fn outIndex(k: u32, n: u32, z: u32) -> i32 { return select(-1, i32(k * O + z * OUT + n), k < ${depth}u && n < OUT); }`,
    y: { block: filter.block, count: sizeOf(filterShape), channels: outputs }, wide: wideOut,
    place: `return select(-1, i32(m * O + z * OUT + n), m < ${rows}u && n < OUT);`,
  });
  return [filter];
};
