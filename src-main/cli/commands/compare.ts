// `vsgd-lab compare`: the table of a comparison on the terminal or as text, its figure as a file, saved comparisons.
import { writeFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type { Command } from 'commander';
import type { z } from 'zod';
import { issueMessage } from '#config';
import { comparisonSchema, figureFormats, figureSchema, LabError, tableFormats, type ComparisonTable, type FigureFormat, type MadeFile, type SavedComparison, type TableFormat } from '#contract';
import { chooseColumns, tableNotes, tableRows } from '#figures';
import { checkComparison, comparisonTable, describeUnfinished, getComparison, listComparisons, makeFigure, makeFiles, makeTable, presentRuns, removeComparison, saveComparison, selectRuns, type Lab } from '#services';
import { print, printJson, printText, remark, table, writingTo } from '../output.ts';
import { addFigureFlags, choicesOf, collect, figureOf, parseNumber, type FigureFlags } from './figureFlags.ts';
import type { Shared, WithLab } from './shared.ts';

type CompareFlags = Shared & FigureFlags & {
  by?: string; settings?: string; finishedOnly?: boolean; kind?: string; metric?: string; x?: string; band?: string; smoothing?: number; log?: boolean; baseline?: string; target?: number; hide?: string[];
  csv?: boolean; markdown?: boolean; latex?: boolean; out?: string; table?: boolean; formats?: string; columns?: string; dpi?: number; save?: string; saved?: string; list?: boolean; remove?: string;
};

/** The table as the terminal shows it, its notes below. */
export const shownTable = (made: ComparisonTable, metric: string): string => [table(tableRows(made, metric.includes('accuracy') ? 'share' : 'number')), ...tableNotes(made)].join('\n');

const told = <T>(values: Record<string, T>): Record<string, T> => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** The flag of a field: --x-label of xLabel. */
const flagOf = (field: string): string => `--${({ hidden: 'hide' }[field] ?? field).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The first thing that is wrong with a flag's value. */
function flagFault({ issues: [issue] }: z.ZodError, flags: CompareFlags): LabError {
  const field = String(issue?.path[0] ?? '');
  const key = flagOf(field);
  return new LabError('USAGE', `${key} ${issue ? issueMessage(issue, flags[field as keyof CompareFlags]) : 'cannot be read'}.`, { place: { key } });
}

/** What flags ask for, over what was saved, and how many of the saved runs are gone. @throws LabError USAGE */
function requested(lab: Lab, references: string[], flags: CompareFlags): { asked: Omit<SavedComparison, 'version'>; missing: number } {
  const saved = flags.saved === undefined ? null : getComparison(lab, flags.saved);
  const runs = references.length > 0 ? selectRuns(lab, references) : saved ? presentRuns(lab, saved) : [];
  if (runs.length === 0) throw new LabError('USAGE', 'Say which runs to compare: ids, names, or conditions (tag:study lr<0.05); or --saved NAME. vsgd-lab runs list shows the runs.');
  const { by, settings, finishedOnly, kind, metric, x, band, smoothing, log, baseline, target, hide } = flags;
  const columns = flags.columns?.split(',').map((key) => key.trim());
  const comparison = comparisonSchema.safeParse({ ...saved?.comparison, ...told({ by, settings, finishedOnly, kind, metric, x, band, smoothing, log, baseline, target, hidden: hide, columns }), runs });
  const figure = figureSchema.safeParse({ ...saved?.figure, ...figureOf(flags) });
  for (const parsed of [comparison, figure]) if (!parsed.success) throw flagFault(parsed.error, flags);
  const asked = { name: flags.save ?? flags.saved ?? 'comparison', comparison: comparison.data as SavedComparison['comparison'], figure: figure.data as SavedComparison['figure'] };
  return { asked, missing: saved && references.length === 0 ? saved.comparison.runs.length - runs.length : 0 };
}

async function makeFile(lab: Lab, { comparison, figure }: Omit<SavedComparison, 'version'>, flags: CompareFlags): Promise<MadeFile> {
  const format = extname(flags.out as string).slice(1).toLowerCase();
  if (format === 'zip') return makeFiles(lab, { comparison, figure, files: choicesOf(flags.formats ?? 'pdf,svg,png,pgfplots,latex,csv'), dpi: flags.dpi });
  if (format === 'md' || (flags.table && (tableFormats as readonly string[]).includes(format))) return makeTable(lab, comparison, format as TableFormat);
  if (!(figureFormats as readonly string[]).includes(format) || flags.table) {
    throw new LabError('USAGE', `--out must end in ${flags.table ? '.md, .tex, .csv or .json for a table' : `.${figureFormats.join(', .')} for a figure and its numbers, .md for the table, or .zip for several (--formats)`}; it is '${basename(flags.out as string)}'.`, { place: { key: '--out' } });
  }
  return makeFigure(lab, { comparison, figure, format: format as FigureFormat, dpi: flags.dpi });
}

/** Names the characters that the file's type lacks. */
function tellUnshown({ unshown, type }: MadeFile): void {
  if (unshown) remark(`${type === 'application/x-tex' ? 'pdflatex cannot set' : 'The type of the figure has no'} ${[...unshown].join(' ')}; a question mark replaces each.`);
}

async function compare(lab: Lab, references: string[], flags: CompareFlags): Promise<number> {
  if (flags.list) {
    const saved = listComparisons(lab);
    if (flags.json) printJson(saved);
    else print(saved.length === 0 ? 'No comparison is saved. compare RUN… --save NAME saves one.' : table([['name', 'kind', 'metric', 'runs'], ...saved.map(({ name, comparison: { kind, metric, runs } }) => [name, kind, metric, String(runs.length)])]));
    return 0;
  }
  if (flags.remove !== undefined) {
    removeComparison(lab, flags.remove);
    remark(`Forgot the comparison '${flags.remove}'; its runs stay.`);
    return 0;
  }
  const { asked, missing } = requested(lab, references, flags);
  if (missing > 0) remark(`${missing} of the ${missing + asked.comparison.runs.length} runs ${missing === 1 ? 'is' : 'are'} gone or in the trash.`);
  checkComparison(lab, asked.comparison, { metric: flags.metric !== undefined || flags.out !== undefined, groups: missing === 0 }); // what is gone may be named
  const unfinished = describeUnfinished(lab, asked.comparison);
  if (unfinished !== null && !flags.quiet) remark(unfinished);
  if (flags.save !== undefined) remark(`Saved the comparison '${saveComparison(lab, asked).name}'.`);
  if (flags.out !== undefined) {
    const made = await makeFile(lab, asked, flags);
    const { out } = flags;
    await writingTo(out, () => writeFileSync(out, Buffer.from(made.content, made.encoding)));
    if (made.caption !== undefined && !flags.quiet) remark(made.caption);
    tellUnshown(made);
    if (!flags.quiet) remark(`Wrote ${flags.out}.`);
    if (flags.json) printJson({ file: flags.out });
    return 0;
  }
  const text = flags.csv ? 'csv' : flags.markdown ? 'md' : flags.latex ? 'tex' : null;
  if (flags.json) printJson(comparisonTable(lab, asked.comparison));
  else if (text) {
    const made = makeTable(lab, asked.comparison, text);
    printText(made.content);
    tellUnshown(made);
  } else print(shownTable(chooseColumns(comparisonTable(lab, asked.comparison), asked.comparison.columns), asked.comparison.metric));
  return 0;
}

export function registerCompare(program: Command, withLab: WithLab): void {
  const command = program.command('compare')
    .description('compare runs: mean ± deviation of final and best values over groups, as a table or a figure')
    .argument('[runs...]', 'ids, beginnings or ends of ids, names, parts of names; or conditions as in the app: tag:study')
    .option('--by <keys>', "what makes the groups: configuration keys between commas, 'run', or else the optimizer")
    .option('--settings <mode>', 'of a group of several settings: best (by validation, the default), all, or each as a group')
    .option('--finished-only', 'leave out runs that are not finished')
    .option('--metric <key>', 'what is drawn, timed and paired (default test/accuracy)')
    .option('--kind <kind>', 'curves, bars or parallel')
    .option('--x <axis>', 'step, epoch, seconds or wall')
    .option('--band <band>', 'deviation, error, range, ci95 or none')
    .option('--smoothing <weight>', 'weight of the past, 0 to 0.999', parseNumber)
    .option('--log', 'logarithmic vertical axis')
    .option('--baseline <group>', 'differences are taken to this group, paired by seed')
    .option('--target <value>', 'tell steps and time until the metric reaches it', parseNumber)
    .option('--hide <group>', 'leave a group, or a run by its id, out of the figure; may be repeated', collect)
    .option('--out <file>', 'write the figure: .svg, .pdf, .png, .tex (pgfplots); its numbers: .csv, .json; the table: .md; several: .zip')
    .option('--formats <names>', 'with --out FILE.zip: pdf, svg, png, csv, json, pgfplots, latex, markdown')
    .option('--columns <keys>', 'columns of the table and their order, separated by commas')
    .option('--table', 'with --out: the table, also as .tex (booktabs), .csv, .json')
    .option('--save <name>', 'save the comparison and its looks under a name').option('--saved <name>', 'take a saved one; flags change it')
    .option('--list', 'list saved comparisons').option('--remove <name>', 'forget a saved one')
    .option('--csv', 'the table as CSV').option('--markdown', 'the table as Markdown').option('--latex', 'the table as LaTeX (booktabs)');
  addFigureFlags(command).action(async (references: string[]) => {
    const flags = command.optsWithGlobals<CompareFlags>();
    await withLab(flags, (lab) => compare(lab, references, flags));
  });
}
