// Figures for paper: from numbers to SVG, PDF, PNG and pgfplots, the same bytes every time.
import type { Figure } from '#contract';
import { barsScene } from './bars.ts';
import { curvesScene } from './curves.ts';
import { unshownOf } from './fonts.ts';
import { parallelScene } from './parallel.ts';
import type { FigureData, Scene } from './scene.ts';

export { toPdf } from './pdf.ts';
export { toPgfplots } from './pgfplots.ts';
export type { FigureData, ParallelAxis, Scene } from './scene.ts';
export { toPng, toSvg } from './svg.ts';
export { csvCell, numbersCsv, numbersJson, tableCsv, tableLatex, tableMarkdown, tableRows, writeNumber } from './tables.ts';

/** Lays a figure out on paper. */
export function createScene(data: FigureData, figure: Figure): Scene {
  if (data.kind === 'curves') return curvesScene(data, figure);
  return data.kind === 'bars' ? barsScene(data, figure) : parallelScene(data, figure);
}

/** The characters of a figure that its type has not; a question mark stands for each. */
export const unshownIn = ({ marks }: Scene): string => unshownOf(marks.flatMap((mark) => (mark.kind === 'text' ? [mark.text] : [])));
