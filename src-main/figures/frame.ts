// The frame of a figure: title, legend, axes with ticks and labels, and the place that is left for data.
import { linearTicks, logTicks, type Figure, type Ticks } from '#contract';
import { textWidth } from './fonts.ts';
import { faintInk, gridColor, ink, perMillimetre, type Mark } from './scene.ts';

export type LegendEntry = { name: string; color: string; dash?: number[] };
export type Axis = { domain: [number, number]; log?: boolean; label: string };
export type FrameInput = { figure: Figure; x: Axis | null; y: Axis | null; legend: LegendEntry[]; footer?: number };
/** A place on the paper, and how values lie on it. */
export type Frame = { marks: Mark[]; width: number; height: number; left: number; top: number; right: number; bottom: number; xOf(value: number): number; yOf(value: number): number };

/** A value's place between the ends of an axis, 0 … 1. */
export const partOf = ({ domain: [low, high], log }: Axis, value: number): number =>
  (log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low));

/** Samples and names from left to right, in as many rows as they need; from `left`, no further than `right`. */
export function legendMarks(entries: LegendEntry[], { left, right, top, size }: { left: number; right: number; top: number; size: number }): { marks: Mark[]; bottom: number } {
  const marks: Mark[] = [];
  const [sample, gap, row] = [1.6 * size, 0.5 * size, 1.4 * size];
  let [x, y] = [left, top];
  for (const { name, color, dash } of entries) {
    const wide = sample + gap + textWidth(name, size);
    if (x > left && x + wide > right) [x, y] = [left, y + row];
    marks.push({ kind: 'path', points: [x, y + 0.55 * row, x + sample, y + 0.55 * row], stroke: color, width: 1.5, ...(dash?.length ? { dash } : {}) });
    marks.push({ kind: 'text', x: x + sample + gap, y: y + 0.55 * row + 0.35 * size, text: name, size, anchor: 'start', color: ink });
    x += wide + 1.2 * size;
  }
  return { marks, bottom: entries.length === 0 ? top : y + row };
}

const ticksOf = ({ domain: [low, high], log }: Axis, wanted: number): Ticks => (log ? logTicks : linearTicks)(low, high, wanted);

function horizontalMarks(axis: Axis, frame: Frame, size: number): Mark[] {
  const wanted = Math.max(2, Math.floor((frame.right - frame.left) / (5 * size)));
  const { values, labels } = ticksOf(axis, wanted);
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
    { kind: 'text', x: (frame.left + frame.right) / 2, y: frame.bottom + 2.75 * size, text: axis.label, size, anchor: 'middle', color: ink },
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
    { kind: 'text', x: size, y: (frame.top + frame.bottom) / 2, text: label, size, anchor: 'middle', upward: true, color: ink },
  ];
}

/** Lays the frame out on paper of the figure's size. An axis that is null takes no room; `footer` is kept free below, in lines. */
export function createFrame({ figure, x, y, legend, footer = 0 }: FrameInput): Frame {
  const size = figure.fontSize;
  const [width, height] = [figure.width * perMillimetre, figure.height * perMillimetre];
  const titled: Mark[] = figure.title ? [{ kind: 'text', x: width / 2, y: 1.1 * size, text: figure.title, size: 1.1 * size, anchor: 'middle', color: ink }] : [];
  const head = figure.title ? 1.7 * size : 0.4 * size;
  const bottom = height - (x ? 3.2 * size : (0.4 + 1.4 * footer) * size);
  const ticks = y ? ticksOf(y, Math.max(2, Math.floor((bottom - head) / (2.6 * size)))) : null;
  const left = y && ticks ? 2.1 * size + Math.max(0, ...ticks.labels.map((label) => textWidth(label, size))) : 0.5 * size;
  const right = width - 0.8 * size;
  const key = figure.legend === 'top' ? legendMarks(legend, { left, right, top: head, size }) : { marks: [], bottom: head };
  const top = key.bottom + 0.5 * size;
  const frame: Frame = {
    marks: [], width, height, left, top, right, bottom,
    xOf: (value) => left + (right - left) * (x ? partOf(x, value) : value),
    yOf: (value) => bottom - (bottom - top) * (y ? partOf(y, value) : value),
  };
  frame.marks.push(...titled, ...(y && ticks ? verticalMarks({ label: y.label, ticks }, frame, size) : []), ...(x ? horizontalMarks(x, frame, size) : []), ...key.marks);
  return frame;
}
