// The one matrix product behind convolutions and linear layers: C[m, n] = Σ_k A(m, k) · B(k, n) for a batch z, where A, B and the
// place of C are WGSL functions. Tiles in workgroup memory, four by four blocks of them per load, rectangles of sums in registers.
import type { Sink } from '../webgpu/sink.ts';
import { plainProgram } from './plain.ts';
import { reducePartials } from '../webgpuKernels/reduce.ts';
import { emit, type BufferOf } from '../webgpuKernels/shader.ts';
import { lines, numbers, storesOf, type Factor, type Product, type Program } from './product.ts';
import { chooseTile, type Tile } from './tiles.ts';

/** Workgroups that fill a large GPU several times over; fewer, and the depth is split among them. */
const enough = 512;

/** In how many parts the depth is cut: decided by the shape alone, as it is part of the order of sums. */
function splitsOf({ rows, columns, depth, batch, y }: Product, { bm, bn, bk }: Pick<Tile, 'bm' | 'bn' | 'bk'>): number {
  const tiles = Math.ceil(rows / bm) * Math.ceil(columns / bn) * batch;
  const most = Math.min(Math.floor(depth / (8 * bk)), Math.floor(2 ** 24 / y.count), Math.floor(65535 / batch));
  return Math.max(1, Math.min(most, Math.ceil(enough / tiles)));
}

/** Where a lane's 4×4 block of a tile lies: its first row (or column) and depth. */
function blockOf({ along }: Factor, side: number, { bk }: Tile): { row: (lane: string) => string; depth: (lane: string) => string } {
  const quarter = along === 'depth' ? bk / 4 : side / 4;
  return along === 'depth'
    ? { row: (lane) => `(${lane} / ${quarter}u)`, depth: (lane) => `(${lane} % ${quarter}u)` }
    : { row: (lane) => `(${lane} % ${quarter}u)`, depth: (lane) => `(${lane} / ${quarter}u)` };
}

type Side = { name: 'a' | 'b'; factor: Factor; side: number; origin: string; lane: string };

/** The loads of one factor's tile: what is prepared, fetched into registers, and put into shared memory. */
function loaderOf({ name, factor, side, origin, lane }: Side, tile: Tile, lanes: number) {
  const count = (side * tile.bk) / 16;
  const passes = Math.ceil(count / lanes);
  const place = blockOf(factor, side, tile);
  const own = (pass: number) => `(${lane} + ${pass * lanes}u)`;
  const guard = (pass: number, code: string) => (count % lanes === 0 ? code : `if (${own(pass)} < ${count}u) {\n${code}\n}`);
  const rows = factor.along === 'depth' ? 4 : 1;
  const put = (pass: number) => numbers(4).map((i) => {
    const value = factor.along === 'side' ? `${name}${pass}${i}` : `vec4f(${numbers(4).map((row) => `${name}${pass}${row}[${i}]`).join(', ')})`;
    return `${name}Tile[(${place.depth(own(pass))} * 4u + ${i}u) * ${side / 4 + 1}u + ${place.row(own(pass))}] = tileValue(${value});`;
  }).join('\n');
  const fetch = (pass: number, k: string) => numbers(4).map((i) => {
    const [at, depth] = factor.along === 'depth' ? [`${name}At${pass}${i}`, '0u'] : [`${name}At${pass}0`, `${i}u`];
    return `${name}${pass}${i} = ${name}Load(${at}, ${k} + ${place.depth(own(pass))} * 4u + ${depth}, z);`;
  }).join('\n');
  return {
    prepare: lines(passes, (pass) => `${lines(rows, (i) => `let ${name}At${pass}${i} = ${name}Prepare(${origin} + ${place.row(own(pass))} * 4u + ${i}u, z);`)}\n${lines(4, (i) => `var ${name}${pass}${i} = vec4f(0.0);`)}`),
    fetch: (k: string) => lines(passes, (pass) => guard(pass, fetch(pass, k))),
    put: lines(passes, (pass) => guard(pass, put(pass))),
  };
}

/** The sums of one tile: outer products of register vectors. */
function sumsOf({ bm, bn, tm, tn, bk }: Tile): string {
  const [ga, gb] = [tm / 4, tn / 4];
  return `for (var k = 0u; k < ${bk}u; k++) {
${lines(ga, (g) => `let va${g} = vec4f(aTile[k * ${bm / 4 + 1}u + ${(g * bm) / tm}u + ty]);`)}
${lines(gb, (g) => `let vb${g} = vec4f(bTile[k * ${bn / 4 + 1}u + ${(g * bn) / tn}u + tx]);`)}
${lines(tm, (row) => lines(gb, (g) => `sum${row}_${g} = fma(vec4f(va${Math.floor(row / 4)}[${row % 4}]), vb${g}, sum${row}_${g});`))}
}`;
}

