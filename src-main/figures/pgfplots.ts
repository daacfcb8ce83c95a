// A figure as source for pgfplots: read by \input, set in the paper's own type, with the limits, ticks, sizes and lines of the other formats.
import { decimate, partsOf, type Figure, type Ticks } from '#contract';
import { layOutBars } from './bars.ts';
import { drawCurves, legendOf, mostMarked, placeInside, thin } from './curves.ts';
import { textWidth } from './fonts.ts';
import type { Axis } from './frame.ts';
import { latexText } from './latex.ts';
import { layOutPanels, sharedLegend } from './panels.ts';
import { perMillimetre, type BarsData, type CurvesData, type FigureCurve, type FigureData } from './scene.ts';

/** Names of commands are of letters alone: two of them, for as many as 676 curves. */
const colorName = (index: number): string => `vsgdlab${String.fromCharCode(97 + Math.floor(index / 26), 97 + (index % 26))}`;
const short = (value: number): string => String(Number(value.toPrecision(6)));
function coordinates({ xs, ys }: { xs: Float64Array; ys: Float64Array }, columns: number): string {
  return decimate(xs, ys, columns).map((at) => (Number.isFinite(ys[at]) ? `(${short(xs[at] as number)},${short(ys[at] as number)})` : `(${short(xs[at] as number)},nan)`)).join(' ');
}

/** Of the figure that is written: its own width in mm, and where its legend goes. */
type Legend = { legend: Figure['legend']; width: number; fontSize: number; corner: string };

/** What is the same for all curves of a figure. */
type Looks = { columns: number; named: boolean; figure: Figure; colors: Map<string, string> };

function curveLines(curve: FigureCurve, path: string, { columns, named, figure: { lineWidth, markers }, colors }: Looks): string[] {
  const color = colors.get(curve.color) as string;
  const { xs, ys, low, high, counts, runs, banded, name, dash = [] } = curve;
  const { whole, fewer } = counts ? partsOf({ ys, counts, of: runs }) : { whole: ys, fewer: null };
  const first = low.findIndex(Number.isFinite); // a path between gaps cannot be filled: the band is as long as it has a width
  const edge = (label: string, values: Float64Array) => `\\addplot[draw=none, name path=${label}${path}, forget plot] coordinates {${coordinates({ xs: xs.slice(first, low.findLastIndex(Number.isFinite) + 1), ys: values.slice(first, low.findLastIndex(Number.isFinite) + 1) }, columns)}};`;
  const dashes = dash.length > 0 ? `, dash pattern=on ${dash[0]}pt off ${dash[1]}pt` : '';
  const line = (width: number, more: string, values: Float64Array) => `\\addplot[${color}, line width=${short(width)}pt${dashes}${more}] coordinates {${coordinates({ xs, ys: values }, columns)}};`;
  const marks = markers && xs.length <= mostMarked ? `, mark=square*, mark size=${short(0.8 + 0.6 * lineWidth)}pt` : '';
  return [
    ...(banded && first >= 0 ? [edge('low', low), edge('high', high), `\\addplot[${color}, fill opacity=0.2, forget plot] fill between[of=low${path} and high${path}];`] : []),
    ...(fewer === null ? [] : [line(thin * lineWidth, ', forget plot', fewer)]),
    line(lineWidth, marks, whole),
    ...(named ? [`\\addlegendentry{${latexText(name)}}`] : []),
  ];
}

const point = (value: number): string => `${short(value)}pt`;
const font = (size: number): string => `font=\\fontsize{${short(size)}}{${short(1.2 * size)}}\\selectfont`;
const ticksAt = (axis: 'x' | 'y', ticks: Ticks | null): string[] => (ticks === null ? [] : [`${axis}tick={${ticks.values.map(short).join(',')}}`, `${axis}ticklabels={${ticks.labels.map((label) => `{${latexText(label)}}`).join(',')}}`]);

/** A linear axis between two ends that six digits write alike has no length for pgfplots: it chooses the limits then. */
const limitsOf = (axis: 'x' | 'y', { domain: [low, high], log }: Axis): string[] => [`${axis}mode=${log ? 'log' : 'linear'}`, ...(short(low) === short(high) ? [] : [`${axis}min=${short(low)}`, `${axis}max=${short(high)}`])];

/** The legend where the other formats have it; above and below, as many columns as have room in the whole figure. `corner`: of one within the axes. */
function legendStyle(names: string[], { legend, width, fontSize, corner }: Legend): string[] {
  const widest = Math.max(0, ...names.map((name) => textWidth(name, fontSize))) + 3.5 * fontSize;
  const columns = Math.max(1, Math.min(names.length, Math.floor((width * perMillimetre) / widest)));
  const places: Record<Figure['legend'], string[]> = {
    top: [`legend style={at={(0,1.03)}, anchor=south west, draw=none}, legend columns=${columns}`],
    bottom: [`legend style={at={(0,0)}, yshift=-${point(3.2 * fontSize)}, anchor=north west, draw=none}, legend columns=${columns}`],
    right: ['legend style={at={(1.02,1)}, anchor=north west, draw=none}'],
    inside: [`legend pos=${corner}, legend style={draw=none, fill opacity=0.85, text opacity=1}`],
    none: [],
  };
  return [...places[legend], ...(legend === 'none' ? [] : ['legend cell align=left'])];
}

/** What every axis has of the other formats: its size and place, type size, no box, grid lines at the ticks of y. */
const sharedStyle = ({ fontSize }: Figure, [width, height]: [number, number]): string[] => [
  'scale only axis', `width=${point(width)}`, `height=${point(height)}`, font(fontSize), 'axis x line*=bottom', 'axis y line*=left', 'y axis line style={draw=none}', 'ytick style={draw=none}', 'tick align=outside',
  'xlabel near ticks', 'ylabel near ticks', 'ymajorgrids', 'major grid style={line width=0.5pt, draw=black!10}', 'minor tick num=0', 'scaled ticks=false',
];

