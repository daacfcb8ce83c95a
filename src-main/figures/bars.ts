// Bars of final values with whiskers: the figure of the published notebook.
import { domainOf, tellingNames, type Figure } from '#contract';
import { createFrame, type Frame } from './frame.ts';
import { shortened, textWidth } from './fonts.ts';
import { faintInk, ink, perMillimetre, type BarsData, type FigureBar, type Mark, type Scene } from './scene.ts';
import { writeNumber } from './tables.ts';

/** Names under their bars; upright, without the words that all begin with, where one is wider than its place. */
function namesOf(bars: FigureBar[], { size, slot, room }: { size: number; slot: number; room: number }): { names: string[]; upright: boolean; tall: number } {
  const names = bars.map(({ name }) => name);
  const widest = (of: string[]): number => Math.max(0, ...of.map((name) => textWidth(name, size)));
  if (widest(names) <= slot - 0.4 * size || slot > 9 * size) return { names: names.map((name) => shortened(name, size, slot - 0.4 * size)), upright: false, tall: 1.2 * size };
  const cut = (widest(names) > room ? tellingNames(names) : names).map((name) => shortened(name, size, room));
  return { names: cut, upright: true, tall: widest(cut) + 0.6 * size };
}

/** A bar's value, the ends of its band, and the runs that it stands for. */
function toldOf({ name, mean, low, high, count }: FigureBar, { percent, banded }: BarsData): string {
  const written = (value: number): string => `${writeNumber(value, percent ? 'share' : 'number')}${percent ? ' %' : ''}`;
  return [name, written(mean), ...(count > 1 ? [...(banded ? [`${written(low)} to ${written(high)}`] : []), `${count} runs`] : [])].join('\n');
}

type BarsLayout = { frame: Frame; domain: [number, number]; labels: ReturnType<typeof namesOf> };

/** The frame of bars and what stands below them: what every format draws from. */
export function layOutBars({ bars, yLabel, percent }: BarsData, figure: Figure): BarsLayout {
  const size = figure.fontSize;
  const scale = percent ? 100 : 1;
  const room = 1.12; // above the bars, for their values
  const own = domainOf(bars.flatMap(({ mean, low, high }) => [scale * mean, scale * low, scale * high * (high > 0 ? room : 1)]), { fromZero: true });
  const [least, most] = [figure.yMin ?? own[0], figure.yMax ?? own[1]];
  const domain: [number, number] = least < most ? [least, most] : own;
  const [wideAsPaper, tallAsPaper] = [figure.width * perMillimetre, figure.height * perMillimetre];
  const labels = namesOf(bars, { size, slot: (wideAsPaper - 5 * size) / Math.max(1, bars.length), room: 0.42 * tallAsPaper });
  const frame = createFrame({ figure, x: null, y: { domain, label: figure.yLabel ?? yLabel, ticks: figure.yTicks }, legend: [], footer: labels.tall + (figure.xLabel ? 1.4 * size : 0) });
  return { frame, domain, labels };
}

/** The scene of bars, one a group, each with its value above. */
export function barsScene(data: BarsData, figure: Figure): Scene {
  const { bars, percent, banded } = data;
  const size = figure.fontSize;
  const scale = percent ? 100 : 1;
  const { frame, domain, labels } = layOutBars(data, figure);
  const slot = (frame.right - frame.left) / Math.max(1, bars.length);
  const wide = Math.min(0.62 * slot, 6 * size);
  const zero = frame.yOf(Math.max(0, domain[0]));
  const marks = bars.flatMap((bar, index): Mark[] => {
    const { color, mean, low, high, count } = bar;
    const x = frame.left + slot * (index + 0.5);
    const [y, from, to] = [mean, low, high].map((value) => frame.yOf(Math.min(domain[1], Math.max(domain[0], scale * value)))) as [number, number, number];
    const whisker: Mark[] = banded && count > 1 ? [[x, from, x, to], [x - 2.5, from, x + 2.5, from], [x - 2.5, to, x + 2.5, to]].map((points) => ({ kind: 'path', points, stroke: ink, width: 0.75 })) : [];
    const value = percent ? (scale * mean).toFixed(1) : String(Number(mean.toPrecision(3)));
    return [
      { kind: 'path', points: [x - wide / 2, zero, x + wide / 2, zero, x + wide / 2, y, x - wide / 2, y], closed: true, fill: color, told: toldOf(bar, data) },
      ...whisker,
      { kind: 'text', x, y: Math.min(y, banded && count > 1 ? to : y) - 0.4 * size, text: value, size, anchor: 'middle', color: ink },
      labels.upright ? { kind: 'text', x: x + 0.35 * size, y: frame.bottom + 0.5 * size, text: labels.names[index] as string, size, anchor: 'end', upward: true, color: ink } : { kind: 'text', x, y: frame.bottom + 1.35 * size, text: labels.names[index] as string, size, anchor: 'middle', color: ink },
    ];
  });
  const base: Mark = { kind: 'path', points: [frame.left, zero, frame.right, zero], stroke: faintInk, width: 0.5 };
  const label: Mark[] = figure.xLabel ? [{ kind: 'text', x: (frame.left + frame.right) / 2, y: frame.bottom + labels.tall + 1.55 * size, text: shortened(figure.xLabel, size, frame.width - size), size, anchor: 'middle', color: ink }] : [];
  return { width: frame.width, height: frame.height, marks: [...frame.marks, ...marks, base, ...label] };
}
