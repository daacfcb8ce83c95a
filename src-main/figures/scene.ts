// What is drawn, before anything is drawn: data of a figure, and marks on paper in points (1/72 inch) from the top left corner.
import type { Figure } from '#contract';

export type Path = { kind: 'path'; points: number[]; closed?: boolean; stroke?: string; width?: number; dash?: number[]; fill?: string; opacity?: number; told?: string };
export type Text = { kind: 'text'; x: number; y: number; text: string; size: number; anchor: 'start' | 'middle' | 'end'; upward?: boolean; color: string };
export type Mark = Path | Text;
/** Marks in the order in which they are drawn, and what they show in sentences, for those who do not see them; `points` of a path are x, y, x, y …, `told` are the values that it stands for, in lines. */
export type Scene = { width: number; height: number; marks: Mark[]; font?: Figure['font']; caption?: string };

/** `counts`: over how many of the `runs` each point is; none: over all. */
export type FigureCurve = { name: string; color: string; dash?: number[]; runs: number; xs: Float64Array; ys: Float64Array; low: Float64Array; high: Float64Array; counts?: Float64Array; banded: boolean };
export type CurvesData = { kind: 'curves'; xLabel: string; yLabel: string; percent: boolean; log: boolean; curves: FigureCurve[] };
export type FigureBar = { name: string; color: string; count: number; mean: number; low: number; high: number };
export type BarsData = { kind: 'bars'; yLabel: string; percent: boolean; banded: boolean; bars: FigureBar[] };
export type ParallelAxis = { label: string; values: (number | null)[]; log: boolean; percent: boolean; none?: boolean } | { label: string; categories: string[]; values: (number | null)[] };
/** Parallel coordinates: `values` of an axis has one number a line; of an axis with categories, their index. Lines without a value have a place at the foot of an axis with `none`, a gap on others. */
export type ParallelData = { kind: 'parallel'; axes: ParallelAxis[]; lines: { name: string; group: string; color: string }[] };
export type FigureData = CurvesData | BarsData | ParallelData;

export const ink = '#1a1a1f';
export const faintInk = '#52535c';
export const gridColor = '#e3e3e8';
/** Points in a millimetre. */
export const perMillimetre = 72 / 25.4;
