// A figure as source for pgfplots: to be read by \input, set in the paper's own type.
import { decimate, type Figure } from '#contract';
import { latexText } from './latex.ts';
import { perMillimetre, type BarsData, type CurvesData, type FigureCurve, type FigureData } from './scene.ts';

const colorName = (index: number): string => `vsgdlab${String.fromCharCode(97 + index)}`;
const short = (value: number): string => String(Number(value.toPrecision(6)));

const colorsOf = (colors: string[]): string[] => colors.map((color, index) => `\\definecolor{${colorName(index)}}{HTML}{${color.slice(1).toUpperCase()}}`);

function coordinates({ xs, ys }: { xs: Float64Array; ys: Float64Array }, scale: number, columns: number): string {
  return decimate(xs, ys, columns).map((at) => (Number.isFinite(ys[at]) ? `(${short(xs[at] as number)},${short(scale * (ys[at] as number))})` : `(${short(xs[at] as number)},nan)`)).join(' ');
}

function curveLines(curve: FigureCurve, index: number, { scale, columns }: { scale: number; columns: number }): string[] {
  const { xs, ys, low, high, banded, name, dash = [] } = curve;
  const color = colorName(index);
  const edge = (label: string, values: Float64Array) => `\\addplot[draw=none, name path=${label}${index}, forget plot] coordinates {${coordinates({ xs, ys: values }, scale, columns)}};`;
  return [
    ...(banded ? [edge('low', low), edge('high', high), `\\addplot[${color}, fill opacity=0.2, forget plot] fill between[of=low${index} and high${index}];`] : []),
    `\\addplot[${color}, thick${dash.length > 0 ? `, dash pattern=on ${dash[0]}pt off ${dash[1]}pt` : ''}] coordinates {${coordinates({ xs, ys }, scale, columns)}};`,
    `\\addlegendentry{${latexText(name)}}`,
  ];
}

function curvesPlot({ curves, xLabel, yLabel, percent, log }: CurvesData, figure: Figure): string[] {
  const columns = Math.ceil(2 * figure.width * perMillimetre);
  const legend = figure.legend === 'none' ? 'legend style={draw=none, /tikz/every even column/.append style={opacity=0}}' : figure.legend === 'top' ? 'legend style={at={(0.5,1.03)}, anchor=south, draw=none}, legend columns=-1' : 'legend style={draw=none}';
  return [
    ...colorsOf(curves.map(({ color }) => color)),
    '\\begin{tikzpicture}',
    `\\begin{axis}[width=${figure.width}mm, height=${figure.height}mm, xlabel={${latexText(figure.xLabel ?? xLabel)}}, ylabel={${latexText(figure.yLabel ?? yLabel)}}, title={${latexText(figure.title)}}, ymode=${log ? 'log' : 'linear'}, unbounded coords=jump, ymajorgrids, ${legend}]`,
    ...curves.flatMap((curve, index) => curveLines(curve, index, { scale: percent ? 100 : 1, columns })),
    '\\end{axis}', '\\end{tikzpicture}',
  ];
}

function barsPlot({ bars, yLabel, percent, banded }: BarsData, figure: Figure): string[] {
  const scale = percent ? 100 : 1;
  return [
    ...colorsOf(bars.map(({ color }) => color)),
    '\\begin{tikzpicture}',
    `\\begin{axis}[ybar, bar shift=0pt, width=${figure.width}mm, height=${figure.height}mm, ylabel={${latexText(figure.yLabel ?? yLabel)}}, title={${latexText(figure.title)}}, ymin=0, xtick={${bars.map((_, index) => index).join(',')}}, xticklabels={${bars.map(({ name }) => `{${latexText(name)}}`).join(',')}}, ymajorgrids]`,
    ...bars.map(({ mean, low, high, count }, index) => `\\addplot+[${colorName(index)}, fill=${colorName(index)}, error bars/.cd, y dir=both, y explicit] coordinates {(${index},${short(scale * mean)})${banded && count > 1 ? ` += (0,${short(scale * (high - mean))}) -= (0,${short(scale * (mean - low))})` : ''}};`),
    '\\end{axis}', '\\end{tikzpicture}',
  ];
}

/** Source of the figure, or null for parallel coordinates, which pgfplots has no plot for. */
export function toPgfplots(data: FigureData, figure: Figure): string | null {
  if (data.kind === 'parallel') return null;
  const preamble = ['% \\usepackage{xcolor, pgfplots}', '% \\pgfplotsset{compat=1.18}', '% \\usepgfplotslibrary{fillbetween}'];
  return [...preamble, ...(data.kind === 'curves' ? curvesPlot(data, figure) : barsPlot(data, figure)), ''].join('\n');
}
