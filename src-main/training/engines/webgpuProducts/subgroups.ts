// The matrix product by a GPU's matrix units: factors in float16, sums in float32. Every subgroup owns a rectangle of the tile and
// keeps its sums in the units' own form; at the end they pass through workgroup memory to where they belong.
import type { MatrixUnits } from '../webgpu/sink.ts';
import { loadersOf, originOf, tileMemory, walk } from './loads.ts';
import { lines, numbers, storeOf, type Product, type Program, type Tile } from './product.ts';

/** Lines of a tile begin at multiples of 16 bytes, as the units ask, and in other banks than their neighbours. */
const pad = 2;

/** WGSL of a product by matrix units; tm and tn of the tile are the rectangle of a subgroup. */
export function matrixProgram(product: Product, tile: Tile, { splits, matrices: { m, n, k, lanes: side } }: { splits: number; matrices: MatrixUnits }): Program {
  const { bm, bn, bk, tm, tn } = tile;
  const subgroups = (bm / tm) * (bn / tn);
  const lanes = subgroups * side;
  const loaders = loadersOf(product, tile, { lanes, pad });
  const [down, across] = [tm / m, tn / n];
  const each = (line: (i: number, j: number) => string) => lines(down, (i) => lines(across, (j) => line(i, j)));
  const quads = (m * n) / 4;
  return {
    lanes,
    workgroups: [Math.ceil(product.rows / bm), Math.ceil(product.columns / bn), product.batch * splits],
    directives: 'enable f16;\nenable subgroups;\nenable chromium_experimental_subgroup_matrix;\ndiagnostic(off, chromium.subgroup_matrix_uniformity);\n',
    declarations: `${tileMemory(tile, product, { half: 'float16', pad })}var<workgroup> sums: array<vec4f, ${subgroups * quads}>;\n`,
    body: `${originOf(tile, { ...product, splits })}
let subgroup = lane / ${side}u;
let subRow = subgroup / ${bn / tn}u * ${tm}u;
let subColumn = subgroup % ${bn / tn}u * ${tn}u;
${loaders.map(({ prepare }) => prepare).join('\n')}
${each((i, j) => `var sum${i}_${j}: subgroup_matrix_result<f32, ${n}, ${m}>;`)}
${walk(tile, loaders, numbers(bk / k).map((step) => `{
${lines(down, (i) => `let left${i} = subgroupMatrixLoad<subgroup_matrix_left<f16, ${k}, ${m}>, col_major>(&aTile, ${step * k * (bm / 4 + pad)}u + (subRow + ${i * m}u) / 4u, ${bm / 4 + pad}u);`)}
${lines(across, (j) => `let right${j} = subgroupMatrixLoad<subgroup_matrix_right<f16, ${n}, ${k}>, row_major>(&bTile, ${step * k * (bn / 4 + pad)}u + (subColumn + ${j * n}u) / 4u, ${bn / 4 + pad}u);`)}
${each((i, j) => `sum${i}_${j} = subgroupMatrixMultiplyAccumulate(left${i}, right${j}, sum${i}_${j});`)}
}`).join('\n'))}
${each((i, j) => `workgroupBarrier();
subgroupMatrixStore<row_major>(&sums, subgroup * ${quads}u, sum${i}_${j}, ${n / 4}u);
workgroupBarrier();
for (var quad = lane % ${side}u; quad < ${quads}u; quad += ${side}u) {
${storeOf(product, { split: splits > 1, half: 'float16' }, { m: `rowOrigin + subRow + ${i * m}u + quad / ${n / 4}u`, n: `columnOrigin + subColumn + ${j * n}u + quad % ${n / 4}u * 4u`, value: `sums[subgroup * ${quads}u + quad]` })}
}`)}`,
  };
}
