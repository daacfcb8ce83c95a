// The frame of a figure: title, legend, axes with ticks and labels, and the place that is left for data.
import { linearTicks, logTicks, writtenTicks, type Figure, type Ticks } from '#contract';
import { shortened, textWidth, wrapped } from './fonts.ts';
import { faintInk, gridColor, ink, perMillimetre, type Mark } from './scene.ts';

export type LegendEntry = { name: string; color: string; dash?: number[] };
/** `ticks`: where the figure's settings put them. */
export type Axis = { domain: [number, number]; log?: boolean; label: string; ticks?: number[] | null };
export type FrameInput = { figure: Figure; x: Axis | null; y: Axis | null; legend: LegendEntry[]; footer?: number };
/** A place on the paper, and how values lie on it. */
export type Frame = { xTicks: Ticks | null; yTicks: Ticks | null; marks: Mark[]; width: number; height: number; left: number; top: number; right: number; bottom: number; xOf(value: number): number; yOf(value: number): number };

/** A value's place between the ends of an axis, 0 … 1. */
export const partOf = ({ domain: [low, high], log }: Axis, value: number): number =>
  (log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low));

type Room = { left: number; right: number; top: number; size: number; rows?: number };
type PlacedEntry = LegendEntry & { x: number; row: number };

function placeEntries(entries: LegendEntry[], { left, right, size }: Room): PlacedEntry[] {
  let [x, row] = [left, 0];
  return entries.map(({ name, ...looks }) => {
    const shown = shortened(name, size, right - left - 2.1 * size);
    const wide = (looks.color === '' ? 0 : 2.1 * size) + textWidth(shown, size);
    if (x > left && x + wide > right) [x, row] = [left, row + 1];
    const placed = { ...looks, name: shown, x, row };
    x += wide + 1.2 * size;
    return placed;
  });
}

/** Samples and names from left to right, in as many rows as they need, of `rows` at most: then the last says how many more there are. */
export function legendMarks(entries: LegendEntry[], room: Room): { marks: Mark[]; bottom: number } {
  const { top, size, rows = Infinity } = room;
  const fits = (placed: PlacedEntry[]): boolean => (placed.at(-1)?.row ?? 0) < rows;
  let placed = placeEntries(entries, room);
  for (let kept = entries.length - 1; kept >= 0 && !fits(placed); kept -= 1) placed = placeEntries([...entries.slice(0, kept), { name: `+ ${entries.length - kept} more`, color: '' }], room);
  const marks = placed.flatMap(({ name, color, dash, x, row }): Mark[] => {
    const y = top + (row + 0.55) * 1.4 * size;
    const sample: Mark[] = color === '' ? [] : [{ kind: 'path', points: [x, y, x + 1.6 * size, y], stroke: color, width: 1.5, ...(dash?.length ? { dash } : {}) }];
    return [...sample, { kind: 'text', x: x + (color === '' ? 0 : 2.1 * size), y: y + 0.35 * size, text: name, size, anchor: 'start', color: ink }];
  });
  return { marks, bottom: entries.length === 0 ? top : top + ((placed.at(-1)?.row ?? 0) + 1) * 1.4 * size };
}

/** The legend as a column, one entry a row. */
const columnMarks = (entries: LegendEntry[], { top, rows = Infinity, ...room }: Room): Mark[] => {
  const shown = entries.length > rows ? [...entries.slice(0, rows - 1), { name: `+ ${entries.length - rows + 1} more`, color: '' }] : entries;
  return shown.flatMap((entry, index) => legendMarks([entry], { ...room, top: top + 1.4 * room.size * index }).marks);
};

/** Marks moved right and down. */
export const shifted = (marks: Mark[], right: number, down: number): Mark[] =>
  marks.map((mark) => (mark.kind === 'text' ? { ...mark, x: mark.x + right, y: mark.y + down } : { ...mark, points: mark.points.map((value, index) => value + (index % 2 === 0 ? right : down)) }));

function ticksOf({ domain: [low, high], log, ticks }: Axis, wanted: number): Ticks {
  if (ticks) return writtenTicks(ticks.filter((value) => value >= low && value <= high));
  return (log ? logTicks : linearTicks)(low, high, wanted);
}

/** The label of an axis about its middle, and within the paper. */
function centered(label: string, { at, length, across, size, upward }: { at: number; length: number; across: number; size: number; upward?: boolean }): Mark {
  const text = shortened(label, size, length - size);
  const half = textWidth(text, size) / 2 + 0.5 * size;
  const along = Math.min(length - half, Math.max(half, at));
  return upward ? { kind: 'text', x: across, y: along, text, size, anchor: 'middle', upward, color: ink } : { kind: 'text', x: along, y: across, text, size, anchor: 'middle', color: ink };
}

