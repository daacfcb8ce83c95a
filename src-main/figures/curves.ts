// Curves with bands on paper: every extreme drawn, in as many columns as a fine printer has.
import { decimate, domainOf, partsOf, type Figure } from '#contract';
import { clipLine, clipOutline } from './clip.ts';
import { createFrame, legendMarks, type Axis, type Frame, type LegendEntry } from './frame.ts';
import { shortened, textWidth } from './fonts.ts';
import type { CurvesData, FigureCurve, Mark, Scene } from './scene.ts';

/** Columns in a point of paper: 288 in an inch. */
const columnsPerPoint = 4;

function* valuesOf(curves: FigureCurve[]): Iterable<number> {
  for (const { ys, low, high, banded } of curves) {
    yield* ys;
    if (banded) {
      yield* low;
      yield* high;
    }
  }
}

/** What the drawing of a curve needs: the frame, and the least value of a logarithmic axis, to which bands are drawn. */
type Place = { frame: Frame; lowest: number | null };

/** Where a curve runs: pieces between gaps, each as x, y, x, y … */
function piecesOf({ xs, ys }: { xs: Float64Array; ys: Float64Array }, { frame, lowest }: Place): number[][] {
  const pieces: number[][] = [[]];
  for (const at of decimate(xs, ys, Math.ceil((frame.right - frame.left) * columnsPerPoint))) {
    const [x, y] = [frame.xOf(xs[at] as number), ys[at] as number];
    if (!Number.isFinite(y) || !Number.isFinite(x) || (lowest !== null && y <= 0)) pieces.push([]);
    else pieces.at(-1)?.push(x, frame.yOf(y));
  }
  return pieces.filter(({ length }) => length > 0);
}

/** The band as one outline: there along the upper edge, back along the lower. */
function bandMarks({ xs, low, high, color }: FigureCurve, place: Place): Mark[] {
  const clamped = (ys: Float64Array) => ys.map((y) => Math.max(y, place.lowest ?? -Infinity));
  const there = piecesOf({ xs, ys: clamped(high) }, place);
  const back = piecesOf({ xs, ys: clamped(low) }, place);
  const pairs = there.length === back.length ? there.map((piece, index) => [piece, back[index] as number[]] as const) : [[there.flat(), back.flat()] as const];
  return pairs.flatMap(([upper, lower]): Mark[] => {
    const returned = Array.from({ length: lower.length / 2 }, (_, index) => lower.slice(lower.length - 2 * index - 2, lower.length - 2 * index)).flat();
    const points = upper.length < 4 ? [] : clipOutline([...upper, ...returned], place.frame);
    return points.length < 6 ? [] : [{ kind: 'path', points, closed: true, fill: color, opacity: 0.2 }];
  });
}

/** The width of a mean over fewer runs than all, where that over all is 1 wide. */
export const thin = 0.5;

/** A curve with more points has no marks: they would hide it. */
export const mostMarked = 60;

/** A small square about a point. */
const square = ([x, y]: readonly [number, number], color: string, half = 1.2): Mark => ({ kind: 'path', points: [x - half, y - half, x + half, y - half, x + half, y + half, x - half, y + half], closed: true, fill: color });

function lineMarks(curve: FigureCurve, place: Place, { lineWidth, markers }: Figure): Mark[] {
  const { whole, fewer } = curve.counts ? partsOf({ ys: curve.ys, counts: curve.counts, of: curve.runs }) : { whole: curve.ys, fewer: null };
  const marks = strokesOf({ ...curve, ys: whole }, place, lineWidth);
  const lines = fewer === null ? marks : [...strokesOf({ ...curve, ys: fewer }, place, thin * lineWidth), ...marks];
  if (!markers || curve.xs.length > mostMarked) return lines;
  return [...lines, ...piecesOf(curve, place).flatMap((points) => Array.from({ length: points.length / 2 }, (_, index) => [points[2 * index] as number, points[2 * index + 1] as number] as const))
    .filter(([x, y]) => isWithin(x, y, place.frame)).map((point) => square(point, curve.color, 0.8 + 0.6 * lineWidth))];
}

const isWithin = (x: number, y: number, { left, right, top, bottom }: Frame): boolean => x >= left - 0.01 && x <= right + 0.01 && y >= top - 0.01 && y <= bottom + 0.01;

function strokesOf(curve: FigureCurve, place: Place, width: number): Mark[] {
  return piecesOf(curve, place).flatMap((points): Mark[] => {
    const [x = 0, y = 0] = points;
    if (points.length === 2) return isWithin(x, y, place.frame) ? [square([x, y], curve.color)] : [];
    return clipLine(points, place.frame).map((piece) => ({ kind: 'path', points: piece, stroke: curve.color, width, ...(curve.dash?.length ? { dash: curve.dash } : {}) }));
  });
}

