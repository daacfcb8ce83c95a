// What Chart.js draws of curves: bands, raw values faint behind smoothed ones, a triangle where a value is not finite.
import type { ChartDataset } from 'chart.js';
import { decimate, smooth } from '#contract';
import type { DrawnCurve } from './curve.ts';

type Drawing = { columns: number; smoothing: number; base: number; resolve: (color: string) => string };

/** Data sets in the order of the curves, the first line on top and all bands below all lines; every extreme of a pixel column is kept. `base`: y of the triangles. */
export function datasetsOf(drawn: DrawnCurve[], { columns, smoothing, base, resolve }: Drawing): ChartDataset[] {
  const style = { borderWidth: 1.5, pointRadius: 0, tension: 0, spanGaps: false };
  const pointsOf = (xs: Float64Array, ys: Float64Array) => decimate(xs, ys, columns).map((index) => ({ x: xs[index] as number, y: Number.isFinite(ys[index]) ? (ys[index] as number) : NaN }));
  const parts = drawn.flatMap(({ xs, ys, smoothed, color, dash, band }) => {
    const shown = resolve(color);
    const gaps = Array.from(xs).flatMap((x, index) => (Number.isFinite(ys[index]) ? [] : [{ x, y: base }]));
    const faint = `color-mix(in srgb, ${shown} 18%, transparent)`;
    return [
      ...(band ? [{ ...style, type: 'line' as const, data: pointsOf(xs, smooth(band.low, smoothing)), borderWidth: 0 }, { ...style, type: 'line' as const, data: pointsOf(xs, smooth(band.high, smoothing)), borderWidth: 0, fill: '-1', backgroundColor: faint }] : []),
      ...(smoothing > 0 && !band ? [{ ...style, type: 'line' as const, data: pointsOf(xs, ys), borderColor: `color-mix(in srgb, ${shown} 25%, transparent)`, borderWidth: 1 }] : []),
      { ...style, type: 'line' as const, data: pointsOf(xs, smoothed), borderColor: shown, borderDash: dash, pointRadius: xs.length === 1 ? 3 : 0, pointBackgroundColor: shown },
      ...(gaps.length > 0 ? [{ type: 'scatter' as const, data: gaps.slice(0, 200), pointStyle: 'triangle' as const, pointRadius: 4, backgroundColor: shown, borderColor: shown }] : []),
    ];
  });
  return parts.map((part, index) => ({ ...part, order: index + ('borderWidth' in part && part.borderWidth === 0 ? parts.length : 0) })); // a smaller order is drawn later
}
