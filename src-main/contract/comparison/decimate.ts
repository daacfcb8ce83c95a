// Fewer points, the same picture: what a curve needs in so many pixel columns.

/** Adds the indices of one column: first, smallest, largest, last, and the first of each kind that is not finite. No sets: a chart asks for thousands of columns at every update. */
function keepOfColumn(kept: number[], ys: ArrayLike<number>, { start, end }: { start: number; end: number }): void {
  let [low, high, nan, above, below] = [-1, -1, -1, -1, -1];
  for (let at = start; at < end; at += 1) {
    const value = ys[at] as number;
    if (value - value !== 0) { // not finite
      if (Number.isNaN(value)) nan = nan < 0 ? at : nan;
      else if (value > 0) above = above < 0 ? at : above;
      else below = below < 0 ? at : below;
      continue;
    }
    if (low < 0 || value < (ys[low] as number)) low = at;
    if (high < 0 || value > (ys[high] as number)) high = at;
  }
  const strange = Math.max(nan, above, below) >= 0;
  const wanted = strange ? [start, low, high, nan, above, below, end - 1].sort((a, b) => a - b) : [start, Math.min(low, high), Math.max(low, high), end - 1];
  let last = -1;
  for (const at of wanted) {
    if (at > last) kept.push(at);
    last = Math.max(at, last);
  }
}

/**
 * Indices of the points to draw in `columns` pixel columns over the range of `xs` (rising). Every column keeps its first,
 * smallest, largest and last point and one of each kind that is not finite; a short series keeps all.
 */
export function decimate(xs: ArrayLike<number>, ys: ArrayLike<number>, columns: number): number[] {
  const count = xs.length;
  if (count <= 4 * columns) return Array.from({ length: count }, (_, index) => index);
  const first = xs[0] as number;
  const width = ((xs[count - 1] as number) - first) / columns || 1;
  const columnOf = (index: number): number => Math.min(columns - 1, Math.floor(((xs[index] as number) - first) / width));
  const kept: number[] = [];
  for (let start = 0; start < count; ) {
    const column = columnOf(start);
    let end = start + 1;
    while (end < count && columnOf(end) === column) end += 1;
    keepOfColumn(kept, ys, { start, end });
    start = end;
  }
  return kept;
}
