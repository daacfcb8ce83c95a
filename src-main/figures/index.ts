// Figures for paper: from numbers to SVG, PDF, PNG and pgfplots, the same bytes every time.
import type { Figure } from '#contract';
import { barsScene } from './bars.ts';
import { curvesScene, legendOf } from './curves.ts';
import { inFamily, unshownOf } from './fonts.ts';
import { panelsScene } from './panels.ts';
import { parallelScene } from './parallel.ts';
import type { FigureData, Scene } from './scene.ts';

export { toPdf } from './pdf.ts';
export { toPgfplots } from './pgfplots.ts';
export type { FigureData, ParallelAxis, Scene } from './scene.ts';
export { toPng, toSvg } from './svg.ts';
export { unsetInLatex } from './latex.ts';
export { chooseColumns, csvCell, numbersCsv, numbersJson, tableCsv, tableLatex, tableMarkdown, tableNotes, tableRows, writeNumber } from './tables.ts';

function sceneOf(data: FigureData, figure: Figure): Scene {
  if (data.kind === 'curves') return curvesScene(data, figure);
  return data.kind === 'bars' ? barsScene(data, figure) : parallelScene(data, figure);
}

/** Lays a figure out on paper; of several data each has a panel. */
export function createScene(data: FigureData | FigureData[], figure: Figure): Scene {
  const all = [data].flat();
  const panels = all.map((one) => ({ legend: one.kind === 'curves' ? legendOf(one.curves) : [], draw: (looks: Figure) => sceneOf(one, looks) }));
  const scene = inFamily(figure.font, () => (all.length === 1 ? sceneOf(all[0] as FigureData, figure) : panelsScene(panels, figure)));
  return { ...scene, font: figure.font };
}

/** The characters of a figure that its type lacks; a question mark stands for each. */
export const unshownIn = ({ marks, font = 'inter' }: Scene): string => inFamily(font, () => unshownOf(marks.flatMap((mark) => (mark.kind === 'text' ? [mark.text] : []))));
