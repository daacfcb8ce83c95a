// Bars of final values with whiskers: the figure of the published notebook.
import { domainOf, type Figure } from '#contract';
import { createFrame } from './frame.ts';
import { textWidth } from './fonts.ts';
import { faintInk, ink, type BarsData, type FigureBar, type Mark, type Scene } from './scene.ts';
import { writeNumber } from './tables.ts';

/** The name, cut with an ellipsis where its bar is narrower. */
export function shortened(name: string, size: number, width: number): string {
  if (textWidth(name, size) <= width) return name;
  let kept = name;
  while (kept.length > 1 && textWidth(`${kept}…`, size) > width) kept = kept.slice(0, -1);
  return `${kept}…`;
}

/** A bar's value, the ends of its band, and the runs that it stands for. */
function toldOf({ name, mean, low, high, count }: FigureBar, { percent, banded }: BarsData): string {
  const written = (value: number): string => `${writeNumber(value, percent ? 'share' : 'number')}${percent ? ' %' : ''}`;
  return [name, written(mean), ...(count > 1 ? [...(banded ? [`${written(low)} to ${written(high)}`] : []), `${count} runs`] : [])].join('\n');
}

/** The scene of bars, one a group, each with its value above. */
export function barsScene(data: BarsData, figure: Figure): Scene {
  const { bars, yLabel, percent, banded } = data;
  const size = figure.fontSize;
  const scale = percent ? 100 : 1;
  const room = 1.12; // above the bars, for their values
  const domain = domainOf(bars.flatMap(({ mean, low, high }) => [scale * mean, scale * low, scale * high * (high > 0 ? room : 1)]), { fromZero: true });
  const frame = createFrame({ figure, x: null, y: { domain, label: figure.yLabel ?? yLabel }, legend: [], footer: figure.xLabel ? 2.2 : 1.2 });
  const slot = (frame.right - frame.left) / Math.max(1, bars.length);
  const wide = Math.min(0.62 * slot, 6 * size);
  const zero = frame.yOf(Math.max(0, domain[0]));
  const marks = bars.flatMap((bar, index): Mark[] => {
    const { name, color, mean, low, high, count } = bar;
    const x = frame.left + slot * (index + 0.5);
    const [y, from, to] = [mean, low, high].map((value) => frame.yOf(scale * value)) as [number, number, number];
    const whisker: Mark[] = banded && count > 1 ? [[x, from, x, to], [x - 2.5, from, x + 2.5, from], [x - 2.5, to, x + 2.5, to]].map((points) => ({ kind: 'path', points, stroke: ink, width: 0.75 })) : [];
    const value = percent ? (scale * mean).toFixed(1) : String(Number(mean.toPrecision(3)));
    return [
      { kind: 'path', points: [x - wide / 2, zero, x + wide / 2, zero, x + wide / 2, y, x - wide / 2, y], closed: true, fill: color, told: toldOf(bar, data) },
      ...whisker,
      { kind: 'text', x, y: Math.min(y, banded && count > 1 ? to : y) - 0.4 * size, text: value, size, anchor: 'middle', color: ink },
      { kind: 'text', x, y: frame.bottom + 1.35 * size, text: shortened(name, size, slot - 0.4 * size), size, anchor: 'middle', color: ink },
    ];
  });
  const base: Mark = { kind: 'path', points: [frame.left, zero, frame.right, zero], stroke: faintInk, width: 0.5 };
  const label: Mark[] = figure.xLabel ? [{ kind: 'text', x: (frame.left + frame.right) / 2, y: frame.bottom + 2.75 * size, text: figure.xLabel, size, anchor: 'middle', color: ink }] : [];
  return { width: frame.width, height: frame.height, marks: [...frame.marks, ...marks, base, ...label] };
}
