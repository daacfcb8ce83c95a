// How the lanes of a workgroup bring a tile of a factor into shared memory: 4×4 blocks, turned on the way where they lie along the depth.
import type { Half } from '../webgpu/dispatch.ts';
import { gradientScale, lines, numbers, type Factor, type Product, type Tile } from './product.ts';

/** Where a lane's 4×4 block of a tile lies: its first row (or column) and depth. */
function blockOf({ along }: Factor, side: number, { bk }: Tile): { row: (lane: string) => string; depth: (lane: string) => string } {
  const quarter = along === 'depth' ? bk / 4 : side / 4;
  return along === 'depth'
    ? { row: (lane) => `(${lane} / ${quarter}u)`, depth: (lane) => `(${lane} % ${quarter}u)` }
    : { row: (lane) => `(${lane} % ${quarter}u)`, depth: (lane) => `(${lane} / ${quarter}u)` };
}

/** A factor of a product by its name, the side of its tile, and WGSL of its first row (or column) and of the lane that loads. */
export type Side = { name: 'a' | 'b'; factor: Factor; side: number; origin: string; lane: string };

/**
 * The loads of one factor's tile: what is prepared, fetched into registers, and put into shared memory, [depth, side] with `pad`
 * four-element vectors between its lines.
 */
export function loaderOf({ name, factor, side, origin, lane }: Side, tile: Tile, { lanes, pad }: { lanes: number; pad: number }) {
  const count = (side * tile.bk) / 16;
  const passes = Math.ceil(count / lanes);
  const place = blockOf(factor, side, tile);
  const own = (pass: number) => `(${lane} + ${pass * lanes}u)`;
  const guard = (pass: number, code: string) => (count % lanes === 0 ? code : `if (${own(pass)} < ${count}u) {\n${code}\n}`);
  const rows = factor.along === 'depth' ? 4 : 1;
  const put = (pass: number) => numbers(4).map((i) => {
    const value = factor.along === 'side' ? `${name}${pass}${i}` : `vec4f(${numbers(4).map((row) => `${name}${pass}${row}[${i}]`).join(', ')})`;
    return `${name}Tile[(${place.depth(own(pass))} * 4u + ${i}u) * ${side / 4 + pad}u + ${place.row(own(pass))}] = ${name}Value(${value});`;
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

/** The tile's memory and what a lane puts into it: float16 keeps its largest number where float32 goes beyond. */
export const tileMemory = (tile: Tile, { gradient }: Product, { half, pad }: { half: Half | null; pad: number }): string => {
  const type = half === 'float16' ? 'vec4h' : 'vec4f';
  const round = half === 'float16' ? 'vec4h' : 'quantizeToF16';
  const valueOf = (name: 'a' | 'b') => `fn ${name}Value(v: vec4f) -> ${type} { return ${half ? `${round}(clamp(v${gradient === name ? ` * ${gradientScale}.0` : ''}, vec4f(-65504.0), vec4f(65504.0)))` : 'v'}; }`;
  return `var<workgroup> aTile: array<${type}, ${tile.bk * (tile.bm / 4 + pad)}>;
var<workgroup> bTile: array<${type}, ${tile.bk * (tile.bn / 4 + pad)}>;
${valueOf('a')}
${valueOf('b')}
`;
};

/** The walk along the depth: every tile is put into shared memory and summed, and the next one fetched meanwhile where the tile says so. */
export function walk({ bk, ahead }: Tile, [a, b]: ReturnType<typeof loaderOf>[], sums: string): string {
  const fetch = (k: string) => `${a?.fetch(k)}\n${b?.fetch(k)}`;
  return `${ahead ? fetch('first') : ''}
for (var k0 = first; k0 < end; k0 += ${bk}u) {
${ahead ? '' : fetch('k0')}
workgroupBarrier();
${a?.put}\n${b?.put}
workgroupBarrier();
${ahead ? `if (k0 + ${bk}u < end) {\n${fetch(`(k0 + ${bk}u)`)}\n}` : ''}
${sums}
}`;
}

/** The two factors of a product as a tile's workgroup loads them. */
export const loadersOf = ({ a, b }: Product, tile: Tile, { lanes, pad }: { lanes: number; pad: number }) => [
  loaderOf({ name: 'a', factor: a, side: tile.bm, origin: 'rowOrigin', lane: 'lane' }, tile, { lanes, pad }),
  // From the last lane on, so that where a tile has fewer blocks than lanes the two factors are loaded by different ones.
  loaderOf({ name: 'b', factor: b, side: tile.bn, origin: 'columnOrigin', lane: `(${lanes - 1}u - lane)` }, tile, { lanes, pad }),
];

/** Where a workgroup's part of the product begins and ends. */
export const originOf = ({ bm, bn, bk }: Tile, { batch, depth, splits }: { batch: number; depth: number; splits: number }): string => `let z = group.z % ${batch}u;
let part = group.z / ${batch}u;
let rowOrigin = group.x * ${bm}u;
let columnOrigin = group.y * ${bn}u;
let first = part * ${Math.ceil(depth / splits / bk) * bk}u;
let end = min(first + ${Math.ceil(depth / splits / bk) * bk}u, depthOf(z));`;
