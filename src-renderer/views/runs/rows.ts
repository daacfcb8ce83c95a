// Rows of the table: runs in order, folded into groups by any keys, pinned ones on top.
import { optimizerOf, statisticOf, type RunView } from '#contract';
import { isActive } from '../../elements/runFacts.ts';
import type { Column, Value } from './columns.ts';
import { valueOf as lookUp } from './filter.ts';

export type RunRow = { kind: 'run'; id: string; run: RunView; depth: number; pinned: boolean };
export type GroupRow = { kind: 'group'; id: string; label: string; runs: RunView[]; depth: number; open: boolean };
export type Row = RunRow | GroupRow;
export type Arrangement = { groups: string[]; toggled: string[]; pinned: string[]; sort: Column | null; descending: boolean };

const isMissing = (value: Value): boolean => value === null || value === '' || (typeof value === 'number' && Number.isNaN(value));

function compare(x: Value, y: Value, descending: boolean): number {
  if (isMissing(x) || isMissing(y)) return Number(isMissing(x)) - Number(isMissing(y));
  const order = typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y), 'en', { numeric: true, sensitivity: 'base' });
  return descending ? -order : order;
}

/** Orders by a column; runs without a value come last either way. */
export function sortRuns(all: RunView[], column: Column | null, descending: boolean): RunView[] {
  if (column === null) return all;
  const keyed = all.map((run) => ({ run, value: column.valueOf(run) }));
  return keyed.sort((a, b) => compare(a.value, b.value, descending)).map(({ run }) => run);
}

/** A group's value in a column: mean and deviation of numbers; the common text, or how many differ. */
export function groupValue(runs: RunView[], column: Column): { text: string; deviation: string } {
  const values = runs.map(column.valueOf);
  const numbers = values.filter((value): value is number => typeof value === 'number' && !Number.isNaN(value));
  if (column.numeric && numbers.length > 0 && !values.some((value) => typeof value === 'string')) {
    const { mean, deviation, count } = statisticOf(numbers);
    return { text: column.format(mean), deviation: column.spread && count > 1 && deviation > 0 ? `± ${column.format(Number(deviation.toPrecision(2))).replace(' %', '').replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')}` : '' };
  }
  if (column.id === 'started') return { text: column.format(values.filter((value) => !isMissing(value)).sort()[0] ?? null), deviation: '' };
  const different = new Set(values.filter((value) => !isMissing(value)));
  return { text: different.size === 1 ? column.format([...different][0] ?? null) : different.size === 0 ? '' : `${different.size} values`, deviation: '' };
}

function groupLabel(key: string, runs: RunView[], value: string): string {
  if (key !== 'sweep') return value === '' ? 'none' : value;
  const [first] = runs as [RunView];
  const optimizers = new Set(runs.map(optimizerOf)).size;
  const seeds = new Set(runs.map(({ seed }) => seed)).size;
  const parts = [optimizers > 1 ? `${optimizers} optimizers` : '', seeds > 1 ? `${seeds} seeds` : ''].filter((part) => part !== '');
  const what = parts.length > 0 && optimizers * seeds === runs.length ? parts.join(' × ') : `${runs.length} runs`;
  return `${first.name.replace(/\s*[#(]?\d+\)?$/, '')}: ${what}`;
}

function arrange(runs: RunView[], { groups: [key, ...rest], ...how }: Arrangement, { path, depth }: { path: string; depth: number }): Row[] {
  if (key === undefined) return sortRuns(runs, how.sort, how.descending).map((run) => ({ kind: 'run', id: run.id, run, depth, pinned: false }));
  const found = [...Map.groupBy(runs, (run) => String((key === 'sweep' ? (run.sweep?.id ?? run.id) : lookUp(run, key)) ?? ''))];
  const averaged = (members: RunView[]): Value => {
    const values = members.map((run) => how.sort?.valueOf(run) ?? null);
    const numbers = values.filter((value): value is number => typeof value === 'number' && !Number.isNaN(value));
    return numbers.length > 0 ? statisticOf(numbers).mean : (values.find((value) => !isMissing(value)) ?? null);
  };
  const ordered = how.sort ? found.map((one) => ({ one, value: averaged(one[1]) })).sort((a, b) => compare(a.value, b.value, how.descending)).map(({ one }) => one) : found;
  return ordered.flatMap(([value, members]): Row[] => {
    if (key === 'sweep' && members.length === 1) return arrange(members, { ...how, groups: [] }, { path, depth });
    const id = `${path}/${value}`;
    const open = how.toggled.includes(id) !== members.some((run) => isActive(run) || run.state === 'queued'); // sweeps at work stand open, others folded, until toggled
    return [{ kind: 'group', id, label: groupLabel(key, members, value), runs: members, depth, open }, ...(open ? arrange(members, { ...how, groups: rest }, { path: id, depth: depth + 1 }) : [])];
  });
}

/** The rows to show, pinned runs first. */
export function buildRows(runs: RunView[], how: Arrangement): Row[] {
  const pinned = new Set(how.pinned);
  const top = sortRuns(runs.filter(({ id }) => pinned.has(id)), how.sort, how.descending).map((run): Row => ({ kind: 'run', id: run.id, run, depth: 0, pinned: true }));
  return [...top, ...arrange(pinned.size > 0 ? runs.filter(({ id }) => !pinned.has(id)) : runs, how, { path: '', depth: 0 })];
}
