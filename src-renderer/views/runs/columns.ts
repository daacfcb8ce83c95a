// Columns of the table: fixed ones, any configuration key, any metric as last, best or at a step. A column is a word in the address.
import { filterValue as lookUp, modelOf, optimizerOf, type RunView } from '#contract';
import { duration, moment, percent, significant, size, toNumber } from '../../elements/format.ts';
import { datasetTitle } from '../../elements/names.ts';
import { headlineOf, mainMetric, secondsOf } from '../../elements/runFacts.ts';

export type Value = number | string | null;
/**
 * `width` in pixels, with room for deviations beside the values of `spread`, and for the setting beside those that are `named`; `quiet` ones stand back;
 * on narrow windows columns leave in the order of `leaves`; `folds` is what a group shows of its runs' numbers; the values of `atStep` come from the core.
 */
export type Column = { id: string; label: string; width: number; numeric: boolean; quiet?: boolean; leaves?: number; spread?: boolean; named?: boolean; folds?: 'mean' | 'sum'; atStep?: { key: string; step: number }; valueOf(run: RunView): Value; format(value: Value): string; order?: (run: RunView) => Value };

const text = (value: Value): string => (value === null ? '' : String(value));
const asNumber = (format: (value: number) => string) => (value: Value): string => (value === null ? '' : format(Number(value)));
const finite = (value: number | null | undefined): number | null => (value === null || value === undefined ? null : value);

/** The room beside the accuracy of a folded group for the name of its best setting. */
export const settingWidth = 64;

const fixed: Column[] = [
  { id: 'state', label: 'State', width: 104, numeric: false, valueOf: ({ state }) => state, format: text },
  { id: 'name', label: 'Name', width: 152, numeric: false, valueOf: ({ name }) => name, format: text },
  { id: 'dataset', label: 'Data set', width: 100, numeric: false, quiet: true, leaves: 3, valueOf: ({ dataset }) => datasetTitle(dataset.name), format: text },
  { id: 'model', label: 'Model', width: 84, numeric: false, quiet: true, leaves: 1, valueOf: modelOf, format: text },
  { id: 'optimizer', label: 'Optimizer', width: 84, numeric: false, valueOf: optimizerOf, format: text },
  { id: 'curve', label: 'Accuracy', width: 96, numeric: false, leaves: 7, valueOf: () => null, format: text },
  { id: 'headline', label: 'Test accuracy', width: 152 + settingWidth, named: true, numeric: true, spread: true, folds: 'mean', valueOf: (run) => headlineOf(run)?.value ?? null, format: asNumber(percent) },
  { id: 'atbest', label: 'Test at best validation', width: 184, numeric: true, spread: true, folds: 'mean', valueOf: ({ testAtBest }) => finite(testAtBest?.value), format: asNumber(percent) },
  { id: 'best', label: 'Highest test accuracy', width: 184, numeric: true, spread: true, folds: 'mean', valueOf: (run) => finite(mainMetric(run)?.max), format: asNumber(percent) },
  { id: 'loss', label: 'Last loss', width: 72, numeric: true, quiet: true, leaves: 4, folds: 'mean', valueOf: ({ metrics }) => (metrics['train/loss'] ? toNumber(metrics['train/loss'].last) : null), format: asNumber(significant) },
  { id: 'progress', label: 'Progress', width: 92, numeric: true, leaves: 8, valueOf: ({ step, totalSteps }) => (totalSteps ? step / totalSteps : 0), format: asNumber(percent) },
  { id: 'started', label: 'Started', width: 64, numeric: true, quiet: true, leaves: 2, valueOf: ({ startedAt }) => startedAt, format: (value) => moment(value === null ? null : String(value)) },
  { id: 'duration', label: 'Duration', width: 84, numeric: true, leaves: 6, valueOf: (run) => secondsOf(run, Date.now()), format: asNumber(duration) },
  { id: 'disk', label: 'Disk', width: 92, numeric: true, folds: 'sum', valueOf: ({ diskBytes }) => diskBytes, format: asNumber(size) },
  { id: 'seed', label: 'Seed', width: 72, numeric: true, valueOf: ({ seed }) => seed, format: text },
  { id: 'engine', label: 'Engine', width: 96, numeric: false, valueOf: ({ engine }) => engine?.name ?? null, format: text },
  { id: 'notes', label: 'Notes', width: 200, numeric: false, valueOf: ({ notes }) => notes || null, format: text },
  { id: 'tags', label: 'Tags', width: 96, numeric: false, quiet: true, leaves: 5, valueOf: ({ tags }) => tags.join(' ') || null, format: text },
];
export const fixedColumns: ReadonlyMap<string, Column> = new Map(fixed.map((column) => [column.id, column]));
/** The room beside values for their deviations; a table without groups has none. */
export const spreadWidth = 52;
const boxWidth = 44; // before the columns: what chooses a row
export const widthOf = (columns: readonly Column[]): number => boxWidth + columns.reduce((sum, { width }) => sum + width, 0);

/** The columns that have room in so many pixels: those that may leave do so one after the other. */
export function fitting(columns: readonly Column[], room: number): Column[] {
  const leaving = columns.filter(({ leaves }) => leaves !== undefined).sort((a, b) => (a.leaves as number) - (b.leaves as number));
  let kept = [...columns];
  for (const one of leaving) if (widthOf(kept) > room) kept = kept.filter(({ id }) => id !== one.id);
  return kept;
}

export const defaultColumns = ['state', 'name', 'dataset', 'model', 'optimizer', 'curve', 'headline', 'loss', 'progress', 'started', 'duration', 'tags'];

/** Room for a label in its head, within reason. */
const headWidth = (label: string, least: number): number => Math.max(least, Math.min(216, 40 + Math.round(6.6 * label.length)));

function metricColumn(kind: 'last' | 'best' | 'at', rest: string): Column | null {
  const [key = '', step = ''] = kind === 'at' ? (/^(.*)@(\d+)$/.exec(rest)?.slice(1) ?? []) : [rest];
  if (key === '') return null;
  const share = key.includes('accuracy');
  const valueOf = ({ metrics }: RunView): Value => {
    const summary = metrics[key];
    return summary === undefined ? null : kind === 'best' ? finite(share ? summary.max : summary.min) : toNumber(summary.last);
  };
  const label = kind === 'at' ? `${key} at ${Number(step).toLocaleString('en-US')}` : `${kind} ${key}`;
  return { id: `${kind}:${rest}`, label, width: headWidth(label, 152), numeric: true, spread: true, folds: 'mean', valueOf, format: asNumber(share ? percent : significant), ...(kind === 'at' ? { atStep: { key, step: Number(step) } } : {}) };
}

/** The column of a word; null where the word names none. */
export function columnOf(id: string): Column | null {
  const known = fixedColumns.get(id);
  if (known) return known;
  const [, kind, rest] = /^(last|best|at|config):(.+)$/.exec(id) ?? [];
  if (!kind || !rest) return null;
  if (kind !== 'config') return metricColumn(kind as 'last' | 'best' | 'at', rest);
  const label = rest.split('.').slice(-2).join('.');
  const valueOf = (run: RunView): Value => { const value = lookUp(run, rest); return value === null || value === undefined ? null : typeof value === 'number' ? value : typeof value === 'string' ? value : JSON.stringify(value); };
  return { id, label, width: headWidth(label, 104), numeric: true, valueOf, format: text };
}

/** The columns of an address, each once; the usual ones where it names none. */
export const columnsOf = (query: string | undefined): Column[] =>
  [...new Set(query ? query.split(',') : defaultColumns)].flatMap((id) => columnOf(id) ?? []);
