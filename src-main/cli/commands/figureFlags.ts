// The flags of `vsgd-lab compare` for how a figure looks, and which files it is written to.
import { InvalidArgumentError, type Command } from 'commander';
import { columnWidths, figureFormats, LabError, tableFormats, type FigureFormat, type FigureInput, type FileChoice, type TableFormat } from '#contract';

export type FigureFlags = {
  width?: string; height?: number; fontSize?: number; legend?: string; title?: string; xLabel?: string; yLabel?: string; xMin?: number; xMax?: number; yMin?: number; yMax?: number; xTicks?: number[]; yTicks?: number[]; logX?: boolean;
  font?: string; lineWidth?: number; markers?: boolean; counts?: boolean; rename?: string[]; color?: string[]; panel?: string[];
};

/** A number, or a message of commander's. */
export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

const parseNumbers = (text: string): number[] => text.split(',').map(parseNumber);
/** Values of a flag that may be repeated. */
export const collect = (value: string, all: string[] = []): string[] => [...all, value];

function widthOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : text === 'single' || text === 'double' ? columnWidths[text] : parseNumber(text.replace(/mm$/, ''));
}

/** GROUP=VALUE in two parts; the group's own name may hold an equals sign. */
function pairOf(text: string, flag: string): [string, string] {
  const at = text.lastIndexOf('=');
  if (at <= 0) throw new LabError('USAGE', `${flag} takes GROUP=VALUE; it is '${text}'.`, { place: { key: flag } });
  return [text.slice(0, at), text.slice(at + 1)];
}

/** What the flags say of the figure; what they leave out keeps its default, or its saved value. @throws LabError USAGE */
export function figureOf(flags: FigureFlags): Partial<Record<keyof FigureInput, unknown>> {
  const { height, fontSize, legend, title, xLabel, yLabel, xMin, xMax, yMin, yMax, xTicks, yTicks, logX, font, lineWidth, markers, counts, rename, color, panel } = flags;
  const groups = new Map<string, { group: string; name?: string; color?: string }>();
  const settingsOf = (group: string) => groups.get(group) ?? groups.set(group, { group }).get(group)!;
  for (const text of rename ?? []) { const [group, name] = pairOf(text, '--rename'); settingsOf(group).name = name; }
  for (const text of color ?? []) { const [group, value] = pairOf(text, '--color'); settingsOf(group).color = value; }
  const all = {
    width: widthOf(flags.width), height, fontSize, legend, title, xLabel, yLabel, xMin, xMax, yMin, yMax, xTicks, yTicks, xLog: logX, font, lineWidth, markers,
    counts: counts === false ? false : undefined, panels: panel, groups: groups.size > 0 ? [...groups.values()] : undefined,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

const special: Record<string, FileChoice> = { pgfplots: { figure: 'tex' }, latex: { table: 'tex' }, markdown: { table: 'md' } };

/** The files of a zip archive by their names: a figure's formats, pgfplots, latex, markdown. @throws LabError USAGE */
export function choicesOf(formats: string): FileChoice[] {
  return formats.split(',').map((name) => {
    if (Object.hasOwn(special, name)) return special[name] as FileChoice;
    if (name !== 'tex' && (figureFormats as readonly string[]).includes(name)) return { figure: name as FigureFormat };
    if ((tableFormats as readonly string[]).includes(name)) return { table: name as TableFormat };
    throw new LabError('USAGE', `--formats has no '${name}'. It takes ${[...figureFormats.filter((format) => format !== 'tex'), ...Object.keys(special)].join(', ')}, separated by commas.`, { place: { key: '--formats' } });
  });
}

/** Declares the flags. */
export function addFigureFlags(command: Command): Command {
  return command
    .option('--width <mm>', 'millimetres, or single (84) or double (174)')
    .option('--height <mm>', 'millimetres', parseNumber)
    .option('--font-size <pt>', 'points', parseNumber)
    .option('--font <name>', 'inter or serif (the widths of Times)')
    .option('--legend <place>', 'top, right, bottom, inside or none')
    .option('--no-counts', 'legend without the number of runs')
    .option('--rename <group=name>', 'name of a group in this figure; may be repeated', collect)
    .option('--color <group=color>', 'color of a group in this figure, as #D55E00; may be repeated', collect)
    .option('--title <text>', 'above the figure')
    .option('--x-label <text>', 'below the horizontal axis')
    .option('--y-label <text>', 'of the vertical axis')
    .option('--x-min <value>', 'limit of the horizontal axis, as the axis shows it', parseNumber)
    .option('--x-max <value>', 'limit of the horizontal axis', parseNumber)
    .option('--y-min <value>', 'limit of the vertical axis, in percent for accuracies', parseNumber)
    .option('--y-max <value>', 'limit of the vertical axis', parseNumber)
    .option('--x-ticks <values>', 'ticks of the horizontal axis, separated by commas', parseNumbers)
    .option('--y-ticks <values>', 'ticks of the vertical axis', parseNumbers)
    .option('--log-x', 'logarithmic horizontal axis')
    .option('--line-width <pt>', 'points', parseNumber)
    .option('--markers', 'a mark at every point of curves with few points')
    .option('--panel <metric>', 'a further metric in a panel to the right; may be repeated', collect)
    .option('--dpi <number>', 'of a PNG', parseNumber);
}
