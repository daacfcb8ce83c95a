// The files of a comparison: its figure, its table, and several of them as one zip archive.
import { LabError, type Comparison, type Figure, type FigureFormat, type FileChoice, type MadeFile, type TableFormat } from '#contract';
import { chooseColumns, createScene, numbersCsv, numbersJson, tableCsv, tableLatex, tableMarkdown, toPdf, toPgfplots, toPng, toSvg, unsetInLatex, unshownIn, type FigureData } from '#figures';
import type { Lab } from '../lab.ts';
import { captionOf, figureData } from './figures.ts';
import { comparisonTable, isShare } from './table.ts';

const types: Record<FigureFormat | TableFormat, string> = { svg: 'image/svg+xml', pdf: 'application/pdf', png: 'image/png', tex: 'application/x-tex', csv: 'text/csv', json: 'application/json', md: 'text/markdown' };
const fileName = ({ metric, kind }: Comparison, ending: string): string => `${metric.replaceAll(/[^A-Za-z0-9]+/g, '-')}-${kind}.${ending}`;
const text = (name: string, type: string, content: string): MadeFile => ({ name, type, encoding: 'utf8', content });

/** Names and colors as the figure's settings have them. */
function styled(data: FigureData, { counts, groups }: Figure): FigureData {
  if (data.kind === 'parallel') return data;
  const restyle = <T extends { name: string; color: string }>(item: T): T => {
    const count = / \(n = \d+\)$/.exec(item.name)?.[0] ?? '';
    const own = item.name.slice(0, item.name.length - count.length);
    const settings = groups.find(({ group }) => group === own || group === item.name);
    return { ...item, name: `${settings?.name || own}${counts ? count : ''}`, color: settings?.color ?? item.color };
  };
  return data.kind === 'curves' ? { ...data, curves: data.curves.map(restyle) } : { ...data, bars: data.bars.map(restyle) };
}

/** The data of every panel. */
const panelData = (lab: Lab, comparison: Comparison, figure: Figure): FigureData[] =>
  [comparison.metric, ...(comparison.kind === 'parallel' ? [] : figure.panels)].map((metric) => styled(figureData(lab, { ...comparison, metric }), figure));

type FigureRequest = { comparison: Comparison; figure: Figure; format: FigureFormat; dpi?: number };

function pgfplotsFile(data: FigureData[], { comparison, figure }: FigureRequest, caption: string): MadeFile {
  const source = toPgfplots(data, figure, caption);
  if (source === null) throw new LabError('USAGE', 'pgfplots has no parallel coordinates; take PDF, or another kind of figure.', { place: { key: 'format' } });
  const names = data.flatMap((panel) => (panel.kind === 'curves' ? panel.curves.map(({ name }) => name) : panel.kind === 'bars' ? panel.bars.map(({ name }) => name) : []));
  const unset = unsetInLatex([...names, figure.title, figure.xLabel ?? '', figure.yLabel ?? '']);
  return { ...text(fileName(comparison, 'tex').replace('.tex', '-pgfplots.tex'), types.tex, source), caption, ...(unset === '' ? {} : { unshown: unset }) };
}

/** The figure of a comparison as a file. @throws LabError NOT_FOUND; USAGE where a format cannot hold the figure */
export async function makeFigure(lab: Lab, request: FigureRequest): Promise<MadeFile> {
  const { comparison, figure, format, dpi = 600 } = request;
  const [name, type] = [fileName(comparison, format), types[format]];
  const caption = captionOf(lab, comparison, comparison.kind === 'parallel' ? [] : figure.panels);
  if (format === 'csv') return { ...text(name, type, numbersCsv(figureData(lab, comparison))), caption };
  if (format === 'json') return { ...text(name, type, numbersJson(figureData(lab, comparison), caption)), caption };
  const data = panelData(lab, comparison, figure);
  if (format === 'tex') return pgfplotsFile(data, request, caption);
  const scene = { ...createScene(data, figure), caption };
  const unshown = unshownIn(scene);
  const about = { caption, ...(unshown === '' ? {} : { unshown }) };
  if (format === 'svg') return { ...text(name, type, toSvg(scene)), ...about };
  const bytes = format === 'pdf' ? await toPdf(scene) : await toPng(scene, dpi);
  return { name, type, encoding: 'base64', content: bytes.toString('base64'), ...about };
}

/** The table of a comparison as a file. @throws LabError NOT_FOUND; USAGE for a column that it lacks */
export function makeTable(lab: Lab, comparison: Comparison, format: TableFormat): MadeFile {
  const table = chooseColumns(comparisonTable(lab, comparison), comparison.columns);
  const unit = isShare(comparison.metric) ? 'share' : 'number';
  const content = { md: () => tableMarkdown(table, unit), tex: () => tableLatex(table, unit), csv: () => tableCsv(table), json: () => `${JSON.stringify(table)}\n` }[format]();
  const unset = format === 'tex' ? unsetInLatex([...table.rows.map(({ name }) => name), table.baseline ?? '']) : '';
  return { ...text(`comparison.${format}`, types[format], content), ...(unset === '' ? {} : { unshown: unset }) };
}

/** Zip archives count time from here; every archive of the same files has the same bytes. */
const epoch = new Date(1980, 0, 1);

/** Several files of a comparison: the one file that was chosen, or a zip archive of all. @throws LabError as `makeFigure` and `makeTable` */
export async function makeFiles(lab: Lab, { comparison, figure, files, dpi }: Omit<FigureRequest, 'format'> & { files: FileChoice[] }): Promise<MadeFile> {
  const made: MadeFile[] = [];
  for (const choice of files) made.push('table' in choice ? makeTable(lab, comparison, choice.table) : await makeFigure(lab, { comparison, figure, format: choice.figure, ...(dpi === undefined ? {} : { dpi }) }));
  const [only] = made;
  if (made.length === 1 && only) return only;
  const { zipSync } = await import('fflate');
  const entries = Object.fromEntries(made.map(({ name, content, encoding }) => [name, [new Uint8Array(Buffer.from(content, encoding)), { mtime: epoch }] as const]));
  const unshown = [...new Set(made.flatMap((file) => [...(file.unshown ?? '')]))].join('');
  const caption = made.find((file) => file.caption !== undefined)?.caption;
  return {
    name: fileName(comparison, 'zip'), type: 'application/zip', encoding: 'base64', content: Buffer.from(zipSync(entries as Parameters<typeof zipSync>[0])).toString('base64'),
    ...(caption === undefined ? {} : { caption }), ...(unshown === '' ? {} : { unshown }),
  };
}