function horizontalMarks({ label, ticks: { values, labels } }: { label: string; ticks: Ticks }, frame: Frame, size: number): Mark[] {
  return [
    { kind: 'path', points: [frame.left, frame.bottom, frame.right, frame.bottom], stroke: faintInk, width: 0.5 },
    ...values.flatMap((value, index): Mark[] => {
      const [x, text] = [frame.xOf(value), labels[index] as string];
      const half = textWidth(text, size) / 2; // the last label stays on the paper
      return [
        { kind: 'path', points: [x, frame.bottom, x, frame.bottom + 0.3 * size], stroke: faintInk, width: 0.5 },
        { kind: 'text', x: Math.min(x, frame.width - half), y: frame.bottom + 1.35 * size, text, size, anchor: 'middle', color: ink },
      ];
    }),
    centered(label, { at: (frame.left + frame.right) / 2, length: frame.width, across: frame.bottom + 2.75 * size, size }),
  ];
}

function verticalMarks({ label, ticks }: { label: string; ticks: Ticks }, frame: Frame, size: number): Mark[] {
  return [
    ...ticks.values.flatMap((value, index): Mark[] => {
      const y = frame.yOf(value);
      return [
        { kind: 'path', points: [frame.left, y, frame.right, y], stroke: gridColor, width: 0.5 },
        { kind: 'text', x: frame.left - 0.4 * size, y: y + 0.35 * size, text: ticks.labels[index] as string, size, anchor: 'end', color: ink },
      ];
    }),
    centered(label, { at: (frame.top + frame.bottom) / 2, length: frame.height, across: size, size, upward: true }),
  ];
}

/** Lays the frame out on paper of the figure's size. An axis that is null takes no room; `footer` is kept free below. */
export function createFrame({ figure, x, y, legend, footer = 0 }: FrameInput): Frame {
  const size = figure.fontSize;
  const [width, height] = [figure.width * perMillimetre, figure.height * perMillimetre];
  const titles = wrapped(figure.title, 1.1 * size, width - size);
  const titled = titles.map((text, index): Mark => ({ kind: 'text', x: width / 2, y: (1.1 + 1.45 * index) * size, text, size: 1.1 * size, anchor: 'middle', color: ink }));
  const head = titles.length > 0 ? (0.25 + 1.45 * titles.length) * size : 0.4 * size;
  const room = Math.max(1, Math.floor(Math.min(0.45 * height, height - head - 5 * size) / (1.4 * size))); // rows of a legend that leave the data its place
  const below = figure.legend === 'bottom' ? legendMarks(legend, { left: 0.5 * size, right: width - 0.8 * size, top: 0, size, rows: room }) : null;
  const bottom = Math.max(head + size, height - (x ? 3.2 * size : 0.4 * size + footer) - (below?.bottom ?? 0)); // paper too small for its type stays in order
  const yTicks = y ? ticksOf(y, Math.max(2, Math.floor((bottom - head) / (2.6 * size)))) : null;
  const left = yTicks ? 2.1 * size + Math.max(0, ...yTicks.labels.map((label) => textWidth(label, size))) : 0.5 * size;
  const column = figure.legend === 'right' ? Math.min(0.4 * width, Math.max(0, ...legend.map(({ name, color }) => (color === '' ? 0 : 2.1 * size) + textWidth(name, size))) + 0.6 * size) : 0;
  const right = width - 0.8 * size - column;
  const above = figure.legend === 'top' ? legendMarks(legend, { left, right, top: head, size, rows: Math.max(1, Math.floor(Math.min(0.45 * height, bottom - head - 2 * size) / (1.4 * size))) }) : null;
  const top = Math.min(bottom - 0.5 * size, (above?.bottom ?? head) + 0.5 * size);
  const beside = figure.legend === 'right' ? columnMarks(legend, { left: right + 0.6 * size, right: width - 0.2 * size, top, size, rows: Math.max(1, Math.floor((bottom - top) / (1.4 * size))) }) : [];
  const xTicks = x ? ticksOf(x, Math.max(2, Math.floor((right - left) / (5 * size)))) : null;
  const frame: Frame = {
    marks: [], xTicks, yTicks, width, height, left, top, right, bottom,
    xOf: (value) => left + (right - left) * (x ? partOf(x, value) : value),
    yOf: (value) => bottom - (bottom - top) * (y ? partOf(y, value) : value),
  };
  const key = [...(above?.marks ?? []), ...beside, ...shifted(below?.marks ?? [], 0, height - (below?.bottom ?? 0))];
  frame.marks.push(...titled, ...(y && yTicks ? verticalMarks({ label: y.label, ticks: yTicks }, frame, size) : []), ...(x && xTicks ? horizontalMarks({ label: x.label, ticks: xTicks }, frame, size) : []), ...key);
  return frame;
}
