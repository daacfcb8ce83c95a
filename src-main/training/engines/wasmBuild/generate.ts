// Writes the AssemblyScript of the unrolled tiles: 6 × 8 register tiles of the matrix kernels, and depthwise tiles of four pixels and eight channels.

const rows = 6;
const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const each = (count: number, line: (index: number) => string, join = ' ') => range(count).map(line).join(join);

/** fma in one rounding where the computer has it, in two elsewhere. */
function fmaSource(relaxed: boolean): string {
  const body = relaxed ? 'f32x4.relaxed_madd(a, b, c)' : 'f32x4.add(c, f32x4.mul(a, b))';
  return `// @ts-ignore: decorator\n@inline export function fma(a: v128, b: v128, c: v128): v128 { return ${body}; }\nexport const tileRows: i32 = ${rows};\nconst zeros = memory.data(32, 16);\n`;
}

/** Six indirect rows times one panel of eight columns. */
function forwardTile(): string {
  const multiplyAdd = (k: number) => `{ let b0 = v128.load(b, ${32 * k}), b1 = v128.load(b, ${32 * k + 16});
      ${each(rows, (r) => `let s${r} = v128.load_splat<f32>(a${r}, ${4 * k}); c${r}0 = fma(s${r}, b0, c${r}0); c${r}1 = fma(s${r}, b1, c${r}1);`)} }`;
  return `export function tileForward(count: i32, x: usize, rowOffsets: usize, taps: i32, tapOffsets: usize, depth: i32, b: usize, y: usize, outOffsets: usize, bias: usize): void {
  let bias0 = v128.load(bias), bias1 = v128.load(bias, 16);
  ${each(rows, (r) => `let c${r}0 = bias0, c${r}1 = bias1;`)}
  ${each(rows, (r) => `let p${r} = x + <usize>load<i32>(rowOffsets + (${r} < count ? ${4 * r} : 0));`)}
  for (let tap = 0; tap < taps; tap++) {
    let delta = <usize>load<i32>(tapOffsets + (<usize>tap << 2));
    ${each(rows, (r) => `let a${r} = p${r} + delta;`)}
    let end = a0 + (<usize>depth << 2);
    while (a0 < end) {
      ${each(4, multiplyAdd, '\n      ')}
      ${each(rows, (r) => `a${r} += 16;`)} b += 128;
    }
  }
  ${each(rows, (r) => `if (${r} < count) { let o = y + <usize>load<i32>(outOffsets + ${4 * r}); v128.store(o, c${r}0); v128.store(o, c${r}1, 16); }`, '\n  ')}
}
`;
}

/** Six columns of x (interleaved by six) times one panel of dy, over an even number of rows. */
function outerTile(): string {
  const multiplyAdd = (k: number) => `{ let b0 = v128.load(b, ${32 * k}), b1 = v128.load(b, ${32 * k + 16});
    ${each(rows, (r) => `let s${r} = v128.load_splat<f32>(a, ${4 * (k * rows + r)}); c${r}0 = fma(s${r}, b0, c${r}0); c${r}1 = fma(s${r}, b1, c${r}1);`)} }`;
  return `export function tileOuter(count: i32, depth: i32, a: usize, b: usize, y: usize, pitch: usize, accumulate: bool): void {
  ${each(rows, (r) => `let c${r}0 = f32x4.splat(0), c${r}1 = f32x4.splat(0);`)}
  let end = a + <usize>depth * ${4 * rows};
  while (a < end) {
    ${each(2, multiplyAdd, '\n    ')}
    a += ${8 * rows}; b += 64;
  }
  ${each(rows, (r) => `if (${r} < count) { if (accumulate) { c${r}0 = f32x4.add(c${r}0, v128.load(y)); c${r}1 = f32x4.add(c${r}1, v128.load(y, 16)); } v128.store(y, c${r}0); v128.store(y, c${r}1, 16); y += pitch; }`, '\n  ')}
}
`;
}

/** Both halves of eight channels, loaded from and stored to neighbouring places, so that V8 can join them. */
const halves = (line: (half: 'a' | 'b', offset: string) => string) => `${line('a', '')} ${line('b', ', 16')}`;

