// The matrix product for adapters that compute on the CPU: no workgroup memory and no barriers, which switch coroutines there. Each
// invocation keeps a rectangle of sums in registers, for rows of its own and columns that the four of a quad share: each of them reads a
// quarter and gives it to the others, since every read is made element by element there.
import { lines, numbers, storesOf, type Factor, type Product, type Program } from './product.ts';

/** Rows and columns of an invocation's sums, small enough for a software compiler, and invocations side by side on rows in a workgroup. */
const rectangle = { tm: 4, tn: 16, lanes: 4 };

/** What is known of a factor's rows before the depth is walked: in `aAt{row}` where they are an invocation's own, in `bAt{block}` where the quad shares them. */
const prepared = ({ a, b }: Product): string => `${lines(a.along === 'depth' ? rectangle.tm : rectangle.tm / 4, (i) => `let aAt${i} = aPrepare(firstRow + ${a.along === 'depth' ? i : 4 * i}u, z);`)}
${lines(rectangle.tn / 4, (block) => `let bAt${block} = bPrepare(firstColumn + ${4 * block}u${b.along === 'depth' ? ' + lane' : ''}, z);`)}`;

/** Sixteen elements per block of four: ${name}{block}_{i} is vec4f over the depth of row i, or over the side at depth i. */
const fetched = ({ a, b }: Product): string => `${lines(rectangle.tm / 4, (block) => lines(4, (i) => `let a${block}_${i} = aLoad(aAt${a.along === 'depth' ? 4 * block + i : block}, k + ${a.along === 'depth' ? 0 : i}u, z);`))}
${lines(rectangle.tn / 4, (block) => `let b${block} = bLoad(bAt${block}, k${b.along === 'depth' ? '' : ' + lane'}, z);\n${lines(4, (i) => `let b${block}_${i} = quadBroadcast(b${block}, ${i}u);`)}`)}`;

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
    directives: 'enable subgroups;\n',
    workgroups: [Math.ceil(rows / (tm * lanes)), Math.ceil(columns / tn), batch * splits],
    declarations: '',
    body: `let z = group.z % ${batch}u;
let part = group.z / ${batch}u;
let firstRow = (group.x * ${lanes}u + lane) * ${tm}u;
let firstColumn = group.y * ${tn}u;
let first = part * ${chunk}u;
let end = min(first + ${chunk}u, depthOf(z));
${prepared(product)}
${lines(tm, (row) => lines(tn / 4, (g) => `var sum${row}_${g} = vec4f(0.0);`))}
for (var k = first; k < end; k += 4u) {
${fetched(product)}
${lines(4, sums)}
}
${storesOf(product, { bm: tm, bn: tn, tm, tn }, { split: splits > 1, half: null })}`,
  };
}
