// Writes the AssemblyScript of Winograd's F(2×2, 3×3) (Lavin and Gray, "Fast algorithms for convolutional neural networks", CVPR 2016): the transforms
// of inputs, filters and gradients, between which the matrix kernels multiply sixteen positions. Eight channels at a time, in halves for V8 to join.
const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const each = (count: number, line: (index: number) => string, join = ' ') => range(count).map(line).join(join);
const grid = (side: number, line: (i: number, j: number) => string) => each(side, (i) => each(side, (j) => line(i, j)));
const halves = (line: (half: 'a' | 'b', offset: string) => string) => `${line('a', '')} ${line('b', ', 16')}`;

const add = (a: string, b: string) => `f32x4.add(${a}, ${b})`;
const sub = (a: string, b: string) => `f32x4.sub(${a}, ${b})`;
const half = (a: string) => `f32x4.mul(half4(), ${a})`;

/** Rows of a matrix times the vector (v0, v1, …), as expressions. */
type Transform = (v: string[]) => string[];
const inputs: Transform = ([a, b, c, d]) => [sub(a!, c!), add(b!, c!), sub(c!, b!), sub(b!, d!)];
const outputs: Transform = ([a, b, c, d]) => [add(add(a!, b!), c!), sub(sub(b!, c!), d!)];
const gradients: Transform = ([a, b]) => [a!, add(a!, b!), sub(a!, b!), `f32x4.neg(${b!})`];
const filters: Transform = ([a, b, c]) => [a!, half(add(add(a!, c!), b!)), half(sub(add(a!, c!), b!)), c!];
const filterGradients: Transform = ([a, b, c, d]) => [add(a!, half(add(b!, c!))), half(sub(b!, c!)), add(half(add(b!, c!)), d!)];

/** A transform of columns, then of rows: `load(i, j)` gives the addresses of the square of `side`, `store(i, j)` those of what comes out. */
function transform(kind: Transform, side: number, { load, store }: { load(i: number, j: number): string; store(i: number, j: number): string }): string {
  const loads = (j: number) => each(side, (i) => halves((h, o) => `let d${i}${j}${h} = v128.load(${load(i, j)}${o});`));
  const rows = kind(range(side).map(String)).length;
  const column = (j: number) => each(rows, (i) => halves((h) => `let t${i}${j}${h} = ${kind(range(side).map((k) => `d${k}${j}${h}`))[i]};`));
  const row = (i: number) => each(rows, (j) => `${halves((h) => `let s${i}${j}${h} = ${kind(range(side).map((k) => `t${i}${k}${h}`))[j]};`)} ${halves((h, o) => `v128.store(${store(i, j)}, s${i}${j}${h}${o});`)}`);
  return [each(side, (j) => `${loads(j)}\n      ${column(j)}`, '\n      '), each(rows, row, '\n      ')].join('\n      ');
}

const tileOf = 'let n = tile / (down * across), h = tile / across % down * 2 - before, w = tile % across * 2 - before;';
/** Addresses of a square of pixels, with what lies outside elsewhere. */
const pixels = (side: number, maps: string) => grid(side, (i, j) => `let p${i}${j} = pixelAt(${maps}, n, h + ${i}, w + ${j}, height, width, channels, outside);`);

/** x to v [16][groups][tiles][perIn]. One chunk is some tiles; `outside`: as many zeros as there are channels. */
const transformInputs = `export function winogradInputs(chunk: i32, size: i32, tiles: i32, down: i32, across: i32, height: i32, width: i32, perIn: i32, groups: i32, before: i32, outside: usize, x: usize, v: usize): void {
  let channels = perIn * groups, plane = <usize>(tiles * perIn) << 2, position = <usize>groups * plane;
  for (let tile = chunk * size, end = smaller(tiles, tile + size); tile < end; tile++) {
    ${tileOf}
    ${pixels(4, 'x')}
    for (let group = 0; group < groups; group++) for (let c = 0; c < perIn; c += 8) {
      let at = <usize>(group * perIn + c) << 2, to = v + <usize>group * plane + (<usize>(tile * perIn + c) << 2);
      ${transform(inputs, 4, { load: (i, j) => `p${i}${j} + at`, store: (i, j) => `to + ${i * 4 + j} * position` })}
    }
  }
}
`;

