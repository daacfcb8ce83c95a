// Dense matrices in float64, row by row: the one part of the references whose speed decides whether big models can be checked.

/** a [rows, inner] times b [inner, columns]. Two rows and four terms at a time, so that every element of b is used twice. */
export function multiply(a: Float64Array, b: Float64Array, { rows, inner, columns }: { rows: number; inner: number; columns: number }): Float64Array {
  const padded = Math.ceil(rows / 2) * 2;
  const terms = Math.ceil(inner / 4) * 4;
  const left = new Float64Array(padded * terms);
  for (let row = 0; row < rows; row += 1) left.set(a.subarray(row * inner, (row + 1) * inner), row * terms);
  const right = new Float64Array(terms * columns);
  right.set(b.subarray(0, inner * columns));
  const product = new Float64Array(padded * columns);
  for (let row = 0; row < padded; row += 2) {
    for (let term = 0; term < terms; term += 4) addTerms({ left, right, product }, { row, term, terms, columns });
  }
  return product.subarray(0, rows * columns);
}

type Matrices = { left: Float64Array; right: Float64Array; product: Float64Array };

function addTerms({ left, right, product }: Matrices, { row, term, terms, columns }: { row: number; term: number; terms: number; columns: number }): void {
  const upper = row * terms + term;
  const lower = upper + terms;
  const a0 = left[upper] as number, a1 = left[upper + 1] as number, a2 = left[upper + 2] as number, a3 = left[upper + 3] as number;
  const c0 = left[lower] as number, c1 = left[lower + 1] as number, c2 = left[lower + 2] as number, c3 = left[lower + 3] as number;
  const first = row * columns;
  const second = first + columns;
  let at = term * columns;
  for (let column = 0; column < columns; column += 1, at += 1) {
    const b0 = right[at] as number, b1 = right[at + columns] as number, b2 = right[at + 2 * columns] as number, b3 = right[at + 3 * columns] as number;
    product[first + column] = (product[first + column] as number) + a0 * b0 + a1 * b1 + a2 * b2 + a3 * b3;
    product[second + column] = (product[second + column] as number) + c0 * b0 + c1 * b1 + c2 * b2 + c3 * b3;
  }
}

/** The transpose of a [rows, columns]. */
export function transpose(a: Float64Array, columns: number): Float64Array {
  const rows = a.length / columns;
  const result = new Float64Array(a.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) result[column * rows + row] = a[row * columns + column] as number;
  }
  return result;
}
