// What a matrix product is, for all of its programs: factors and places as WGSL functions, and how a rectangle of sums is stored.
import type { Block } from '../recording/block.ts';
import type { Workgroups } from '../webgpu/sink.ts';
import type { BufferOf } from '../webgpuKernels/shader.ts';
import type { Tile } from './tiles.ts';

/**
 * One factor. `prepare` is the body of fn(side: u32, z: u32) -> vec4i: what is known of a row or column before the depth is;
 * `load` that of fn(at: vec4i, k: u32, z: u32) -> vec4f: four elements along the depth from one row, or along the side at one depth.
 * Outside the matrix it gives zeros.
 */
export type Factor = { along: 'depth' | 'side'; prepare: string; load: string };

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
};

/** WGSL of a product: what stands before the entry point, its body, and how it is dispatched. */
export type Program = { declarations: string; body: string; lanes: number; workgroups: Workgroups };

export const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
export const lines = (count: number, line: (index: number) => string) => numbers(count).map(line).join('\n');

/** Writes the register rectangle from `firstRow` and `firstColumn` on where `place` says. */
export function storesOf({ wide, bias, y, columns }: Product, { bm, bn, tm, tn }: Omit<Tile, 'bk'>, split: boolean): string {
  const biased = (value: string, at: string) => (bias && !split ? `${value} + bias[u32(${at}) % ${y.channels}u${wide ? ' / 4u' : ''}]` : value);
  const target = (at: string) => (split ? `part * ${y.count}u + u32(${at})` : `u32(${at})`);
  const one = (row: number, g: number) => {
    const [m, n] = [`firstRow + ${Math.floor(row / 4) * (bm / (tm / 4)) + (row % 4)}u`, `firstColumn + ${g * (bn / (tn / 4))}u`];
    if (wide) return `{ let at = place(${m}, ${n}, z); if (at >= 0) { result[(${target('at')}) / 4u] = ${biased(`sum${row}_${g}`, 'at')}; } }`;
    return lines(4, (i) => `{ let n = ${n} + ${i}u; if (n < ${columns}u) { let at = place(${m}, n, z); if (at >= 0) { result[${target('at')}] = ${biased(`sum${row}_${g}[${i}]`, 'at')}; } } }`);
  };
  return lines(tm, (row) => lines(tn / 4, (g) => one(row, g)));
}
