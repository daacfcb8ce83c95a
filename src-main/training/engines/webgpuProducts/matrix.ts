// The one matrix product behind convolutions and linear layers: C[m, n] = Σ_k A(m, k) · B(k, n) for a batch z, where A, B and the
// place of C are WGSL functions. Three programs compute it: by matrix units, by tiles in workgroup memory, or plainly (plain.ts).
import type { Sink } from '../webgpu/sink.ts';
import { plainProgram } from './plain.ts';
import { reducePartials } from '../webgpuKernels/reduce.ts';
import { emit, type BufferOf } from '../webgpuKernels/shader.ts';
import { loadOf, type Factor, type Product, type Tile } from './product.ts';
import { matrixProgram } from './subgroups.ts';
import { tiledProgram } from './tiled.ts';
import { chooseTile, nameOf } from './tiles.ts';

/** Workgroups that fill a large GPU several times over; fewer, and the depth is split among them. */
const enough = 512;

/** In how many parts the depth is cut: decided by the shape alone, as it is part of the order of sums. */
function splitsOf({ rows, columns, depth, batch, y }: Product, { bm, bn, bk }: Pick<Tile, 'bm' | 'bn' | 'bk'>): number {
  const tiles = Math.ceil(rows / bm) * Math.ceil(columns / bn) * batch;
  const most = Math.min(Math.floor(depth / (8 * bk)), Math.floor(2 ** 24 / y.count), Math.floor(65535 / batch));
  return Math.max(1, Math.min(most, Math.ceil(enough / tiles)));
}

/** The functions of a product that its body calls. */
function functionsOf({ declarations = '', depth, depthOf, place, a, b }: Product): string {
  const factor = (name: string, one: Factor) => `fn ${name}Prepare(side: u32, z: u32) -> vec4i {\n${one.prepare}\n}\nfn ${name}Load(at: vec4i, k: u32, z: u32) -> vec4f {\n${loadOf(one)}\n}`;
  return `${declarations}
fn depthOf(z: u32) -> u32 { ${depthOf ?? `return ${depth}u;`} }
fn place(m: u32, n: u32, z: u32) -> i32 {\n${place}\n}
${factor('a', a)}\n${factor('b', b)}\n`;
}

/** Emits the product; where the depth is split, a second pass adds the parts in their order. */
export function multiply(sink: Sink, product: Product): void {
  const { rows, columns, depth, batch, y, bias, wide } = product;
  const { half, plain, matrices } = sink.abilities;
  const tile = chooseTile(sink.abilities, product);
  const splits = splitsOf(product, tile);
  const { declarations, ...program } = plain ? plainProgram(product, splits)
    : tile.units && matrices ? matrixProgram(product, tile, { splits, matrices }) : tiledProgram(product, tile, { splits, half });
  const target = splits > 1 ? sink.allocate(4 * splits * y.count) : y.block;
  const element = wide ? 'vec4f' : 'f32';
  emit(sink, {
    buffers: [...product.buffers, ...(bias && splits === 1 ? [['bias', bias, element] satisfies BufferOf] : []), ['result', target, element]],
    declarations: functionsOf(product) + declarations,
    ...program,
    label: `${rows}×${columns}×${depth}${batch > 1 ? ` ${batch} times` : ''}, ${plain ? 'plain' : `tile ${nameOf(tile)}`}${splits > 1 ? `, ${splits} parts` : ''}`,
  });
  if (splits === 1) return;
  reducePartials(sink, target, { parts: splits, y, bias });
  sink.free(target);
}
