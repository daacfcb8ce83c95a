// Rows of the table: runs in order, folded into groups by any keys, pinned ones on top.
import { bestSetting, besides, describeChoice, filterValue as lookUp, modelOf, optimizerOf, statisticOf, type RunView } from '#contract';
import { isActive } from '../../elements/runFacts.ts';
import type { Column, Value } from './columns.ts';

/** `label`: the run's name, or in a group what tells it from the others; `alike`: columns whose value its group tells already. */
export type RunRow = { kind: 'run'; id: string; run: RunView; label: string; alike: string[]; depth: number; pinned: boolean };
/** `remark`: how many of what, beside the label. */
export type GroupRow = { kind: 'group'; id: string; label: string; remark: string; runs: RunView[]; depth: number; open: boolean };
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

/** Mean and deviation as exact as they are. */
export const exactly = ({ mean, deviation, count }: { mean: number; deviation: number; count: number }): string => (count > 1 ? `${mean} ± ${deviation}` : String(mean));

/** A group's value in a column: mean and deviation of what is measured over the runs of its best setting, exact too, and over how many where not all have it; a sum; the common setting, or how many differ. */
export function groupValue(all: RunView[], column: Column): { text: string; deviation: string; exact?: string; told?: string } {
  const { runs, told } = column.folds === 'mean' ? representedBy(all) : { runs: all, told: '' };
  const values = runs.map(column.valueOf);
  const numbers = values.filter((value): value is number => typeof value === 'number' && !Number.isNaN(value));
  if (column.folds === 'sum') { const sum = numbers.reduce((all, one) => all + one, 0); return { exact: String(sum), told: 'In all', text: column.format(sum), deviation: '' }; }
  if (column.folds === 'mean' && numbers.length > 0) {
    const statistic = statisticOf(numbers);
    const { mean, deviation, count } = statistic;
    const fewer = count < runs.length ? `: ${count} of ${runs.length} runs` : '';
    const text = column.format(mean);
    return { exact: exactly(statistic), told: `${exactly(statistic)}${fewer}${told === '' ? '' : `, ${told}`}`, text, deviation: column.spread && count > 1 ? `± ${besides(text, text.endsWith('%') ? 100 * deviation : deviation)}` : '' };
  }
  if (column.id === 'started') return { text: column.format(values.filter((value) => !isMissing(value)).sort()[0] ?? null), deviation: '' };
  const different = new Set(values.filter((value) => !isMissing(value)));
  return { text: different.size === 1 ? column.format([...different][0] ?? null) : different.size === 0 ? '' : `${different.size} values`, deviation: '' };
}

/** The state that a group shows: of what is at work, of what waits, of the worst that happened to one of them. */
export function stateOf(runs: RunView[]): RunView['state'] {
  const states = runs.map(({ state }) => state);
  const worst = (['queued', 'failed', 'interrupted', 'stopped', 'paused'] as const).find((state) => states.includes(state));
  return runs.find(isActive)?.state ?? worst ?? 'finished';
}

/** What stands for a folded group: the runs of its best setting, which may be that of one of its optimizers, and its name and how it was chosen; all runs where there is one setting only. */
export function representedBy(runs: RunView[]): { runs: RunView[]; setting: string; told: string } {
  const best = bestSetting(runs);
  return best === null ? { runs, setting: '', told: '' } : { runs: best.runs, setting: best.setting, told: `at ${best.setting}, ${describeChoice(best)}` };
}

/** Overrides that differ between runs, by the last part of their key: seed, lr, optimizer. */
function varied(runs: RunView[]): { name: string; values: Map<string, string> }[] {
  const parsed = runs.map(({ id, overrides }) => ({ id, set: new Map(overrides.flatMap((text) => { const [, key, value] = /^[+~]*([\w./]+)=(.*)$/.exec(text) ?? []; return key && value !== undefined ? [[key, value] as const] : []; })) }));
  const keys = [...new Set(parsed.flatMap(({ set }) => [...set.keys()]))];
  return keys.flatMap((key) => {
    const values = new Map(parsed.map(({ id, set }) => [id, set.get(key) ?? '']));
    return new Set(values.values()).size > 1 ? [{ name: key.split(/[./]/).at(-1) as string, values }] : [];
  });
}

