// A comparison and the figure of it, as they are asked for, saved and drawn again.
import { z } from 'zod';
import { comparisonAxes } from './axes.ts';
import { settingModes } from './settings.ts';
import { bands } from './statistics.ts';

/** How the page lays out curves. */
export const comparisonCharts = ['one', 'metrics'] as const;

/** What is compared, and how. The same comparison of the same runs gives the same bytes. */
export const comparisonSchema = z.strictObject({
  runs: z.array(z.string().min(1).max(200)).min(1).max(1000).meta({ description: 'Ids of runs.' }),
  by: z.string().max(1000).default('').meta({ description: "What makes a group: '' the optimizer, 'run' every run, else configuration keys between commas." }),
  settings: z.enum(settingModes).default('best').meta({ description: 'Of a group of several settings: the best one by validation, all of them, or a group for each.' }),
  finishedOnly: z.boolean().default(false).meta({ description: 'Leaves out runs that are not finished.' }),
  kind: z.enum(['curves', 'bars', 'parallel']).default('curves').meta({ description: 'Curves over steps, bars of final values, or parallel coordinates of a sweep.' }),
  metric: z.string().min(1).max(200).default('test/accuracy'),
  x: z.enum(comparisonAxes).default('step').meta({ description: 'Horizontal axis of curves: iterations, epochs, seconds since the start, or the time of day.' }),
  band: z.enum(bands).default('deviation').meta({ description: 'Drawn around the mean over the runs of a group.' }),
  smoothing: z.number().min(0).max(0.999).default(0).meta({ description: 'Weight of the past in the debiased exponential average.' }),
  log: z.boolean().default(false).meta({ description: 'Logarithmic vertical axis.' }),
  baseline: z.string().max(1000).nullable().default(null).meta({ description: 'Group to which differences are taken, paired by seed.' }),
  target: z.number().nullable().default(null).meta({ description: 'Value of the metric whose first reaching is timed.' }),
  hidden: z.array(z.string().max(1000)).max(1000).default([]).meta({ description: 'Groups by name, and single runs by id, that the figure leaves out.' }),
  columns: z.array(z.string().max(200)).max(50).default([]).meta({ description: 'Columns of exported tables, by key and in this order; all where none is named.' }),
  charts: z.enum(comparisonCharts).default('one').meta({ description: 'Curves on the page: one chart of the metric, or a small one for every metric. Figures are of the metric.' }),
});
export type Comparison = z.infer<typeof comparisonSchema>;
export type ComparisonInput = z.input<typeof comparisonSchema>;

const limit = z.number().nullable().default(null);
const ticks = z.array(z.number()).min(1).max(50).nullable().default(null);

/** How the figure looks on paper. Sizes in millimetres, type and lines in points, limits and ticks in what the axis shows (percent for shares). */
export const figureSchema = z.strictObject({
  width: z.number().min(30).max(400).default(84).meta({ description: 'mm; one column is about 84, two are about 174' }),
  height: z.number().min(20).max(400).default(58).meta({ description: 'mm' }),
  fontSize: z.number().min(4).max(24).default(8).meta({ description: 'pt' }),
  legend: z.enum(['top', 'right', 'bottom', 'inside', 'none']).default('top'),
  counts: z.boolean().default(true).meta({ description: 'The number of runs behind each name in the legend.' }),
  groups: z.array(z.strictObject({ group: z.string().max(1000), name: z.string().max(200).optional(), color: z.string().regex(/^#[0-9a-fA-F]{6}$/).optional() })).max(200).default([]).meta({ description: 'Names and colors of groups in this figure.' }),
  title: z.string().max(200).default(''),
  xLabel: z.string().max(200).nullable().default(null).meta({ description: 'null: what the axis shows' }),
  yLabel: z.string().max(200).nullable().default(null).meta({ description: 'null: the metric' }),
  xMin: limit, xMax: limit, yMin: limit, yMax: limit,
  xTicks: ticks, yTicks: ticks,
  xLog: z.boolean().default(false).meta({ description: 'Logarithmic horizontal axis of curves.' }),
  font: z.enum(['inter', 'serif']).default('inter').meta({ description: "Inter, or Tinos, which has the widths of Times." }),
  lineWidth: z.number().min(0.25).max(4).default(1).meta({ description: 'pt' }),
  markers: z.boolean().default(false).meta({ description: 'A mark at every point of curves with few points.' }),
  panels: z.array(z.string().min(1).max(200)).max(3).default([]).meta({ description: 'Further metrics, each in a panel of its own to the right.' }),
});
export type Figure = z.infer<typeof figureSchema>;
export type FigureInput = z.input<typeof figureSchema>;

/** Widths of one and of two columns in mm. */
export const columnWidths = { single: 84, double: 174 } as const;

export const figureFormats = ['svg', 'pdf', 'png', 'tex', 'csv', 'json'] as const;
export const tableFormats = ['md', 'tex', 'csv', 'json'] as const;
export type FigureFormat = (typeof figureFormats)[number];
export type TableFormat = (typeof tableFormats)[number];

/** A comparison under a name, in HOME/comparisons. */
export const savedComparisonSchema = z.strictObject({ version: z.literal(1), name: z.string().trim().min(1).max(80), comparison: comparisonSchema, figure: figureSchema });
export type SavedComparison = z.infer<typeof savedComparisonSchema>;

/** How a file ended that the page saved in the desktop app; `path` is empty where nothing was saved. */
export type SavedFile = { name: string; path: string; state: 'saved' | 'cancelled' | 'failed' };

/** A file for a person: text, or bytes in base64. `unshown`: characters that its type lacks, each printed as a question mark. `remarks`: what else the reader of the file must know. `caption`: what a figure shows, in sentences. */
export type MadeFile = { name: string; type: string; encoding: 'utf8' | 'base64'; content: string; unshown?: string; remarks?: string[]; caption?: string };

/** One file of an export: the figure or its numbers, or the table, in a format. */
export const fileChoice = z.union([z.strictObject({ figure: z.enum(figureFormats) }), z.strictObject({ table: z.enum(tableFormats) })]);
export type FileChoice = z.infer<typeof fileChoice>;

/** One column of the comparison's table; `unit` tells how its numbers are written, `target` that they are times until a target is reached. */
export type TableColumn = { key: string; label: string; unit: 'share' | 'number' | 'seconds' | 'steps'; target?: boolean };
/** A cell: mean and deviation over the runs that have a value, or null where none has. Of a target `median` is over all runs, where one that has not reached it is later than all that have: null where that is the middle one. Of a difference `count` are the seeds that both groups have, `of` all of the group. */
export type TableCell = { mean: number; deviation: number; count: number; median?: number | null } | null;
export type TableDifference = NonNullable<TableCell> & { low: number; high: number; of: number };
/** `name` is the group's; `setting` the one that was chosen for it; `description` says what its runs are. */
export type TableRow = { name: string; setting: string | null; description: string; color: string; variant: number; runs: string[]; cells: TableCell[]; difference: TableDifference | null };
/** `difference`: of which value differences are. `notes`: what is to be known before the numbers are read, a sentence or two each. */
export type ComparisonTable = { columns: TableColumn[]; rows: TableRow[]; baseline: string | null; difference: string; notes: string[] };
