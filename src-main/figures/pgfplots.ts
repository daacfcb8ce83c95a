// A figure as source for pgfplots: to be read by \input, set in the paper's own type.
import { decimate, domainOf, logTicks, partsOf, type Figure } from '#contract';
import { textWidth } from './fonts.ts';
import { latexText } from './latex.ts';
import { perMillimetre, type BarsData, type CurvesData, type FigureCurve, type FigureData } from './scene.ts';

/** Names of commands are of letters alone: two of them, for as many as 676 curves. */
const colorName = (index: number): string => `vsgdlab${String.fromCharCode(97 + Math.floor(index / 26), 97 + (index % 26))}`;
const short = (value: number): string => String(Number(value.toPrecision(6)));
const typeSize = 10; // points: what papers are set in, to judge whether a name has room

const colorsOf = (colors: string[]): string[] => colors.map((color, index) => `\\definecolor{${colorName(index)}}{HTML}{${color.slice(1).toUpperCase()}}`);

function coordinates({ xs, ys }: { xs: Float64Array; ys: Float64Array }, scale: number, columns: number): string {
  return decimate(xs, ys, columns).map((at) => (Number.isFinite(ys[at]) ? `(${short(xs[at] as number)},${short(scale * (ys[at] as number))})` : `(${short(xs[at] as number)},nan)`)).join(' ');
}

function curveLines(curve: FigureCurve, index: number, { scale, columns, named }: { scale: number; columns: number; named: boolean }): string[] {
  const { xs, ys, low, high, counts, runs, banded, name, dash = [] } = curve;
  const color = colorName(index);
  const { whole, fewer } = counts ? partsOf({ ys, counts, of: runs }) : { whole: ys, fewer: null };
  const first = low.findIndex(Number.isFinite); // a path between gaps cannot be filled: the band is as long as it has a width
  const edge = (label: string, values: Float64Array) => `\\addplot[draw=none, name path=${label}${index}, forget plot] coordinates {${coordinates({ xs: xs.slice(first, low.findLastIndex(Number.isFinite) + 1), ys: values.slice(first, low.findLastIndex(Number.isFinite) + 1) }, scale, columns)}};`;
  const dashes = dash.length > 0 ? `, dash pattern=on ${dash[0]}pt off ${dash[1]}pt` : '';
  return [
    ...(banded && first >= 0 ? [edge('low', low), edge('high', high), `\\addplot[${color}, fill opacity=0.2, forget plot] fill between[of=low${index} and high${index}];`] : []),
    ...(fewer === null ? [] : [`\\addplot[${color}, very thin${dashes}, forget plot] coordinates {${coordinates({ xs, ys: fewer }, scale, columns)}};`]),
    `\\addplot[${color}, thick${dashes}] coordinates {${coordinates({ xs, ys: whole }, scale, columns)}};`,
    ...(named ? [`\\addlegendentry{${latexText(name)}}`] : []),
  ];
}

/** The legend above: as many columns as have room, so that it is no wider than the figure. */
function legendAbove(names: string[], { width }: Figure): string {
  const widest = Math.max(0, ...names.map((name) => textWidth(name, typeSize))) + 3.5 * typeSize;
  const columns = Math.max(1, Math.min(names.length, Math.floor((width * perMillimetre) / widest)));
  return `legend style={at={(0.5,1.03)}, anchor=south, draw=none}, legend cell align=left, legend columns=${columns}`;
}

/** The vertical axis has the range of the other formats. */
function domainOfCurves(curves: FigureCurve[], { scale, log }: { scale: number; log: boolean }): [number, number] {
  return domainOf(curves.flatMap(({ ys, low, high, banded }) => (banded ? [...ys, ...low, ...high] : [...ys])).map((value) => scale * value), { log, share: scale === 100 && !log ? 100 : null });
}

/** Both ends of a linear axis; pgfplots has no axis between two that its six digits write alike. */
const linearAxis = ([low, high]: [number, number]): string => (short(low) === short(high) ? 'ymode=linear' : `ymode=linear, ymin=${short(low)}, ymax=${short(high)}`);

