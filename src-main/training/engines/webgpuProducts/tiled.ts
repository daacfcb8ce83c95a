// The matrix product by plain arithmetic: tiles in workgroup memory, rectangles of sums in registers.
import type { Half } from '../webgpu/dispatch.ts';
import { loadersOf, originOf, tileMemory, walk } from './loads.ts';
import { lines, storesOf, type Product, type Program, type Tile } from './product.ts';

const pad = 1;

/** The sums of one tile: outer products of register vectors. */
function sumsOf({ bm, bn, tm, tn, bk }: Tile): string {
  const [ga, gb] = [tm / 4, tn / 4];
  return `for (var k = 0u; k < ${bk}u; k++) {
${lines(ga, (g) => `let va${g} = vec4f(aTile[k * ${bm / 4 + 1}u + ${(g * bm) / tm}u + ty]);`)}
${lines(gb, (g) => `let vb${g} = vec4f(bTile[k * ${bn / 4 + 1}u + ${(g * bn) / tn}u + tx]);`)}
${lines(tm, (row) => lines(gb, (g) => `sum${row}_${g} = fma(vec4f(va${Math.floor(row / 4)}[${row % 4}]), vb${g}, sum${row}_${g});`))}
}`;
}

/** WGSL of a product with a tile. */
export function tiledProgram(product: Product, tile: Tile, { splits, half }: { splits: number; half: Half | null }): Program {
  const { bm, bn, tm, tn } = tile;
  const lanes = (bm / tm) * (bn / tn);
  const loaders = loadersOf(product, tile, { lanes, pad });
  return {
    lanes,
    workgroups: [Math.ceil(product.rows / bm), Math.ceil(product.columns / bn), product.batch * splits],
    directives: half === 'float16' ? 'enable f16;\n' : '',
    declarations: tileMemory(tile, product, { half, pad }),
    body: `${originOf(tile, { ...product, splits })}
let tx = lane % ${bn / tn}u;
let ty = lane / ${bn / tn}u;
let firstRow = rowOrigin + ty * 4u;
let firstColumn = columnOrigin + tx * 4u;
${loaders.map(({ prepare }) => prepare).join('\n')}
${lines(tm, (row) => lines(tn / 4, (g) => `var sum${row}_${g} = vec4f(0.0);`))}
${walk(tile, loaders, sumsOf(tile))}
${storesOf(product, tile, { split: splits > 1, half })}`,
  };
}