/** Four neighbouring output pixels, eight channels at a time; the last tile of a line overlaps the one before. Lines have at least four pixels. */
function depthwiseForward(side: number): string {
  const tile = 4;
  const taken = (j: number) => range(tile).filter((t) => j - t >= 0 && j - t < side);
  const column = (j: number) => `${halves((h, o) => `v${h} = v128.load(p + ${j} * line${o});`)}${taken(j).map((t) => ` ${halves((h) => `c${t}${h} = fma(v${h}, w${j - t}${h}, c${t}${h});`)}`).join('')}`;
  return `export function depthwise${side}(chunk: i32, size: i32, lines: i32, outHeight: i32, outWidth: i32, channels: i32, x: usize, filter: usize, bias: usize, y: usize): void {
  let width = outWidth + ${side - 1}, height = outHeight + ${side - 1}, line = <usize>channels << 2;
  for (let at = chunk * size, last = at + size < lines ? at + size : lines; at < last; at++) {
    let n = at / outHeight, oh = at % outHeight;
    for (let step = 0; step < outWidth; step += ${tile}) {
      let ow = step > outWidth - ${tile} ? outWidth - ${tile} : step;
      let from = x + <usize>((n * height + oh) * width + ow) * line, to = y + <usize>(at * outWidth + ow) * line;
      for (let c: usize = 0; c < line; c += 32) {
        let z = bias ? bias + c : zeros;
        ${halves((h, o) => `let z${h} = v128.load(z${o});`)}
        ${each(tile, (t) => halves((h) => `let c${t}${h} = z${h};`))}
        let va: v128, vb: v128, row = from + c, w = filter + c;
        for (let i = 0; i < ${side}; i++) {
          let p = row;
          ${each(side, (j) => halves((h, o) => `let w${j}${h} = v128.load(w + ${j} * line${o});`))}
          ${each(tile + side - 1, column, '\n          ')}
          row += <usize>width * line; w += ${side} * line;
        }
        ${each(tile, (t) => halves((h, o) => `v128.store(to + c + ${t} * line, c${t}${h}${o});`))}
      }
    }
  }
}
`;
}

/** One chunk is `size` channels, a multiple of eight, of one of `parts` parts of the images, each with a result of its own; sums of the taps of a filter row stay in registers along a line of pixels. */
function depthwiseFilter(side: number): string {
  const turn = (u: number) => `${halves((h, o) => `d${h} = v128.load(q${o});`)} ${halves((h, o) => `v${(u + side - 1) % side}${h} = v128.load(p${o});`)} ${each(side, (j) => halves((h) => `g${j}${h} = fma(v${(u + j) % side}${h}, d${h}, g${j}${h});`))} q += line; p += line;`;
  return `export function depthwiseFilter${side}(chunk: i32, size: i32, parts: i32, batch: i32, outHeight: i32, outWidth: i32, channels: i32, x: usize, dy: usize, result: usize): void {
  let width = outWidth + ${side - 1}, height = outHeight + ${side - 1}, line = <usize>channels << 2;
  let part = chunk % parts, images = (batch + parts - 1) / parts, n0 = part * images, n1 = n0 + images < batch ? n0 + images : batch;
  let filter = result + <usize>(part * ${side * side}) * line;
  let c0 = <usize>(chunk / parts * size) << 2, c1 = c0 + (<usize>size << 2) < line ? c0 + (<usize>size << 2) : line;
  for (let tap: usize = 0; tap < ${side * side}; tap++) memory.fill(filter + tap * line + c0, 0, c1 - c0);
  for (let n = n0; n < n1; n++) for (let oh = 0; oh < outHeight; oh++) for (let i = 0; i < ${side}; i++) {
    for (let c = c0; c < c1; c += 32) {
      let p = x + <usize>((n * height + oh + i) * width) * line + c, q = dy + <usize>((n * outHeight + oh) * outWidth) * line + c;
      let to = filter + <usize>(i * ${side}) * line + c;
      ${each(side, (j) => halves((h, o) => `let g${j}${h} = v128.load(to + ${j} * line${o});`))}
      ${each(side - 1, (j) => halves((h, o) => `let v${j}${h} = v128.load(p + ${j} * line${o});`))}
      ${halves((h) => `let v${side - 1}${h} = v0${h}, d${h}: v128;`)}
      p += ${side - 1} * line;
      let ow = 0;
      for (; ow + ${side} <= outWidth; ow += ${side}) {
        ${each(side, turn, '\n        ')}
      }
      for (; ow < outWidth; ow++) {
        ${halves((h, o) => `d${h} = v128.load(q${o});`)} ${halves((h, o) => `v${side - 1}${h} = v128.load(p${o});`)}
        ${each(side, (j) => halves((h) => `g${j}${h} = fma(v${j}${h}, d${h}, g${j}${h});`))}
        ${each(side - 1, (j) => halves((h) => `v${j}${h} = v${j + 1}${h};`))}
        q += line; p += line;
      }
      ${each(side, (j) => halves((h, o) => `v128.store(to + ${j} * line, g${j}${h}${o});`))}
    }
  }
}
`;
}

/** The whole generated file. */
export function generateTiles(relaxed: boolean): string {
  return [fmaSource(relaxed), forwardTile(), outerTile(), ...[3, 5, 7].flatMap((side) => [depthwiseForward(side), depthwiseFilter(side)])].join('\n');
}