/** A logarithmic axis has the ticks of the other formats; pgfplots' own are powers of ten, whatever the range. */
function logAxis([low, high]: [number, number], height: number): string {
  const { values, labels } = logTicks(low, high, Math.max(2, Math.floor((height * perMillimetre) / (3 * typeSize))));
  return `ymode=log, ymin=${short(low)}, ymax=${short(high)}, ytick={${values.map(short).join(',')}}, yticklabels={${labels.map((label) => latexText(label)).join(',')}}, minor tick num=0`;
}

function curvesPlot({ curves, xLabel, yLabel, percent, log }: CurvesData, figure: Figure): string[] {
  const columns = Math.ceil(2 * figure.width * perMillimetre);
  const scale = percent ? 100 : 1;
  const domain = domainOfCurves(curves, { scale, log });
  const legend = figure.legend === 'top' ? [legendAbove(curves.map(({ name }) => name), figure)] : figure.legend === 'inside' ? ['legend style={draw=none, fill opacity=0.85, text opacity=1}, legend cell align=left'] : [];
  return [
    ...colorsOf(curves.map(({ color }) => color)),
    '\\begin{tikzpicture}',
    `\\begin{axis}[${[`width=${figure.width}mm, height=${figure.height}mm, xlabel={${latexText(figure.xLabel ?? xLabel)}}, ylabel={${latexText(figure.yLabel ?? yLabel)}}, title={${latexText(figure.title)}}`, log ? logAxis(domain, figure.height) : linearAxis(domain), 'unbounded coords=jump, ymajorgrids', ...legend].join(', ')}]`,
    ...curves.flatMap((curve, index) => curveLines(curve, index, { scale, columns, named: figure.legend !== 'none' })),
    '\\end{axis}', '\\end{tikzpicture}',
  ];
}

function barsPlot({ bars, yLabel, percent, banded }: BarsData, figure: Figure): string[] {
  const scale = percent ? 100 : 1;
  const slot = (figure.width - 15) / Math.max(1, bars.length); // mm; what labels of the vertical axis leave
  const upright = bars.some(({ name }) => textWidth(name, typeSize) > slot * perMillimetre) ? ', x tick label style={rotate=90}' : '';
  const grounded = bars.every(({ mean, low }) => mean >= 0 && low >= 0) ? ', ymin=0' : '';
  return [
    ...colorsOf(bars.map(({ color }) => color)),
    '\\begin{tikzpicture}',
    `\\begin{axis}[ybar, bar shift=0pt, bar width=${short(0.55 * slot)}mm, xmin=-0.6, xmax=${short(bars.length - 0.4)}, width=${figure.width}mm, height=${figure.height}mm, xlabel={${latexText(figure.xLabel ?? '')}}, ylabel={${latexText(figure.yLabel ?? yLabel)}}, title={${latexText(figure.title)}}${grounded}, xtick={${bars.map((_, index) => index).join(',')}}, xticklabels={${bars.map(({ name }) => `{${latexText(name)}}`).join(',')}}${upright}, ymajorgrids]`,
    ...bars.map(({ mean, low, high, count }, index) => `\\addplot+[${colorName(index)}, fill=${colorName(index)}, error bars/.cd, y dir=both, y explicit, error bar style={black}] coordinates {(${index},${short(scale * mean)})${banded && count > 1 ? ` += (0,${short(scale * (high - mean))}) -= (0,${short(scale * (mean - low))})` : ''}};`),
    '\\end{axis}', '\\end{tikzpicture}',
  ];
}

/** Source of the figure, or null for parallel coordinates, which pgfplots has no plot for. */
export function toPgfplots(data: FigureData, figure: Figure): string | null {
  if (data.kind === 'parallel') return null;
  const preamble = ['% \\usepackage{xcolor, pgfplots}', '% \\pgfplotsset{compat=1.18}', '% \\usepgfplotslibrary{fillbetween}'];
  return [...preamble, ...(data.kind === 'curves' ? curvesPlot(data, figure) : barsPlot(data, figure)), ''].join('\n');
}
