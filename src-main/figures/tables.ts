// Numbers of a comparison as text: CSV and JSON of what a figure draws; the table as Markdown, LaTeX, CSV and JSON.
import { besides, didYouMean, documentLines, documentText, LabError, type ComparisonTable, type TableCell, type TableColumn, type TableDifference, type TableRow } from '#contract';
import { latexText } from './latex.ts';
import type { FigureData } from './scene.ts';

/** A cell of CSV. A spreadsheet would run one that begins like a formula; a quote before it keeps it text. */
export function csvCell(value: string | number): string {
  const text = String(value);
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${documentLines(text)}` : documentLines(text);
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const csv = (rows: (string | number)[][]): string => `${rows.map((row) => row.map(csvCell).join(',')).join('\n')}\n`;

const markdownText = (text: string): string => documentText(text).replace(/[\\|*_`<>[\]]/g, '\\$&');

/** A number as its column writes it: shares in percent, seconds in whole ones. */
export function writeNumber(value: number, unit: TableColumn['unit']): string {
  if (unit === 'share') return (100 * value).toFixed(2);
  if (unit === 'steps') return Math.round(value).toString();
  if (unit === 'seconds') return value < 10 ? value.toFixed(2) : value.toFixed(0);
  return Number.isFinite(value) ? value.toPrecision(4) : String(value);
}

const headOf = ({ label, unit }: TableColumn): string => `${label}${unit === 'share' ? ' (%)' : unit === 'seconds' ? ' (s)' : ''}`;
/** Of a mean over fewer than all runs: over how many; a target may be reached by none. */
const shareOf = ({ count }: NonNullable<TableCell>, runs: number): string => (count < runs ? ` (${count} of ${runs})` : '');
const spreadOf = ({ mean, deviation, count }: NonNullable<TableCell>, unit: TableColumn['unit']): string => (count > 1 ? ` ± ${besides(writeNumber(mean, unit), unit === 'share' ? 100 * deviation : deviation)}` : '');

/** Times to a target: the median over all runs, and the mean where all have reached it. */
function targetOf({ cell, unit }: { cell: TableCell; unit: TableColumn['unit'] }, runs: number): string {
  if (cell === null) return `not reached (0 of ${runs})`;
  if (runs === 1) return writeNumber(cell.mean, unit);
  const median = typeof cell.median === 'number' ? `median ${writeNumber(cell.median, unit)}` : 'median not reached';
  return cell.count < runs ? `${median}${shareOf(cell, runs)}` : `${writeNumber(cell.mean, unit)}${spreadOf(cell, unit)}, ${median}`;
}

const cellOf = (cell: TableCell, { unit, target }: TableColumn, runs: number): string =>
  (target ? targetOf({ cell, unit }, runs) : cell ? `${writeNumber(cell.mean, unit)}${spreadOf(cell, unit)}${shareOf(cell, runs)}` : '');

const settled = ({ name, setting }: TableRow): string => (setting === null ? name : `${name} at ${setting}`);

function differenceOf(cell: TableDifference | null, metric: TableColumn['unit']): string {
  if (cell === null) return '';
  const signed = (value: number): string => `${value >= 0 ? '+' : '−'}${writeNumber(Math.abs(value), metric)}`;
  const interval = cell.count > 1 ? ` [${signed(cell.low)}, ${signed(cell.high)}]` : '';
  return `${signed(cell.mean)}${spreadOf(cell, metric)}${interval}${shareOf(cell, cell.of)}`;
}

/** The table as rows of text, the head first. */
export function tableRows({ columns, rows, baseline }: ComparisonTable, metric: TableColumn['unit'] = 'share'): string[][] {
  const paired = rows.some(({ difference }) => difference !== null);
  const head = ['group', 'runs', ...columns.map(headOf), ...(paired ? [`difference to ${baseline}, paired by seed`] : [])];
  return [head, ...rows.map((row) => [settled(row), String(row.runs.length), ...row.cells.map((cell, index) => cellOf(cell, columns[index] as TableColumn, row.runs.length)), ...(paired ? [differenceOf(row.difference, metric)] : [])])];
}

/** What is to be known before the numbers of a table are read, a sentence or two each. */
export function tableNotes({ rows, notes, difference }: ComparisonTable): string[] {
  const several = rows.some(({ cells }) => cells.some((cell) => cell !== null && cell.count > 1));
  const paired = rows.some((row) => row.difference !== null && row.difference.count > 1);
  return [
    ...notes,
    ...(several ? ['±: standard deviation over the runs of a group.'] : []),
    ...(paired ? [`Difference of the ${difference}: mean ± standard deviation over seeds [95 % confidence interval of the mean].`] : []),
  ];
}

export function tableMarkdown(table: ComparisonTable, metric?: TableColumn['unit']): string {
  const [head = [], ...body] = tableRows(table, metric).map((row) => row.map(markdownText));
  const lines = [head, head.map((_, index) => (index === 0 ? '---' : '--:')), ...body].map((row) => `| ${row.join(' | ')} |`).join('\n');
  const notes = tableNotes(table);
  return `${lines}\n${notes.length > 0 ? `\n${notes.map(markdownText).join('  \n')}\n` : ''}`;
}

/** Which end of a column is the better one; null where neither is, as of durations, which depend on the computer's load. */
function betterOf({ key, unit }: TableColumn): 'high' | 'low' | null {
  if (unit === 'share') return 'high';
  return key.includes('loss') || key.endsWith('to target') ? 'low' : null;
}

/** What a cell is judged by: its mean, and of a target the median over all runs; NaN where it has none. */
const judgedBy = (cell: TableCell | undefined, { target }: TableColumn): number => (target ? cell?.median : cell?.mean) ?? NaN;

