// What charts draw, and what linked charts share.
/** A curve: xs rise; ys may hold NaN and infinities. `color` is any CSS color, a token too; `band`: around ys. */
export type Curve = { label: string; color: string; xs: Float64Array; ys: Float64Array; dash?: number[]; band?: { low: Float64Array; high: Float64Array } };
/** A curve as it is shown: `smoothed` has a value for each of ys. */
export type DrawnCurve = Curve & { smoothed: Float64Array };

/** The x range and the crosshair of a group of charts; null: the whole range, no crosshair. */
export type LinkedAxis = { from: number | null; to: number | null; at: number | null };

/** Index of the point nearest to x; −1 of an empty curve. `xs` rise. */
export function nearestIndex(xs: Float64Array, x: number): number {
  let [low, high] = [0, xs.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((xs[middle] as number) < x) low = middle + 1;
    else high = middle;
  }
  const before = Math.max(0, low - 1);
  return high >= 0 && Math.abs((xs[before] as number) - x) < Math.abs((xs[low] as number) - x) ? before : high < 0 ? -1 : low;
}

/** A curve's value under the crosshair; `half`: half the width of its band there. */
export type Reading = { label: string; color: string; value: number; half: number | null };

/** What the curves show at x, the largest first; a curve that has ended before x or not begun is left out. */
export function readingsAt(curves: DrawnCurve[], x: number): Reading[] {
  const readings = curves.flatMap(({ label, color, xs, smoothed, band }): Reading[] => {
    const at = nearestIndex(xs, x);
    const step = xs.length > 1 ? ((xs.at(-1) as number) - (xs[0] as number)) / (xs.length - 1) : Infinity;
    if (at < 0 || x > (xs.at(-1) as number) + step || x < (xs[0] as number) - step) return [];
    return [{ label, color, value: smoothed[at] as number, half: band ? ((band.high[at] as number) - (band.low[at] as number)) / 2 : null }];
  });
  return readings.sort((a, b) => (Number.isNaN(a.value) ? 1 : Number.isNaN(b.value) ? -1 : b.value - a.value));
}

/** Places for labels, wanted at `ys` in pixels: in the same order from top to bottom, at least `room` apart, between `top` and `bottom`. */
export function spreadLabels(ys: number[], { room, top, bottom }: { room: number; top: number; bottom: number }): number[] {
  const order = ys.map((y, index) => ({ y, index })).sort((a, b) => a.y - b.y);
  order.forEach((one, rank) => { one.y = Math.max(one.y, rank === 0 ? top : (order[rank - 1]?.y ?? top) + room); });
  for (let rank = order.length - 1; rank >= 0; rank -= 1) {
    const limit = rank === order.length - 1 ? bottom : (order[rank + 1]?.y ?? bottom) - room;
    (order[rank] as { y: number }).y = Math.min(order[rank]?.y ?? limit, limit);
  }
  const placed = ys.slice();
  for (const { y, index } of order) placed[index] = y;
  return placed;
}

/** Largest and smallest value of a curve with their places, in words. */
export function extremesOf({ label, xs, ys }: Curve, format: (value: number) => string, formatX: (x: number) => string): string {
  let [low, high] = [-1, -1];
  ys.forEach((y, index) => {
    if (!Number.isFinite(y)) return;
    if (low < 0 || y < (ys[low] as number)) low = index;
    if (high < 0 || y > (ys[high] as number)) high = index;
  });
  return low < 0 ? label : `${label}: smallest ${format(ys[low] as number)} at ${formatX(xs[low] as number)}, largest ${format(ys[high] as number)} at ${formatX(xs[high] as number)}`;
}
