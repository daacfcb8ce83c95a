// What a matrix product is, for all of its programs: factors and places as WGSL functions, and how a rectangle of sums is stored.
import type { Block } from '../recording/block.ts';
import type { BufferOf, Half, Workgroups } from '../webgpu/dispatch.ts';

/**
 * One factor, whose elements lie in `buffer` side by side along the depth or along the side. `prepare` is the body of
 * fn(side: u32, z: u32) -> vec4i: what is known of a row or column before the depth is. `index` is WGSL of an element's place, an i32
 * that is negative outside the matrix: of the element that is `offset` along from `at`, depth `k` and batch `z`.
 * `wide`: four neighbours from a multiple of four are all inside or all outside, and lie in one vec4f.
 */
export type Factor = { along: 'depth' | 'side'; prepare: string; buffer: string; wide: boolean; index: (offset: string) => string };

/** Body of fn(at: vec4i, k: u32, z: u32) -> vec4f: four elements along the depth from one row, or along the side at one depth; zeros outside. */
export const loadOf = ({ buffer, wide, index }: Factor): string => (wide
  ? `let index = ${index('0u')};\nreturn select(vec4f(0.0), ${buffer}[u32(max(index, 0)) / 4u], index >= 0);`
  : `var four = vec4f(0.0);
for (var i = 0u; i < 4u; i++) { let index = ${index('i')}; four[i] = select(0.0, ${buffer}[max(index, 0)], index >= 0); }
return four;`);

export type Product = {
  rows: number;
  columns: number;
  /** Terms of a sum; `depthOf` is their number for z as WGSL, where it differs. */
  depth: number;
  depthOf?: string;
  batch: number;
  buffers: BufferOf[];
  declarations?: string;
  a: Factor;
  b: Factor;
  y: { block: Block; count: number; channels: number };
  /** Body of fn(m: u32, n: u32, z: u32) -> i32: index in y, negative where there is none. */
  place: string;
  /** Whether four neighbouring columns lie side by side in y from a multiple of four. */
  wide: boolean;
  bias?: Block | undefined;
  /** Which factor is a gradient, if one is. */
  gradient?: 'a' | 'b' | undefined;
};

/** Gradients of a mean over a batch are small: in float16 they are taken this many times, and their sums divided by it. A power of two, so that only the range changes. */
export const gradientScale = 4096;

/** Rows, columns and depth of a workgroup's tile; rows and columns of a lane's sums, or with `units` of a subgroup's. */
export type Tile = { bm: number; bn: number; bk: number; tm: number; tn: number; /** Whether the next tile is fetched while this one is summed. */ ahead?: boolean; /** By matrix units. */ units?: boolean };

/** WGSL of a product: what stands before the entry point, its body, and how it is dispatched. */
export type Program = { /** What must stand at the head, as `enable f16;`. */ directives?: string; declarations: string; body: string; lanes: number; workgroups: Workgroups };

export const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
export const lines = (count: number, line: (index: number) => string) => numbers(count).map(line).join('\n');

/** How a rectangle of sums is stored: as one of several parts of the depth, and whether from scaled gradients. */
export type Storing = { split: boolean; half: Half | null };

/** Writes four neighbouring columns' sums, WGSL `value`, at row `m` from column `n` on where `place` says. */
export function storeOf({ wide, bias, y, columns, gradient }: Product, { split, half }: Storing, { m, n, value }: { m: string; n: string; value: string }): string {
  const own = half && gradient ? `(${value} * ${1 / gradientScale})` : value;
  const biased = (sum: string) => (bias && !split ? `${sum} + bias[u32(at) % ${y.channels}u${wide ? ' / 4u' : ''}]` : sum);
  const target = split ? `part * ${y.count}u + u32(at)` : 'u32(at)';
  if (wide) return `{ let at = place(${m}, ${n}, z); if (at >= 0) { result[(${target}) / 4u] = ${biased(own)}; } }`;
  return lines(4, (i) => `{ let n = ${n} + ${i}u; if (n < ${columns}u) { let at = place(${m}, n, z); if (at >= 0) { result[${target}] = ${biased(`${own}[${i}]`)}; } } }`);
}

/** Writes the register rectangle from `firstRow` and `firstColumn` on where `place` says. */
export const storesOf = (product: Product, { bm, bn, tm, tn }: Pick<Tile, 'bm' | 'bn' | 'tm' | 'tn'>, storing: Storing): string => lines(tm, (row) => lines(tn / 4, (g) => storeOf(product, storing, {
  m: `firstRow + ${Math.floor(row / 4) * (bm / (tm / 4)) + (row % 4)}u`, n: `firstColumn + ${g * (bn / (tn / 4))}u`, value: `sum${row}_${g}`,
})));
