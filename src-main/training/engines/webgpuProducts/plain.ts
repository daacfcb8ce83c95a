// The matrix product for adapters that compute on the CPU: no workgroup memory and no barriers, which switch coroutines there. Each
// invocation reads its rows and columns straight from their buffers and keeps a rectangle of sums in registers.
import { lines, numbers, storesOf, type Factor, type Product, type Program } from './product.ts';

/** Rows and columns of an invocation's sums, small enough for a software compiler, and invocations side by side on rows in a workgroup. */
const rectangle = { tm: 4, tn: 8, lanes: 4 };

/** Names of a factor's rows: what is prepared before the depth is walked. */
function prepared(name: string, { along }: Factor, { side, origin }: { side: number; origin: string }): string {
  const step = along === 'depth' ? 1 : 4;
  return lines(side / step, (i) => `let ${name}At${i} = ${name}Prepare(${origin} + ${i * step}u, z);`);
}

/** Sixteen elements per block of four: ${name}{block}_{i} is vec4f over the depth of row i, or over the side at depth i. */
const fetched = (name: string, { along }: Factor, side: number): string => lines(side / 4, (block) => lines(4, (i) => {
  const [at, depth] = along === 'depth' ? [4 * block + i, 0] : [block, i];
  return `let ${name}${block}_${i} = ${name}Load(${name}At${at}, k + ${depth}u, z);`;
}));

/** The element at one of four depths of row or column `side`. */
const element = (name: string, { along }: Factor, { side, depth }: { side: number; depth: number }): string => {
  const [block, i] = [Math.floor(side / 4), side % 4];
  return along === 'depth' ? `${name}${block}_${i}[${depth}]` : `${name}${block}_${depth}[${i}]`;
};

/** Four columns at one depth. */
const columnsAt = (factor: Factor, block: number, depth: number): string => (factor.along === 'side'
  ? `b${block}_${depth}`
  : `vec4f(${numbers(4).map((i) => element('b', factor, { side: 4 * block + i, depth })).join(', ')})`);

/** WGSL of a product, whose depth is cut in `splits` parts. */
export function plainProgram(product: Product, splits: number): Program {
  const { a, b, rows, columns, batch } = product;
  const { tm, tn, lanes } = rectangle;
  const chunk = Math.ceil(product.depth / splits / 4) * 4;
  const sums = (depth: number) => `${lines(tn / 4, (g) => `let c${g}_${depth} = ${columnsAt(b, g, depth)};`)}
${lines(tm, (row) => lines(tn / 4, (g) => `sum${row}_${g} += ${element('a', a, { side: row, depth })} * c${g}_${depth};`))}`;
  return {
    lanes,
    workgroups: [Math.ceil(rows / (tm * lanes)), Math.ceil(columns / tn), batch * splits],
    declarations: '',
    body: `let z = group.z % ${batch}u;
let part = group.z / ${batch}u;
let firstRow = (group.x * ${lanes}u + lane) * ${tm}u;
let firstColumn = group.y * ${tn}u;
let first = part * ${chunk}u;
let end = min(first + ${chunk}u, depthOf(z));
${prepared('a', a, { side: tm, origin: 'firstRow' })}\n${prepared('b', b, { side: tn, origin: 'firstColumn' })}
${lines(tm, (row) => lines(tn / 4, (g) => `var sum${row}_${g} = vec4f(0.0);`))}
for (var k = first; k < end; k += 4u) {
${fetched('a', a, tm)}\n${fetched('b', b, tn)}
${lines(4, sums)}
}
${storesOf(product, { bm: tm, bn: tn, tm, tn }, { split: splits > 1, half: null })}`,
  };
}
