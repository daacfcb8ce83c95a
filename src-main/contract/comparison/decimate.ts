// Fewer points, the same picture: what a curve needs in so many pixel columns.

/** Indices of one column: first, smallest, largest, last, and the first of each kind that is not finite. */
function keepOfColumn(ys: ArrayLike<number>, start: number, end: number): number[] {
  const kept = new Set([start, end - 1]);
  const strange = new Map<string, number>();
  let [low, high] = [-1, -1];
  for (let at = start; at < end; at += 1) {
    const value = ys[at] as number;
    if (!Number.isFinite(value)) {
      if (!strange.has(String(value))) strange.set(String(value), at);
      continue;
    }
    if (low < 0 || value < (ys[low] as number)) low = at;
    if (high < 0 || value > (ys[high] as number)) high = at;
  }
  if (low >= 0) kept.add(low).add(high);
  for (const at of strange.values()) kept.add(at);
  return [...kept].sort((a, b) => a - b);
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
    kept.push(...keepOfColumn(ys, start, end));
    start = end;
  }
  return kept;
}
