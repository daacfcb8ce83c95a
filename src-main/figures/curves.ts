// Curves with bands on paper: every extreme drawn, in as many columns as a fine printer has.
import { decimate, domainOf, partsOf, type Figure } from '#contract';
import { createFrame, legendMarks, type Frame } from './frame.ts';
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

/** Where a curve runs: pieces between gaps, each as x, y, x, y … */
function piecesOf({ xs, ys }: { xs: Float64Array; ys: Float64Array }, frame: Frame, lowest: number): number[][] {
  const pieces: number[][] = [[]];
  for (const at of decimate(xs, ys, Math.ceil((frame.right - frame.left) * columnsPerPoint))) {
    const y = ys[at] as number;
    if (!Number.isFinite(y) || y < lowest) pieces.push([]);
    else pieces.at(-1)?.push(frame.xOf(xs[at] as number), frame.yOf(y));
  }
  return pieces.filter(({ length }) => length > 0);
}

/** The band as one outline: there along the upper edge, back along the lower. */
function bandMarks({ xs, low, high, color }: FigureCurve, frame: Frame, lowest: number): Mark[] {
  const clamped = (ys: Float64Array) => ys.map((y) => Math.max(y, lowest));
  const there = piecesOf({ xs, ys: clamped(high) }, frame, lowest);
  const back = piecesOf({ xs, ys: clamped(low) }, frame, lowest);
  const pairs = there.length === back.length ? there.map((piece, index) => [piece, back[index] as number[]] as const) : [[there.flat(), back.flat()] as const];
  return pairs.flatMap(([upper, lower]): Mark[] => {
    const returned = Array.from({ length: lower.length / 2 }, (_, index) => lower.slice(lower.length - 2 * index - 2, lower.length - 2 * index)).flat();
    return upper.length < 4 ? [] : [{ kind: 'path', points: [...upper, ...returned], closed: true, fill: color, opacity: 0.2 }];
  });
}

/** The width of a mean over fewer runs than all, where that over all is 1 wide. */
export const thin = 0.5;

function lineMarks(curve: FigureCurve, frame: Frame, lowest: number): Mark[] {
  const { whole, fewer } = curve.counts ? partsOf({ ys: curve.ys, counts: curve.counts, of: curve.runs }) : { whole: curve.ys, fewer: null };
  const marks = strokesOf({ ...curve, ys: whole }, { frame, lowest, width: 1 });
  return fewer === null ? marks : [...strokesOf({ ...curve, ys: fewer }, { frame, lowest, width: thin }), ...marks];
}

function strokesOf(curve: FigureCurve, { frame, lowest, width }: { frame: Frame; lowest: number; width: number }): Mark[] {
  return piecesOf(curve, frame, lowest).map((points): Mark => {
    if (points.length > 2) return { kind: 'path', points, stroke: curve.color, width, ...(curve.dash?.length ? { dash: curve.dash } : {}) };
    const [x = 0, y = 0] = points; // a single point is a small square
    return { kind: 'path', points: [x - 1.2, y - 1.2, x + 1.2, y - 1.2, x + 1.2, y + 1.2, x - 1.2, y + 1.2], closed: true, fill: curve.color };
  });
}

/** The legend in the corner that the fewest points of curves run through, on white. */
function insideLegend(curves: FigureCurve[], frame: Frame, { size, lines }: { size: number; lines: Mark[] }): Mark[] {
  const most = Math.max(1, Math.floor((frame.bottom - frame.top) / (1.4 * size)) - 1);
  const kept = curves.length > most ? most - 1 : curves.length;
  const entries = [...curves.slice(0, kept), ...(kept < curves.length ? [{ name: `+ ${curves.length - kept} more`, color: '' }] : [])].map((entry) => ({ ...entry, name: shortened(entry.name, size, frame.right - frame.left - 4 * size) }));
  const wide = Math.max(...entries.map(({ name }) => textWidth(name, size))) + 3 * size;
  const tall = 1.4 * size * entries.length;
  const corners = [[frame.right - wide, frame.bottom - tall - 0.5 * size], [frame.right - wide, frame.top], [frame.left + 0.5 * size, frame.top], [frame.left + 0.5 * size, frame.bottom - tall - 0.5 * size]] as const;
  const crossing = ([x, y]: readonly [number, number]): number => lines.reduce((sum, mark) => {
    if (mark.kind !== 'path') return sum;
    let inside = 0;
    for (let at = 0; at < mark.points.length; at += 2) {
      const [px, py] = [mark.points[at] as number, mark.points[at + 1] as number];
      if (px >= x && px <= x + wide && py >= y && py <= y + tall) inside += 1;
    }
    return sum + inside;
  }, 0);
  const [x, y] = corners.reduce((best, corner) => (crossing(corner) < crossing(best) ? corner : best));
  const box: Mark = { kind: 'path', points: [x, y, x + wide, y, x + wide, y + tall, x, y + tall], closed: true, fill: '#ffffff', opacity: 0.85 };
  return [box, ...entries.flatMap((entry, index) => legendMarks([entry], { left: x + 0.3 * size, right: x + wide, top: y + 1.4 * size * index, size }).marks)];
}

/** The scene of curves. Percentages are shares × 100. */
export function curvesScene({ curves, xLabel, yLabel, percent, log }: CurvesData, figure: Figure): Scene {
  const scaled = percent ? curves.map((curve) => ({ ...curve, ys: curve.ys.map((y) => 100 * y), low: curve.low.map((y) => 100 * y), high: curve.high.map((y) => 100 * y) })) : curves;
  const xs = scaled.flatMap((curve) => [curve.xs[0] ?? NaN, curve.xs.at(-1) ?? NaN]).filter(Number.isFinite);
  const [first, last] = xs.length === 0 ? [0, 1] : [Math.min(...xs), Math.max(...xs)];
  const domain = domainOf(valuesOf(scaled), { log, share: percent && !log ? 100 : null });
  const frame = createFrame({
    figure, legend: scaled.map(({ name, color, dash }) => ({ name, color, dash })),
    x: { domain: [first >= 0 && first < 0.05 * last ? 0 : first, last > first ? last : first + 1], label: figure.xLabel ?? xLabel },
    y: { domain, log, label: figure.yLabel ?? yLabel },
  });
  const lowest = log ? domain[0] : -Infinity;
  const bandsDrawn = scaled.filter(({ banded }) => banded).flatMap((curve) => bandMarks(curve, frame, lowest));
  const lines = scaled.flatMap((curve) => lineMarks(curve, frame, lowest));
  const key = figure.legend === 'inside' && scaled.length > 0 ? insideLegend(scaled, frame, { size: figure.fontSize, lines }) : [];
  return { width: frame.width, height: frame.height, marks: [...frame.marks, ...bandsDrawn, ...lines, ...key] };
}