/** A legend within the axes, in the corner that the fewest points of curves run through: its entries, its size, and the corner (as pgfplots names it). */
export function placeInside(curves: FigureCurve[], frame: Frame, { size, lines }: { size: number; lines: Mark[] }) {
  const most = Math.max(1, Math.floor((frame.bottom - frame.top) / (1.4 * size)) - 1);
  const kept = curves.length > most ? most - 1 : curves.length;
  const entries = [...curves.slice(0, kept), ...(kept < curves.length ? [{ name: `+ ${curves.length - kept} more`, color: '' }] : [])].map((entry) => ({ ...entry, name: shortened(entry.name, size, frame.right - frame.left - 4 * size) }));
  const wide = Math.max(...entries.map(({ name }) => textWidth(name, size))) + 3 * size;
  const tall = 1.4 * size * entries.length;
  const corners = [
    { name: 'south east', x: frame.right - wide, y: frame.bottom - tall - 0.5 * size }, { name: 'north east', x: frame.right - wide, y: frame.top },
    { name: 'north west', x: frame.left + 0.5 * size, y: frame.top }, { name: 'south west', x: frame.left + 0.5 * size, y: frame.bottom - tall - 0.5 * size },
  ];
  const crossing = ({ x, y }: { x: number; y: number }): number => lines.reduce((sum, mark) => {
    if (mark.kind !== 'path') return sum;
    let inside = 0;
    for (let at = 0; at < mark.points.length; at += 2) {
      const [px, py] = [mark.points[at] as number, mark.points[at + 1] as number];
      if (px >= x && px <= x + wide && py >= y && py <= y + tall) inside += 1;
    }
    return sum + inside;
  }, 0);
  return { entries, wide, tall, corner: corners.reduce((best, corner) => (crossing(corner) < crossing(best) ? corner : best)) };
}

/** The legend in its corner, on white. */
function insideLegend(curves: FigureCurve[], frame: Frame, { size, lines }: { size: number; lines: Mark[] }): Mark[] {
  const { entries, wide, tall, corner: { x, y } } = placeInside(curves, frame, { size, lines });
  const box: Mark = { kind: 'path', points: [x, y, x + wide, y, x + wide, y + tall, x, y + tall], closed: true, fill: '#ffffff', opacity: 0.85 };
  return [box, ...entries.flatMap((entry, index) => legendMarks([entry], { left: x + 0.3 * size, right: x + wide, top: y + 1.4 * size * index, size }).marks)];
}

/** Limits of an axis: those of the figure where it has them, else those of the data. A logarithmic axis begins above zero. */
function limited([low, high]: [number, number], [least, most]: [number | null, number | null], log: boolean): [number, number] {
  const [from, to] = [least !== null && (!log || least > 0) ? least : low, most ?? high];
  return from < to ? [from, to] : [low, high];
}

/** The part of a curve within the limits of x, and one point more on each side, so that lines reach the edge. */
function withinLimits(curve: FigureCurve, [least, most]: [number | null, number | null]): FigureCurve {
  if (least === null && most === null) return curve;
  const from = least === null ? 0 : Math.max(0, curve.xs.findIndex((x) => x >= least) - 1);
  const after = most === null ? -1 : curve.xs.findIndex((x) => x > most);
  const to = after < 0 ? curve.xs.length : after + 1;
  const part = (values: Float64Array) => values.slice(from, to);
  return { ...curve, xs: part(curve.xs), ys: part(curve.ys), low: part(curve.low), high: part(curve.high), ...(curve.counts ? { counts: part(curve.counts) } : {}) };
}

/** Curves in the units of their axes, and the axes: what every format draws from. Percentages are shares × 100. */
export function layOutCurves({ curves, xLabel, yLabel, percent, log }: CurvesData, figure: Figure): { curves: FigureCurve[]; x: Axis; y: Axis } {
  const limits: [number | null, number | null] = [figure.xMin, figure.xMax];
  const visible = curves.map((curve) => withinLimits(curve, limits));
  const scaled = percent ? visible.map((curve) => ({ ...curve, ys: curve.ys.map((y) => 100 * y), low: curve.low.map((y) => 100 * y), high: curve.high.map((y) => 100 * y) })) : visible;
  const { xLog } = figure;
  const xs = scaled.flatMap((curve) => (xLog ? [curve.xs.find((x) => x > 0) ?? NaN, curve.xs.at(-1) ?? NaN].filter((x) => x > 0) : [curve.xs[0] ?? NaN, curve.xs.at(-1) ?? NaN])).filter(Number.isFinite);
  const [first, last] = xs.length === 0 ? [xLog ? 1 : 0, xLog ? 10 : 1] : [Math.min(...xs), Math.max(...xs)];
  const across: [number, number] = [!xLog && first >= 0 && first < 0.05 * last ? 0 : first, last > first ? last : xLog ? first * 10 : first + 1];
  const up = domainOf(valuesOf(scaled), { log, share: percent && !log ? 100 : null });
  return {
    curves: scaled,
    x: { domain: limited(across, limits, xLog), log: xLog, label: figure.xLabel ?? xLabel, ticks: figure.xTicks },
    y: { domain: limited(up, [figure.yMin, figure.yMax], log), log, label: figure.yLabel ?? yLabel, ticks: figure.yTicks },
  };
}

/** The legend of curves. */
export const legendOf = (curves: FigureCurve[]): LegendEntry[] => curves.map(({ name, color, dash }) => ({ name, color, dash }));

/** What curves are drawn in, and the marks of their lines. */
export function drawCurves(data: CurvesData, figure: Figure) {
  const { curves, x, y } = layOutCurves(data, figure);
  const frame = createFrame({ figure, legend: legendOf(curves), x, y });
  const place = { frame, lowest: y.log ? y.domain[0] : null };
  const bandsDrawn = curves.filter(({ banded }) => banded).flatMap((curve) => bandMarks(curve, place));
  return { curves, x, y, frame, bandsDrawn, lines: curves.flatMap((curve) => lineMarks(curve, place, figure)) };
}

/** The scene of curves. */
export function curvesScene(data: CurvesData, figure: Figure): Scene {
  const { curves, frame, bandsDrawn, lines } = drawCurves(data, figure);
  const key = figure.legend === 'inside' && curves.length > 0 ? insideLegend(curves, frame, { size: figure.fontSize, lines }) : [];
  return { width: frame.width, height: frame.height, marks: [...frame.marks, ...bandsDrawn, ...lines, ...key] };
}