/** m [16][groups][tiles][perOut] and bias to y. `outside`: room for the channels of a pixel that is not there. */
const transformOutputs = `export function winogradOutputs(chunk: i32, size: i32, tiles: i32, down: i32, across: i32, height: i32, width: i32, perOut: i32, groups: i32, m: usize, bias: usize, outside: usize, y: usize): void {
  let channels = perOut * groups, plane = <usize>(tiles * perOut) << 2, position = <usize>groups * plane, before = 0;
  for (let tile = chunk * size, end = smaller(tiles, tile + size); tile < end; tile++) {
    ${tileOf}
    ${pixels(2, 'y')}
    for (let group = 0; group < groups; group++) for (let c = 0; c < perOut; c += 8) {
      let at = <usize>(group * perOut + c) << 2, from = m + <usize>group * plane + (<usize>(tile * perOut + c) << 2);
      let z = bias ? bias + at : zeros;
      ${halves((h, o) => `let z${h} = v128.load(z${o});`)}
      ${each(4, (j) => `${each(4, (i) => halves((h, o) => `let d${i}${j}${h} = v128.load(from + ${i * 4 + j} * position${o});`))}
      ${each(2, (i) => halves((h) => `let t${i}${j}${h} = ${outputs(range(4).map((k) => `d${k}${j}${h}`))[i]};`))}`, '\n      ')}
      ${each(2, (i) => each(2, (j) => `${halves((h) => `let s${i}${j}${h} = ${add(outputs(range(4).map((k) => `t${i}${k}${h}`))[j]!, `z${h}`)};`)} ${halves((h, o) => `v128.store(p${i}${j} + at, s${i}${j}${h}${o});`)}`), '\n      ')}
    }
  }
}
`;

/** Packed filters [groups][panels][9][depth][8] to panels [16][groups][panels][1][depth][8]. One chunk is one panel of a group. */
const transformFilters = `export function winogradFilters(chunk: i32, chunks: i32, depth: i32, packed: usize, u: usize): void {
  let line = <usize>depth << 5, position = <usize>chunks * line;
  let from = packed + <usize>(chunk * 9) * line, to = u + <usize>chunk * line;
  for (let k = 0; k < depth; k++, from += 32, to += 32) {
      ${transform(filters, 3, { load: (i, j) => `from + ${i * 3 + j} * line`, store: (i, j) => `to + ${i * 4 + j} * position` })}
  }
}
`;

/** dy to rows packed for `outer`: [tiles / block][16][groups][panels][block][8]. An odd last row has zeros behind it. */
const transformGradients = `export function winogradGradients(chunk: i32, size: i32, tiles: i32, down: i32, across: i32, height: i32, width: i32, perOut: i32, groups: i32, block: i32, outside: usize, dy: usize, packed: usize): void {
  let channels = perOut * groups, panels = perOut / 8, before = 0;
  let line = <usize>block << 5, position = <usize>(groups * panels) * line;
  for (let tile = chunk * size, end = smaller(tiles, tile + size); tile < end; tile++) {
    ${tileOf}
    ${pixels(2, 'dy')}
    let last = tile == tiles - 1 && (tile % block & 1) == 0;
    for (let panel = 0; panel < groups * panels; panel++) {
      let at = <usize>panel << 5, to = packed + <usize>(tile / block) * 16 * position + <usize>panel * line + (<usize>(tile % block) << 5);
      ${transform(gradients, 2, { load: (i, j) => `p${i}${j} + at`, store: (i, j) => `to + ${i * 4 + j} * position` })}
      if (last) for (let p = 0; p < 16; p++) memory.fill(to + <usize>p * position + 32, 0, 32);
    }
  }
}
`;

/** u [perIn][16][outputs] to dF [9][perIn][outputs]. One chunk is one row. */
const transformFilterGradients = `export function winogradFilterGradients(chunk: i32, perIn: i32, outputs: i32, u: usize, filter: usize): void {
  let line = <usize>outputs << 2, tap = <usize>perIn * line;
  let from = u + <usize>chunk * 16 * line, to = filter + <usize>chunk * line;
  for (let c = 0; c < outputs; c += 8, from += 32, to += 32) {
      ${transform(filterGradients, 4, { load: (i, j) => `from + ${i * 4 + j} * line`, store: (i, j) => `to + ${i * 3 + j} * tap` })}
  }
}
`;

/** The whole file. */
export const generateWinograd = (): string => `import { half4, smaller, zeros } from './lanes';
// @ts-ignore: decorator
@inline function pixelAt(maps: usize, n: i32, h: i32, w: i32, height: i32, width: i32, channels: i32, outside: usize): usize {
  return h < 0 || h >= height || w < 0 || w >= width ? outside : maps + (<usize>(((n * height + h) * width + w) * channels) << 2);
}
${[transformInputs, transformOutputs, transformFilters, transformGradients, transformFilterGradients].join('\n')}`;