const titleOf = (title: string): string[] => (title === '' ? [] : [`title={${latexText(title)}}`]);

function curvesPlot(data: CurvesData, figure: Figure, { prefix, colors, left, title, legend }: Slot): string[] {
  const { curves, x, y, frame, lines } = drawCurves(data, figure);
  const corner = placeInside(curves, frame, { size: figure.fontSize, lines }).corner.name;
  const looks = { columns: Math.ceil(2 * figure.width * perMillimetre), named: legend.legend !== 'none', figure, colors };
  const options = [
    `at={(${point(left + frame.left)},0)}`, ...sharedStyle(figure, [frame.right - frame.left, frame.bottom - frame.top]), ...limitsOf('x', x), ...limitsOf('y', y), ...ticksAt('x', frame.xTicks), ...ticksAt('y', frame.yTicks),
    `xlabel={${latexText(x.label)}}`, `ylabel={${latexText(y.label)}}`, ...titleOf(title), 'unbounded coords=jump', 'clip=true', ...legendStyle(curves.map(({ name }) => name), { ...legend, corner }),
  ];
  return [`\\begin{axis}[${options.join(', ')}]`, ...curves.flatMap((curve, index) => curveLines(curve, `${prefix}${index}`, looks)), '\\end{axis}'];
}

function barsPlot(data: BarsData, figure: Figure, { colors, left, title }: Slot): string[] {
  const { bars, yLabel, percent, banded } = data;
  const { frame, domain: [low, high], labels } = layOutBars(data, figure);
  const scale = percent ? 100 : 1;
  const slot = (frame.right - frame.left) / Math.max(1, bars.length);
  const options = [
    `at={(${point(left + frame.left)},0)}`, 'ybar', 'bar shift=0pt', `bar width=${point(Math.min(0.62 * slot, 6 * figure.fontSize))}`, 'xmin=-0.5', `xmax=${short(bars.length - 0.5)}`, `ymin=${short(low)}`, `ymax=${short(high)}`,
    ...sharedStyle(figure, [frame.right - frame.left, frame.bottom - frame.top]), ...ticksAt('y', frame.yTicks), 'xtick style={draw=none}',
    `xlabel={${latexText(figure.xLabel ?? '')}}`, `ylabel={${latexText(figure.yLabel ?? yLabel)}}`, ...titleOf(title),
    `xtick={${bars.map((_, index) => index).join(',')}}`, `xticklabels={${labels.names.map((name) => `{${latexText(name)}}`).join(',')}}`, ...(labels.upright ? ['x tick label style={rotate=90, anchor=east}'] : []),
    ...(banded ? [] : ['nodes near coords']),
  ];
  return [
    `\\begin{axis}[${options.join(', ')}]`,
    ...bars.map(({ mean, low: from, high: to, count, color }, index) => `\\addplot+[${colors.get(color)}, fill=${colors.get(color)}, error bars/.cd, y dir=both, y explicit, error bar style={black}] coordinates {(${index},${short(scale * mean)})${banded && count > 1 ? ` += (0,${short(scale * (to - mean))}) -= (0,${short(scale * (mean - from))})` : ''}};`),
    '\\end{axis}',
  ];
}

/** A panel's part of the picture: a prefix for its names, the names of colors, where it stands (points), its title and legend. */
type Slot = { prefix: string; colors: Map<string, string>; left: number; title: string; legend: Omit<Legend, 'corner'> };

/** Source of the figure, or null for parallel coordinates, which pgfplots has no plot for. Further data become panels to the right. */
export function toPgfplots(data: FigureData | FigureData[], figure: Figure, caption = ''): string | null {
  const panels = [data].flat();
  if (panels.some(({ kind }) => kind === 'parallel')) return null;
  const used = panels.flatMap((panel): string[] => (panel.kind === 'curves' ? panel.curves.map(({ color }) => color) : panel.kind === 'bars' ? panel.bars.map(({ color }) => color) : []));
  const colors = new Map([...new Set(used)].map((color, index) => [color, colorName(index)]));
  const several = panels.length > 1;
  const layout = several ? layOutPanels(sharedLegend(panels.map((panel) => (panel.kind === 'curves' ? legendOf(panel.curves) : []))), panels.length, figure).panels : [{ figure, left: 0 }];
  const bodies = panels.flatMap((panel, index) => {
    const { figure: looks, left } = layout[index] as (typeof layout)[number];
    const place = several && figure.legend === 'inside' ? 'top' : figure.legend;
    const shows = place === 'right' ? index === panels.length - 1 : index === 0;
    const slot: Slot = { prefix: index === 0 ? '' : `panel${index}`, colors, left, title: index === 0 ? figure.title : '', legend: { legend: shows ? place : 'none', width: figure.width, fontSize: figure.fontSize } };
    return panel.kind === 'curves' ? curvesPlot(panel, looks, slot) : panel.kind === 'bars' ? barsPlot(panel, looks, slot) : [];
  });
  const preamble = ['% \\usepackage{xcolor, pgfplots}', '% \\pgfplotsset{compat=1.18}', '% \\usepgfplotslibrary{fillbetween}', ...(caption === '' ? [] : [`% \\caption{${latexText(caption)}}`])];
  return [...preamble, ...[...colors].map(([color, name]) => `\\definecolor{${name}}{HTML}{${color.slice(1).toUpperCase()}}`), '\\begin{tikzpicture}', ...bodies, '\\end{tikzpicture}', ''].join('\n');
}
