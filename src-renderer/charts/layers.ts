// From curves to what Chart.js draws: bands below, raw curves faint, smoothed ones above them, triangles where a value is not finite.
import type { ChartDataset } from 'chart.js';
import { decimate, partsOf, smooth } from '#contract';
import type { Drawn } from './curve.ts';
import { firstAt } from './reading.ts';

/** `range`: what is in sight; `columns`: pixels; `floor`: where triangles stand; `log`: what is not above zero has no place. */
export type View = { range: [number, number]; columns: number; log: boolean; floor: number; paint: (color: string, share?: number) => string };
type Point = { x: number; y: number };
type Sight = Pick<View, 'range' | 'columns' | 'log'>;
const mostTriangles = 200;

/** Whether a value can be drawn: finite, and above zero on a logarithmic axis, as in exported figures. */
export const hasPlace = (value: number, log: boolean): boolean => Number.isFinite(value) && !(log && value <= 0);

/** The points in sight and one beyond either end, thinned to the extremes of each pixel column. */
export function pointsInSight(xs: Float64Array, ys: Float64Array, { range: [from, to], columns, log }: Sight): Point[] {
  const start = Math.max(0, firstAt(xs, from) - 1);
  const end = Math.min(xs.length, firstAt(xs, to) + 2);
  const [seenX, seenY] = [xs.subarray(start, end), ys.subarray(start, end)];
  return decimate(seenX, seenY, columns).map((at) => ({ x: seenX[at] as number, y: hasPlace(seenY[at] as number, log) ? (seenY[at] as number) : NaN }));
}

/** Points with no neighbor that has a place: no line goes through them. */
export function lonePoints(xs: Float64Array, ys: Float64Array, { range: [from, to], columns, log }: Sight): Point[] {
  const stands = (index: number): boolean => index >= 0 && index < ys.length && hasPlace(ys[index] as number, log);
  const found: number[] = [];
  for (let index = firstAt(xs, from); index < xs.length && (xs[index] as number) <= to; index += 1) if (stands(index) && !stands(index - 1) && !stands(index + 1)) found.push(index);
  const [foundX, foundY] = [Float64Array.from(found, (index) => xs[index] as number), Float64Array.from(found, (index) => ys[index] as number)];
  return decimate(foundX, foundY, columns).map((at) => ({ x: foundX[at] as number, y: foundY[at] as number }));
}

const busy = 40;

/** How often a curve goes over its whole height. */
function traversalsOf(points: Point[]): number {
  let [low, high, way] = [Infinity, -Infinity, 0];
  points.forEach(({ y }, index) => {
    if (y < low) low = y;
    if (y > high) high = y;
    const step = Math.abs(y - (points[index - 1]?.y ?? y));
    if (step > 0) way += step;
  });
  return high > low ? way / (high - low) : 0;
}

/** A restless curve is drawn thinner: where no GPU draws, its path takes 70 ms with a width of 1.5 and 2 ms with a width of 1. */
const widthOf = (points: Point[]): number => (traversalsOf(points) > busy ? 1 : 1.5);

const line = { type: 'line' as const, borderWidth: 1.5, pointRadius: 0, tension: 0, spanGaps: false };

function bandLayers({ xs, band, color, weight }: Drawn, view: View): ChartDataset[] {
  if (!band) return [];
  const edge = (ys: Float64Array) => ({ ...line, data: pointsInSight(xs, smooth(ys, weight), view), borderWidth: 0 });
  return [edge(band.low), { ...edge(band.high), fill: '-1', backgroundColor: view.paint(color, 0.18) }];
}

const rawLayer = ({ xs, ys, color, band, weight }: Drawn, view: View): ChartDataset[] =>
  (weight > 0 && !band ? [{ ...line, data: pointsInSight(xs, ys, view), borderColor: view.paint(color, 0.25), borderWidth: 1 }] : []);

const thin = 0.75; // a mean over fewer runs than all

function lineLayers({ xs, ys, smoothed, color, dash, over }: Drawn, view: View): ChartDataset[] {
  const shown = view.paint(color);
  const strange: Point[] = [];
  for (let index = 0; index < ys.length && strange.length < mostTriangles; index += 1) if (!Number.isFinite(ys[index])) strange.push({ x: xs[index] as number, y: view.floor });
  const { whole, fewer } = over ? partsOf({ ys: smoothed, ...over }) : { whole: smoothed, fewer: null };
  const data = pointsInSight(xs, whole, view);
  const lone = lonePoints(xs, smoothed, view);
  return [
    ...(fewer === null ? [] : [{ ...line, data: pointsInSight(xs, fewer, view), borderWidth: thin, borderColor: shown, borderDash: dash }]),
    { ...line, data, borderWidth: widthOf(data), borderColor: shown, borderDash: dash },
    ...(lone.length > 0 ? [{ type: 'scatter' as const, data: lone, pointRadius: 3, backgroundColor: shown, borderColor: shown, borderWidth: 0, clip: 8 }] : []),
    ...(strange.length > 0 ? [{ type: 'scatter' as const, data: strange, pointStyle: 'triangle' as const, pointRadius: 4, backgroundColor: shown, borderColor: shown, clip: 8 }] : []),
  ];
}

/** Everything to draw, the last on top. */
export function layersOf(drawn: Drawn[], view: View): ChartDataset[] {
  const layers = [...drawn.flatMap((curve) => bandLayers(curve, view)), ...drawn.flatMap((curve) => rawLayer(curve, view)), ...drawn.flatMap((curve) => lineLayers(curve, view))];
  return layers.map((layer, index) => ({ ...layer, order: layers.length - index }));
}
