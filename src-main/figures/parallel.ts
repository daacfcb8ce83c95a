// Parallel coordinates: one vertical axis for everything that differs in a sweep, one line for every run.
import { domainOf, linearTicks, logTicks, type Figure } from '#contract';
import { shortened, textWidth } from './fonts.ts';
import { createFrame, partOf, type Frame } from './frame.ts';
import { faintInk, ink, type Mark, type ParallelAxis, type ParallelData, type Scene } from './scene.ts';
import { writeNumber } from './tables.ts';

type Placed = { partOf(value: number): number; none: boolean; ticks: { part: number; label: string }[] };

function placeAxis(axis: ParallelAxis, wanted: number): Placed {
  if ('categories' in axis) {
    const last = Math.max(1, axis.categories.length - 1);
    const at = (index: number): number => (axis.categories.length === 1 ? 0.5 : index / last);
    return { partOf: at, none: false, ticks: axis.categories.map((label, index) => ({ part: at(index), label })) };
  }
  const scale = axis.percent ? 100 : 1;
  const values = axis.values.filter((value): value is number => value !== null && Number.isFinite(value)).map((value) => scale * value);
  const domain = domainOf(values, { log: axis.log });
  const { values: places, labels } = (axis.log ? logTicks : linearTicks)(domain[0], domain[1], wanted);
  const within = { domain, log: axis.log, label: '' };
  const none = axis.none === true && axis.values.includes(null);
  const above = (part: number): number => (none ? 0.12 + 0.88 * part : part);
  const ticks = places.map((value, index) => ({ part: above(partOf(within, value)), label: labels[index] as string }));
  return { partOf: (value) => above(partOf(within, scale * value)), none, ticks: none ? [{ part: 0, label: 'none' }, ...ticks] : ticks };
}

function axisMarks(axis: ParallelAxis, { x, placed }: { x: number; placed: Placed }, { frame, size, slot }: { frame: Frame; size: number; slot: number }): Mark[] {
  return [
    { kind: 'path', points: [x, frame.top, x, frame.bottom], stroke: faintInk, width: 0.5 },
    ...placed.ticks.flatMap(({ part, label: text }): Mark[] => {
      const [shown, right, y] = ['categories' in axis ? shortened(text, size, 0.85 * slot) : text, x - 0.4 * size, frame.yOf(part)]; // a number is whole, or another one
      const left = right - textWidth(shown, size);
      return [ // on white, so that lines do not run through it
        { kind: 'path', points: [left, y - 0.5 * size, right, y - 0.5 * size, right, y + 0.5 * size, left, y + 0.5 * size], closed: true, fill: '#ffffff', opacity: 0.85 },
        { kind: 'text', x: right, y: y + 0.35 * size, text: shown, size, anchor: 'end', color: ink },
      ];
    }),
    { kind: 'text', x, y: frame.bottom + 1.5 * size, text: shortened(axis.label, size, slot - 0.4 * size), size, anchor: 'middle', color: ink },
  ];
}

/** A run's name and its value on every axis. */
function toldOf({ axes, lines }: ParallelData, line: number): string {
  const values = axes.flatMap((axis) => {
    const value = axis.values[line] ?? null;
    const written = (of: number): string => ('categories' in axis ? (axis.categories[of] ?? '') : axis.percent ? writeNumber(of, 'share') : String(Number(of.toPrecision(4))));
    return value === null ? [] : [`${axis.label} ${written(value)}`];
  });
  return [lines[line]?.name, ...values].join('\n');
}

/** The scene of parallel coordinates; a run without a value on an axis has a gap there. */
export function parallelScene(data: ParallelData, figure: Figure): Scene {
  const { axes, lines } = data;
  const size = figure.fontSize;
  const groups = [...new Map(lines.map(({ group, color }) => [group, color]))].map(([name, color]) => ({ name, color }));
  const frame = createFrame({ figure, x: null, y: null, legend: groups, footer: 1.96 * size });
  const slot = (frame.right - frame.left) / Math.max(1, axes.length);
  const placed = axes.map((axis, index) => ({ x: frame.left + slot * (index + 0.55), placed: placeAxis(axis, Math.max(2, Math.floor((frame.bottom - frame.top) / (2.6 * size)))) }));
  const marks = lines.flatMap(({ color }, line): Mark[] => {
    const pieces: number[][] = [[]];
    axes.forEach(({ values }, index) => {
      const [value, at] = [values[line] ?? null, placed[index] as (typeof placed)[number]];
      if (value === null && at.placed.none) pieces.at(-1)?.push(at.x, frame.bottom);
      else if (value === null || !Number.isFinite(value)) pieces.push([]);
      else pieces.at(-1)?.push(at.x, frame.yOf(at.placed.partOf(value)));
    });
    return pieces.filter(({ length }) => length > 2).map((points) => ({ kind: 'path', points, stroke: color, width: 0.75, opacity: 0.8, told: toldOf(data, line) }));
  });
  const scales = axes.flatMap((axis, index) => axisMarks(axis, placed[index] as (typeof placed)[number], { frame, size, slot }));
  return { width: frame.width, height: frame.height, marks: [...frame.marks, ...marks, ...scales] };
}
