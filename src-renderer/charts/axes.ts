// Where the axes of a live chart begin, end and have their ticks: round numbers, true powers of ten, minutes and hours that people use.
import { domainOf, linearTicks, logTicks, type Ticks } from '#contract';
import { two } from '../elements/format.ts';
import type { Curve, Unit, XKind } from './curve.ts';

const [minute, hour, day] = [60, 3600, 86_400];
const distances = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day, 30 * day];

/** Seconds as an axis says them: 20 s, 1:30 (minutes), 2 h, 2:15 h, 3 d. */
function timeLabel(seconds: number, distance: number): string {
  const whole = Math.round(seconds);
  if (distance < 1) return `${Number(seconds.toFixed(1))} s`;
  if (whole === 0) return '0';
  if (whole % day === 0) return `${whole / day} d`;
  if (whole % hour === 0) return `${whole / hour} h`;
  if (whole >= hour) return `${Math.floor(whole / hour)}:${two(Math.round((whole % hour) / minute))} h`;
  return whole < minute ? `${whole} s` : whole % minute === 0 ? `${whole / minute} min` : `${Math.floor(whole / minute)}:${two(whole % minute)}`;
}

/** Ticks at seconds that people use; `shift` moves them onto round local times. */
function timeTicks(low: number, high: number, { wanted, shift = 0, label }: { wanted: number; shift?: number; label: (seconds: number, distance: number) => string }): Ticks {
  const distance = distances.find((one) => one * wanted >= high - low) ?? Math.ceil((high - low) / wanted / day) * day;
  const [first, last] = [Math.ceil((low + shift) / distance - 1e-9), Math.floor((high + shift) / distance + 1e-9)];
  const values = Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * distance - shift).toPrecision(15)));
  return { values, labels: values.map((value) => label(value, distance)) };
}

function momentLabel(seconds: number, distance: number): string {
  const at = new Date(1000 * seconds);
  return distance >= day ? at.toLocaleDateString('en-US', { month: 'short', day: 'numeric' }) : at.toLocaleTimeString('en-US', { hour: '2-digit', minute: '2-digit', ...(distance < minute ? { second: '2-digit' } : {}), hourCycle: 'h23' });
}

/** Round ticks at whole numbers: fewer, where there would be halves. */
function wholeTicks(low: number, high: number, wanted: number): Ticks {
  const ticks = linearTicks(low, high, wanted);
  return wanted <= 1 || ticks.values.every(Number.isInteger) ? ticks : wholeTicks(low, high, wanted - 1);
}

/** Ticks of the horizontal axis; `moment` is in milliseconds since 1970, `duration` in seconds. */
export function xTicks(low: number, high: number, { kind, wanted }: { kind: XKind; wanted: number }): Ticks {
  if (!(high > low)) return { values: [low], labels: [kind === 'number' || kind === 'step' ? String(low) : ''] };
  if (kind === 'duration') return timeTicks(low, high, { wanted, label: timeLabel });
  if (kind === 'number') return linearTicks(low, high, wanted);
  if (kind === 'step') return wholeTicks(low, high, wanted);
  const shift = -60 * new Date(low).getTimezoneOffset();
  const { values, labels } = timeTicks(low / 1000, high / 1000, { wanted, shift, label: momentLabel });
  return { values: values.map((value) => 1000 * value), labels };
}

/** Ticks of the vertical axis, with their unit: percent for shares, ms or s for seconds. */
export function yTicks([low, high]: [number, number], { log, unit, wanted }: { log: boolean; unit: Unit; wanted: number }): Ticks {
  const [factor, mark] = unit === 'share' ? [100, ' %'] : unit === 's' ? (high < 2 ? [1000, ' ms'] : [1, ' s']) : [1, ''];
  const { values, labels } = (log ? logTicks : linearTicks)(factor * low, factor * high, wanted);
  return { values: values.map((value) => value / factor), labels: labels.map((label) => `${label}${mark}`) };
}

/** Smallest and largest of what is drawn within `range` of x, above zero where the axis is logarithmic; a loop, for it sees every point at every update. */
function extentOf(curves: Curve[], log: boolean, range: [number, number] | null): number[] {
  let [low, high] = [Infinity, -Infinity];
  for (const { xs, ys, band } of curves) {
    for (const values of band ? [ys, band.low, band.high] : [ys]) {
      for (let index = 0; index < values.length; index += 1) {
        const [x, value] = [xs[index] as number, values[index] as number];
        if (range !== null && (x < range[0] || x > range[1])) continue;
        if (value < low && value > -Infinity && !(log && value <= 0)) low = value;
        if (value > high && value < Infinity) high = value;
      }
    }
  }
  return low <= high ? [low, high] : [];
}

/** The vertical range; a share goes from zero to one at most, as far as its values do. `range`: what is zoomed to; the values within it decide. */
export function yDomain(curves: Curve[], { log, unit, limits, range = null }: { log: boolean; unit: Unit; limits: { low: number; high: number } | null; range?: [number, number] | null }): [number, number] {
  if (limits && !(log && limits.low <= 0)) return [limits.low, limits.high];
  const within = extentOf(curves, log, range);
  return domainOf(within.length === 0 && range !== null ? extentOf(curves, log, null) : within, { log, share: unit === 'share' && !log ? 1 : null });
}

/** The horizontal range: all of the curves, from zero where they nearly begin there. */
export function xDomain(curves: Curve[]): [number, number] {
  const [first, last] = [Math.min(...curves.map(({ xs }) => xs[0] ?? Infinity)), Math.max(...curves.map(({ xs }) => xs.at(-1) ?? -Infinity))];
  if (first > last) return [0, 1];
  const low = first >= 0 && first <= 0.06 * last ? 0 : first;
  if (last > low) return [low, last];
  const margin = Math.max(1, 0.05 * Math.abs(low)); // a single point stands in the middle
  return [low - margin, low + margin];
}