/** The functions of a product that its body calls. */
function functionsOf({ declarations = '', depth, depthOf, place, a, b }: Product): string {
  const factor = (name: string, { prepare, load }: Factor) => `fn ${name}Prepare(side: u32, z: u32) -> vec4i {\n${prepare}\n}\nfn ${name}Load(at: vec4i, k: u32, z: u32) -> vec4f {\n${load}\n}`;
  return `${declarations}
fn depthOf(z: u32) -> u32 { ${depthOf ?? `return ${depth}u;`} }
fn place(m: u32, n: u32, z: u32) -> i32 {\n${place}\n}
${factor('a', a)}\n${factor('b', b)}\n`;
}

/** WGSL of a product with a tile. */
function tiledProgram(product: Product, tile: Tile, { splits, half }: { splits: number; half: boolean }): Program {
  const { bm, bn, tm, tn, bk } = tile;
  const lanes = (bm / tm) * (bn / tn);
  const [a, b] = [
    loaderOf({ name: 'a', factor: product.a, side: bm, origin: 'rowOrigin', lane: 'lane' }, tile, lanes),
    // From the last lane on, so that where a tile has fewer blocks than lanes the two factors are loaded by different ones.
    loaderOf({ name: 'b', factor: product.b, side: bn, origin: 'columnOrigin', lane: `(${lanes - 1}u - lane)` }, tile, lanes),
  ];
  const chunk = Math.ceil(product.depth / splits / bk) * bk;
  const type = half ? 'vec4h' : 'vec4f';
  return {
    lanes,
    workgroups: [Math.ceil(product.rows / bm), Math.ceil(product.columns / bn), product.batch * splits],
    declarations: `var<workgroup> aTile: array<${type}, ${bk * (bm / 4 + 1)}>;
var<workgroup> bTile: array<${type}, ${bk * (bn / 4 + 1)}>;
fn tileValue(v: vec4f) -> ${type} { return ${half ? 'vec4h(clamp(v, vec4f(-65504.0), vec4f(65504.0)))' : 'v'}; }`,
    body: `let z = group.z % ${product.batch}u;
let part = group.z / ${product.batch}u;
let rowOrigin = group.x * ${bm}u;
let columnOrigin = group.y * ${bn}u;
let tx = lane % ${bn / tn}u;
let ty = lane / ${bn / tn}u;
let firstRow = rowOrigin + ty * 4u;
let firstColumn = columnOrigin + tx * 4u;
let first = part * ${chunk}u;
let end = min(first + ${chunk}u, depthOf(z));
${a.prepare}\n${b.prepare}
${lines(tm, (row) => lines(tn / 4, (g) => `var sum${row}_${g} = vec4f(0.0);`))}
${tile.ahead ? `${a.fetch('first')}\n${b.fetch('first')}` : ''}
for (var k0 = first; k0 < end; k0 += ${bk}u) {
${tile.ahead ? '' : `${a.fetch('k0')}\n${b.fetch('k0')}\n`}workgroupBarrier();
${a.put}\n${b.put}
workgroupBarrier();
${tile.ahead ? `if (k0 + ${bk}u < end) {\n${a.fetch(`(k0 + ${bk}u)`)}\n${b.fetch(`(k0 + ${bk}u)`)}\n}\n` : ''}${sumsOf(tile)}
}
${storesOf(product, tile, splits > 1)}`,
  };
}

/** Emits the product; where the depth is split, a second pass adds the parts in their order. */
export function multiply(sink: Sink, product: Product): void {
  const { y, bias, wide } = product;
  const { half, plain } = sink.abilities;
  const tile = chooseTile(sink.abilities, product);
  const splits = splitsOf(product, tile);
  const { declarations, ...program } = plain ? plainProgram(product, splits) : tiledProgram(product, tile, { splits, half });
  const target = splits > 1 ? sink.allocate(4 * splits * y.count) : y.block;
  const element = wide ? 'vec4f' : 'f32';
  emit(sink, {
    buffers: [...product.buffers, ...(bias && splits === 1 ? [['bias', bias, element] satisfies BufferOf] : []), ['result', target, element]],
    directives: half ? 'enable f16;\n' : '',
    declarations: functionsOf(product) + declarations,
    ...program,
    label: `${product.rows}×${product.columns}×${product.depth}${product.batch > 1 ? ` ${product.batch} times` : ''}, ${plain ? 'plain' : `tile ${tile.bm}×${tile.bn}×${tile.bk}`}${splits > 1 ? `, ${splits} parts` : ''}`,
  });
  if (splits === 1) return;
  reducePartials(sink, target, { parts: splits, y, bias });
  sink.free(target);
}