/** The name without the number, the seed or the settings that a sweep gave it; '' of a name that only says model, data set, optimizer and settings. */
function givenName({ name, sweep }: RunView): string {
  if (/^[^\s,]+( [^\s,]+){2,} seed \d+$/.test(name)) return '';
  const settings = sweep === null ? null : / \([^()]+\)$/.exec(name);
  return settings ? name.slice(0, settings.index) : name.replace(/\s*(?:seed \d+|[#(]?\d+\)?)$/, '');
}
const distinct = <T>(runs: RunView[], of: (run: RunView) => T): number => new Set(runs.map(of)).size;

/** What runs of a group are called in it: by what tells them apart, or by their names where those do. */
function namesWithin(runs: RunView[]): Map<string, string> {
  if (distinct(runs, givenName) > 1) return new Map(runs.map(({ id, name }) => [id, name]));
  const others = varied(runs).filter(({ name }) => !['optimizer', 'seed'].includes(name));
  const [optimizers, seeds] = [distinct(runs, optimizerOf), distinct(runs, ({ seed }) => seed)];
  return new Map(runs.map((run) => {
    const parts = [optimizers > 1 ? optimizerOf(run) : '', ...others.map(({ name, values }) => `${name} ${values.get(run.id) || 'unset'}`), seeds > 1 ? `seed ${run.seed}` : ''].filter((part) => part !== '');
    return [run.id, parts.length > 0 ? parts.join(', ') : run.name];
  }));
}

/** What a group is made of: 3 optimizers × 5 seeds. */
function makeUp(runs: RunView[]): string {
  const [optimizers, seeds] = [distinct(runs, optimizerOf), distinct(runs, ({ seed }) => seed)];
  const others = varied(runs).filter(({ name }) => !['optimizer', 'seed'].includes(name)).map(({ name, values }) => ({ name, count: new Set(values.values()).size }));
  const product = optimizers * seeds * others.reduce((all, { count }) => all * count, 1);
  const parts = [optimizers > 1 ? `${optimizers} optimizers` : '', ...others.map(({ name, count }) => `${count} values of ${name}`), seeds > 1 ? `${seeds} seeds` : ''].filter((part) => part !== '');
  return parts.length > 0 && product === runs.length ? parts.join(' × ') : `${runs.length} ${runs.length === 1 ? 'run' : 'runs'}`;
}

function groupLabel(key: string, runs: RunView[], value: string): { label: string; remark: string } {
  const what = makeUp(runs);
  if (key !== 'sweep') return { label: value === '' ? 'none' : value, remark: what };
  const name = distinct(runs, givenName) === 1 ? givenName(runs[0] as RunView) : '';
  return name === '' ? { label: what, remark: '' } : { label: name, remark: what };
}

type Place = { path: string; depth: number; names: Map<string, string> | null; alike: string[] };

/** Data set and model, where all runs of a group have the same. */
const alikeIn = (runs: RunView[]): string[] => [...(distinct(runs, ({ dataset }) => dataset.name) === 1 ? ['dataset'] : []), ...(distinct(runs, modelOf) === 1 ? ['model'] : [])];
/** A sweep's runs in its own order, until a column orders them. */
const inSweep = (runs: RunView[]): RunView[] => runs.toSorted((a, b) => (a.sweep?.index ?? 0) - (b.sweep?.index ?? 0));

function arrange(runs: RunView[], { groups: [key, ...rest], ...how }: Arrangement, { path, depth, names, alike }: Place): Row[] {
  if (key === undefined) return sortRuns(runs, how.sort, how.descending).map((run) => ({ kind: 'run', id: run.id, run, label: names?.get(run.id) ?? run.name, alike, depth, pinned: false }));
  const found = [...Map.groupBy(runs, (run) => String((key === 'sweep' ? (run.sweep?.id ?? run.id) : lookUp(run, key)) ?? ''))];
  const averaged = (members: RunView[]): Value => {
    const values = (how.sort?.folds === 'mean' ? representedBy(members).runs : members).map((run) => how.sort?.valueOf(run) ?? null);
    const numbers = values.filter((value): value is number => typeof value === 'number' && !Number.isNaN(value));
    return numbers.length > 0 ? statisticOf(numbers).mean : (values.find((value) => !isMissing(value)) ?? null);
  };
  const ordered = how.sort ? found.map((one) => ({ one, value: averaged(one[1]) })).sort((a, b) => compare(a.value, b.value, how.descending)).map(({ one }) => one) : found;
  return ordered.flatMap(([value, own]): Row[] => {
    const members = key === 'sweep' ? inSweep(own) : own;
    if (members.length === 1 && (key === 'sweep' || depth > 0)) return arrange(members, { ...how, groups: [] }, { path, depth, names, alike });
    if (depth > 0 && found.length === 1) return arrange(members, { ...how, groups: rest }, { path, depth, names, alike }); // a level that tells nothing
    const id = `${path}/${encodeURIComponent(value)}`; // a value with a slash is no path of two
    const open = how.toggled.includes(id) !== members.some((run) => isActive(run) || run.state === 'queued'); // sweeps at work stand open, others folded, until toggled
    return [{ kind: 'group', id, ...groupLabel(key, members, value), runs: members, depth, open }, ...(open ? arrange(members, { ...how, groups: rest }, { path: id, depth: depth + 1, names: namesWithin(members), alike: alikeIn(members) }) : [])];
  });
}

/** The rows to show, pinned runs first. */
export function buildRows(runs: RunView[], how: Arrangement): Row[] {
  const pinned = new Set(how.pinned);
  const top = sortRuns(runs.filter(({ id }) => pinned.has(id)), how.sort, how.descending).map((run): Row => ({ kind: 'run', id: run.id, run, label: run.name, alike: [], depth: 0, pinned: true }));
  return [...top, ...arrange(pinned.size > 0 ? runs.filter(({ id }) => !pinned.has(id)) : runs, how, { path: '', depth: 0, names: null, alike: [] })];
}
