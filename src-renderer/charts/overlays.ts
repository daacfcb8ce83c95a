// What is drawn over the curves: the crosshair with a dot on every curve, dotted marks, the chosen range, a value at each curve's end.
import type { Chart } from 'chart.js';
import { spreadLabels, type Drawn } from './curve.ts';
import { hasPlace } from './layers.ts';
import { nearestIndex, type Reading } from './reading.ts';

/** Room right of the plot for values at the ends, in pixels. */
export const endsWidth = 68;

type Pen = { ctx: CanvasRenderingContext2D; chart: Chart; resolve: (color: string) => string };

function withinPlot({ chart }: Pen, x: number): number | null {
  const at = chart.scales.x?.getPixelForValue(x);
  return at === undefined || !Number.isFinite(at) || at < chart.chartArea.left || at > chart.chartArea.right ? null : at;
}

/** Dotted verticals, as where the learning rate drops. */
export function drawMarks(pen: Pen, marks: number[]): void {
  const { ctx, chart, resolve } = pen;
  ctx.save();
  ctx.strokeStyle = resolve('var(--ink-3)');
  ctx.globalAlpha = 0.6;
  ctx.setLineDash([2, 3]);
  for (const mark of marks) {
    const at = withinPlot(pen, mark);
    if (at === null) continue;
    ctx.beginPath();
    ctx.moveTo(Math.round(at) + 0.5, chart.chartArea.top);
    ctx.lineTo(Math.round(at) + 0.5, chart.chartArea.bottom);
    ctx.stroke();
  }
  ctx.restore();
}

/** A line at x, and a dot on each curve where it is read. */
export function drawCrosshair(pen: Pen, x: number, readings: Reading[]): void {
  const { ctx, chart, resolve } = pen;
  const at = withinPlot(pen, x);
  if (at === null) return;
  ctx.save();
  ctx.fillStyle = resolve('var(--ink-3)');
  ctx.fillRect(Math.round(at), chart.chartArea.top, 1, chart.chartArea.bottom - chart.chartArea.top);
  ctx.strokeStyle = resolve('var(--bg)');
  ctx.lineWidth = 1.5;
  for (const { curve, index, value, smoothed } of readings) {
    const [place, y] = [chart.scales.x?.getPixelForValue(curve.xs[index] as number) ?? NaN, chart.scales.y?.getPixelForValue(smoothed ?? value) ?? NaN];
    if (!(y >= chart.chartArea.top && y <= chart.chartArea.bottom)) continue;
    ctx.fillStyle = resolve(curve.color);
    ctx.beginPath();
    ctx.arc(place, y, 3.5, 0, 2 * Math.PI);
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}

/** The range under the dragging pointer. */
export function drawRange({ ctx, chart, resolve }: Pen, from: number, to: number): void {
  const scale = chart.scales.x;
  if (!scale) return;
  const [a, b] = [scale.getPixelForValue(from), scale.getPixelForValue(to)];
  ctx.save();
  ctx.globalAlpha = 0.15;
  ctx.fillStyle = resolve('var(--ink-3)');
  ctx.fillRect(Math.min(a, b), chart.chartArea.top, Math.abs(b - a), chart.chartArea.bottom - chart.chartArea.top);
  ctx.restore();
}

/** What x is, above the right end of its axis. */
export function drawName({ ctx, chart, resolve }: Pen, name: string): void {
  ctx.save();
  ctx.font = `12px ${getComputedStyle(chart.canvas).fontFamily}`;
  ctx.textAlign = 'right';
  ctx.fillStyle = resolve('var(--ink-3)');
  ctx.strokeStyle = resolve('var(--bg)'); // a halo, so that curves do not run through it
  ctx.lineWidth = 4;
  ctx.lineJoin = 'round';
  ctx.strokeText(name.toLowerCase(), chart.chartArea.right, chart.chartArea.bottom - 6);
  ctx.fillText(name.toLowerCase(), chart.chartArea.right, chart.chartArea.bottom - 6);
  ctx.restore();
}

/** The last measured value in sight of each curve, right of the plot beside its end, moved apart where they would touch. */
export function drawEnds(pen: Pen, curves: Drawn[], format: (value: number) => string): void {
  const { ctx, chart, resolve } = pen;
  const { x, y } = chart.scales;
  if (!x || !y) return;
  const ends = curves.flatMap(({ xs, ys, smoothed, color }) => {
    const index = nearestIndex(xs, x.max) ?? -1;
    const [value, shown] = [ys[index], smoothed[index]];
    return value === undefined || shown === undefined || !hasPlace(shown, y.type === 'logarithmic') ? [] : [{ value, color, at: y.getPixelForValue(shown) }];
  });
  const places = spreadLabels(ends.map(({ at }) => at), { room: 14, top: chart.chartArea.top, bottom: chart.chartArea.bottom });
  ctx.save();
  ctx.font = `500 12px ${getComputedStyle(chart.canvas).fontFamily}`;
  ctx.textBaseline = 'middle';
  ends.forEach(({ value, color }, index) => {
    const place = places[index] as number;
    ctx.fillStyle = resolve(color);
    ctx.fillRect(chart.chartArea.right + 8, place - 1, 8, 2);
    ctx.fillStyle = resolve('var(--ink)');
    ctx.fillText(format(value).replace(' %', ''), chart.chartArea.right + 20, place);
  });
  ctx.restore();
}
