// Several metrics in one file: a panel for each, side by side, with one title and one legend.
import type { Figure } from '#contract';
import { createFrame, shifted, type Frame, type LegendEntry } from './frame.ts';
import { perMillimetre, type Scene } from './scene.ts';

/** One panel: what its legend would be, and how it is drawn as a figure of the given looks. */
export type Panel = { legend: LegendEntry[]; draw(figure: Figure): Scene };

/** Every group once. */
export const sharedLegend = (legends: LegendEntry[][]): LegendEntry[] => [...new Map(legends.flat().map((entry) => [entry.name, entry] as const)).values()];

/** `outer` holds title and legend; each panel is a figure of its own at `left`, `top` (points). */
export type PanelLayout = { outer: Frame; top: number; panels: { figure: Figure; left: number }[] };

/** Where panels from left to right have their place. Label, limits and ticks of the vertical axis belong to the first; the others take those of their data. */
export function layOutPanels(legend: LegendEntry[], count: number, figure: Figure): PanelLayout {
  const [width, height] = [figure.width * perMillimetre, figure.height * perMillimetre];
  const place = figure.legend === 'inside' ? 'top' : figure.legend;
  // The title and the legend as a figure without axes lays them out; the panels get the room that is left.
  const outer = createFrame({ figure: { ...figure, legend: place }, x: null, y: null, legend });
  const right = place === 'right' ? outer.right + 0.3 * figure.fontSize : width;
  const top = place === 'top' || figure.title !== '' ? outer.top - 0.5 * figure.fontSize : 0;
  const bottom = place === 'bottom' ? outer.bottom + 0.4 * figure.fontSize : height;
  const first: Figure = { ...figure, title: '', legend: 'none', width: right / count / perMillimetre, height: (bottom - top) / perMillimetre };
  const further: Figure = { ...first, yLabel: null, yMin: null, yMax: null, yTicks: null };
  return { outer, top, panels: Array.from({ length: count }, (_, index) => ({ figure: index === 0 ? first : further, left: (right / count) * index })) };
}

/** The scene of panels. */
export function panelsScene(panels: Panel[], figure: Figure): Scene {
  const layout = layOutPanels(sharedLegend(panels.map(({ legend }) => legend)), panels.length, figure);
  const drawn = layout.panels.flatMap(({ figure: looks, left }, index) => shifted((panels[index] as Panel).draw(looks).marks, left, layout.top));
  return { width: layout.outer.width, height: layout.outer.height, marks: [...layout.outer.marks, ...drawn] };
}
