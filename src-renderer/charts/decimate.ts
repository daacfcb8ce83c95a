// Fewer points, the same picture: per pixel column the first, smallest, largest and last one.

/** Indices of the points to draw, rising. `xs` must rise; values that are not finite are kept as gaps. */
export function decimate(xs: ArrayLike<number>, ys: ArrayLike<number>, columns: number): number[] {
  const length = xs.length;
  if (length <= 4 * columns) return Array.from({ length }, (_, index) => index);
  const first = xs[0] as number;
  const width = ((xs[length - 1] as number) - first) / columns || 1;
  const kept: number[] = [];
  let start = 0;
  while (start < length) {
    const column = Math.min(columns - 1, Math.floor(((xs[start] as number) - first) / width));
    let [end, low, high, gap] = [start, start, start, -1];
    while (end < length && Math.min(columns - 1, Math.floor(((xs[end] as number) - first) / width)) === column) {
      const value = ys[end] as number;
      if (!Number.isFinite(value)) gap = gap < 0 ? end : gap;
      if (!((ys[low] as number) <= value)) low = Number.isFinite(value) ? end : low;
      if (!((ys[high] as number) >= value)) high = Number.isFinite(value) ? end : high;
      end += 1;
    }
    kept.push(...[...new Set([start, low, high, gap, end - 1])].filter((index) => index >= 0).sort((a, b) => a - b));
    start = end;
  }
  return kept;
}
