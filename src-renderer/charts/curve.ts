// What charts draw, and what linked charts share.
/** A curve: xs rise; ys may hold NaN and infinities. `key`: its metric, without which it is not smoothed. `color` is any CSS color, a token too; `band`: around ys, NaN where it has none. Of a mean, `over.counts` says over how many of `over.of` runs each point is. */
export type Curve = { label: string; key?: string; color: string; xs: Float64Array; ys: Float64Array; dash?: number[]; band?: { low: Float64Array; high: Float64Array }; over?: { counts: Float64Array; of: number } };
/** `weight`: of the smoothing of this curve, 0 for none. */
export type Drawn = Curve & { smoothed: Float64Array; weight: number };

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

type Stroke = { key: string; shiftKey: boolean; ctrlKey?: boolean; metaKey?: boolean; altKey?: boolean };
type Reach = { axis: LinkedAxis; whole: [number, number]; xs: Float64Array };
const zoomBy = 2;
const mostZoom = 10_000;

/** The crosshair at the next point, or the next one that is at least two hundredths of what is in sight away. */
function pointBeside(at: number, way: -1 | 1, { xs, from, to }: { xs: Float64Array; from: number; to: number }): number {
  const wanted = at + (way * (to - from)) / 200;
  const next = way > 0 ? xs.find((x) => x >= wanted) : xs.findLast((x) => x <= wanted);
  return next === undefined || next < from || next > to ? at : next;
}

/** A range of a width around a place, within the whole. */
function rangeAround(place: number, width: number, { whole: [low, high] }: Reach): Pick<LinkedAxis, 'from' | 'to'> {
  if (width >= high - low) return { from: null, to: null };
  const from = Math.min(Math.max(place - width / 2, low), high - width);
  return { from, to: from + width };
}

/** What a key makes of the axis: arrows move the crosshair, with Shift what is in sight; + and − zoom, 0 and Escape show everything; null: nothing. */
export function axisAfterKey({ key, shiftKey, ctrlKey, metaKey, altKey }: Stroke, reach: Reach): LinkedAxis | null {
  if (ctrlKey || metaKey || altKey) return null;
  const { axis, whole, xs } = reach;
  const [from, to] = [axis.from ?? whole[0], axis.to ?? whole[1]];
  const at = Math.min(Math.max(axis.at ?? to, from), to);
  const way = key === 'ArrowLeft' ? -1 : key === 'ArrowRight' ? 1 : 0;
  if (way !== 0 && shiftKey) return { at, ...rangeAround((from + to) / 2 + (way * (to - from)) / 8, to - from, reach) };
  if (way !== 0) return { ...axis, at: axis.at === null ? at : pointBeside(at, way, { xs, from, to }) };
  if (key === 'Home' || key === 'End') return { ...axis, at: key === 'Home' ? from : to };
  if (key === '+' || key === '=') return to - from > (whole[1] - whole[0]) / mostZoom ? { at, ...rangeAround(at, (to - from) / zoomBy, reach) } : axis;
  if (key === '-' || key === '−') return { at, ...rangeAround(at, (to - from) * zoomBy, reach) };
  if (key === '0' || (key === 'Escape' && axis.from !== null)) return { ...axis, from: null, to: null };
  return null;
}
