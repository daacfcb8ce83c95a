// What charts draw, and what linked charts share.
/** A curve: xs rise; ys may hold NaN and infinities. `color` is any CSS color, a token too; `band`: around ys. */
export type Curve = { label: string; color: string; xs: Float64Array; ys: Float64Array; dash?: number[]; band?: { low: Float64Array; high: Float64Array } };
export type Drawn = Curve & { smoothed: Float64Array };

/** What ys are: a share of one, seconds, or plain numbers. */
export type Unit = 'share' | 's' | '';
/** What xs are: whole steps, plain numbers, seconds, or milliseconds since 1970. */
export type XKind = 'step' | 'number' | 'duration' | 'moment';

/** The x range and the crosshair of a group of charts; null: the whole range, no crosshair. */
export type LinkedAxis = { from: number | null; to: number | null; at: number | null };

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