/** The best of each column; NaN where there is none to choose. */
function bestOfColumns({ columns, rows }: ComparisonTable): number[] {
  return columns.map((column, index) => {
    const better = betterOf(column);
    const means = rows.map(({ cells }) => judgedBy(cells[index], column));
    const known = means.filter(Number.isFinite);
    if (better === null || known.length < 2) return NaN;
    return better === 'high' ? Math.max(...known) : Math.min(...known);
  });
}

/** A head of two lines where it is long, so that columns are as wide as their numbers. */
function latexHead(text: string): string {
  const words = text.split(' ');
  if (text.length <= 12 || words.length < 2) return latexText(text);
  const cut = words.reduce((best, _, at) => (at > 0 && Math.abs(words.slice(0, at).join(' ').length - text.length / 2) < Math.abs(words.slice(0, best).join(' ').length - text.length / 2) ? at : best), 1);
  return `\\shortstack[r]{${latexText(words.slice(0, cut).join(' '))}\\\\${latexText(words.slice(cut).join(' '))}}`;
}

/** The table for LaTeX with booktabs: the best of each column is bold, and a table wider than the text is scaled down to it. Its notes are comments, for the caption. */
export function tableLatex(table: ComparisonTable, metric?: TableColumn['unit']): string {
  const [head = [], ...body] = tableRows(table, metric);
  const best = bestOfColumns(table);
  const isBest = (at: number, index: number): boolean => { const column = table.columns[index]; return column !== undefined && Number.isFinite(best[index]) && judgedBy(table.rows[at]?.cells[index], column) === best[index]; };
  const lines = body.map((row, at) => `${row.map((text, column) => (isBest(at, column - 2) ? `\\textbf{${latexText(text)}}` : latexText(text))).join(' & ')} \\\\`);
  return [
    '% \\usepackage{booktabs, graphicx}', ...tableNotes(table).map((note) => `% caption: ${latexText(note)}`), '\\sbox0{%', `\\begin{tabular}{@{}l${'r'.repeat(head.length - 1)}@{}}`, '\\toprule', `${head.map((text, at) => (at === 0 ? latexText(text) : latexHead(text))).join(' & ')} \\\\`,
    '\\midrule', ...lines, '\\bottomrule', '\\end{tabular}}%', '\\ifdim\\wd0>\\linewidth\\resizebox{\\linewidth}{!}{\\usebox0}\\else\\usebox0\\fi', '',
  ].join('\n');
}

/** The table with the named columns alone, in their order; all where none is named. @throws LabError USAGE for a column that it lacks */
export function chooseColumns(table: ComparisonTable, keys: string[]): ComparisonTable {
  if (keys.length === 0) return table;
  const names = table.columns.map(({ key }) => key);
  const indices = keys.map((key) => {
    const index = names.indexOf(key);
    if (index < 0) throw new LabError('USAGE', `The table has no column '${key}'.${didYouMean(key, names)} It has ${names.map((name) => `'${name}'`).join(', ')}.`, { place: { key: 'columns' } });
    return index;
  });
  return { ...table, columns: indices.map((index) => table.columns[index] as TableColumn), rows: table.rows.map((row) => ({ ...row, cells: indices.map((index) => row.cells[index] ?? null) })) };
}

/** Every statistic of the table, one a row, in full precision; `runs` are those with a value, `of` all of the group; of a difference both count seeds, and `low` and `high` are its 95 % interval. A median that no run reached is empty. */
export const tableCsv = ({ columns, rows }: ComparisonTable): string => csv([
  ['group', 'metric', 'mean', 'deviation', 'runs', 'of', 'median', 'low', 'high', 'setting', 'description'],
  ...rows.flatMap(({ name, setting, description, runs, cells, difference }) => {
    const tail = [setting ?? '', description];
    return [
      ...cells.flatMap((cell, index) => (cell ? [[name, (columns[index] as TableColumn).key, cell.mean, cell.deviation, cell.count, runs.length, cell.median ?? '', '', '', ...tail]] : [])),
      ...(difference ? [[name, 'difference', difference.mean, difference.deviation, difference.count, difference.of, '', difference.low, difference.high, ...tail]] : []),
    ];
  }),
]);

/** The numbers that a figure draws, all of them, as rows. */
function numberRows(data: FigureData): (string | number)[][] {
  if (data.kind === 'curves') return [['group', 'runs', 'x', 'mean', 'low', 'high'], ...data.curves.flatMap(({ name, runs, xs, ys, low, high, counts, banded }) => Array.from(xs, (x, index) => { const count = counts?.[index] ?? runs; return [name, count, x, ys[index] as number, ...(banded && (count > 1 || runs === 1) ? [low[index] as number, high[index] as number] : ['', ''])]; }))];
  if (data.kind === 'bars') return [['group', 'runs', 'mean', 'low', 'high'], ...data.bars.map(({ name, count, mean, low, high }) => [name, count, mean, low, high])];
  return [['run', 'group', ...data.axes.map(({ label }) => label)], ...data.lines.map(({ name, group }, line) => [name, group, ...data.axes.map((axis) => { const value = axis.values[line]; return value == null ? '' : 'categories' in axis ? (axis.categories[value] as string) : value; })])];
}

export const numbersCsv = (data: FigureData): string => csv(numberRows(data));

/** The same numbers as JSON; values that are not finite by their names. */
export function numbersJson(data: FigureData, caption?: string): string {
  const [head = [], ...rows] = numberRows(data);
  const named = rows.map((row) => Object.fromEntries(row.map((value, index) => [String(head[index]), typeof value === 'number' && !Number.isFinite(value) ? String(value) : value])));
  return `${JSON.stringify({ kind: data.kind, ...(caption === undefined ? {} : { caption }), rows: named })}\n`;
}
