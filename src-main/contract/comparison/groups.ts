// Runs of a comparison in groups: what a run was made of, which group it belongs to, what differs.
import type { ConfigTree } from '../components/experiment.ts';
import type { RunView } from '../running/runs.ts';
import { entryOf, ownValueAt } from '../keys.ts';
import { statisticOf } from './statistics.ts';

/** What a comparison needs of a run. */
export type ComparedRun = Pick<RunView, 'id' | 'name' | 'seed' | 'config' | 'metrics' | 'startedAt' | 'endedAt' | 'pauses'> & Partial<Pick<RunView, 'state' | 'testAtBest' | 'dataset'>>;

/** The colors of optimizers and those of other groups, by the names of the interface's tokens. */
export type ColorName = 'vsgd' | 'adam' | 'adamw' | 'sgd' | 'extra-1' | 'extra-2' | 'extra-3' | 'extra-4';

/** `variant` numbers the groups that share a color: they differ by lightness, then by dash. Names are unique. `choice`: the one setting that `runs` are of, where the group has several. */
export type RunGroup<R extends ComparedRun = ComparedRun> = { name: string; color: ColorName; variant: number; runs: R[]; choice?: Choice };

/** A setting that was chosen: `setting` names it, `of` counts those that there were, `by` is the metric that it is the best by. */
export type Choice = { setting: string; of: number; by: string };

/** How a variant of a color is drawn: the share of paper mixed into it, and its dashes in line widths. */
export const variantStyle = (variant: number): { lighten: number; dash: number[] } =>
  ({ lighten: [0, 0.35, 0.6][variant % 3] as number, dash: [[], [6, 3], [2, 2]][Math.floor(variant / 3) % 3] as number[] });

const labels: Record<string, string> = { vsgd: 'VSGD', adam: 'Adam', adamw: 'AdamW', sgd: 'SGD' };
const optimizerColors: Record<string, ColorName> = { VSGD: 'vsgd', Adam: 'adam', AdamW: 'adamw', SGD: 'sgd' };
const extras: ColorName[] = ['extra-1', 'extra-2', 'extra-3', 'extra-4'];

const optimizerKey = 'train.optimizer._target_';

export type Configured = Pick<ComparedRun, 'config'>;
const lastName = (target: unknown): string => (typeof target === 'string' ? (target.split('.').at(-1) ?? '') : '');

/** A configuration value by its dotted key. */
export const configValue = ({ config }: Configured, key: string): unknown => ownValueAt(config, key);

/** The optimizer's usual name: VSGD, Adam, AdamW, SGD. */
export function optimizerOf(run: Configured): string {
  const name = lastName(configValue(run, 'train.optimizer._target_'));
  return entryOf(labels, name.toLowerCase()) ?? name;
}

export const modelOf = (run: Configured): string => lastName(configValue(run, 'model._target_'));
export const colorNameOf = (run: Configured): ColorName => entryOf(optimizerColors, optimizerOf(run)) ?? 'extra-3';

/** The keys that make groups: of '' the optimizer, else configuration keys between commas (`optimizer` is one, too), or 'run' alone. */
export function groupKeys(by: string): string[] {
  const keys = by.split(',').map((key) => key.trim()).filter((key) => key !== '').map((key) => (key === 'optimizer' ? optimizerKey : key));
  return keys.length === 0 ? [optimizerKey] : keys.includes('run') ? ['run'] : [...new Set(keys)];
}

/** A run's value of a key, as it is written in a name. */
export function writtenValue(run: Configured, key: string): string {
  if (key === optimizerKey) return optimizerOf(run);
  const value = configValue(run, key);
  return key.endsWith('_target_') ? lastName(value) : value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value);
}

/** What a key is called: lr of train.optimizer.lr, model of model._target_. */
export const keyName = (key: string): string => key.replace(/\._target_$/, '').split('.').at(-1) ?? key;

/** A word names a group by itself; what is none needs its key: lr 0.1, nesterov true. */
const groupName = (value: string, key: string): string => (/^(none|true|false|null|[-\d.[{].*)$/.test(value) ? `${keyName(key)} ${value}` : value);

/** The order of values: numbers by size, then everything else by its text. */
export function compareValues(a: string, b: string): number {
  const [one, other] = [a, b].map((text) => (text === '' ? NaN : Number(text))) as [number, number];
  return Number(Number.isNaN(one)) - Number(Number.isNaN(other)) || one - other || a.localeCompare(b, 'en', { numeric: true });
}

/** VSGD first, then its rivals, then everything else. */
const rank = (name: string): number => (Object.keys(optimizerColors).indexOf(name) + 1) || 99;

/** Names of single runs: their own, with optimizer and seed where several have the same (these alone where all have), and the end of the id where that is not enough. */
export function runNames(runs: ComparedRun[]): Map<string, string> {
  const times = (names: string[]) => Map.groupBy(names, (name) => name);
  const own = times(runs.map(({ name }) => name));
  const telling = (run: ComparedRun): string => (own.size === 1 ? `${optimizerOf(run)} seed ${run.seed}` : `${run.name}, ${optimizerOf(run)}, seed ${run.seed}`);
  const long = runs.map((run) => ((own.get(run.name)?.length ?? 0) > 1 ? telling(run) : run.name));
  const all = times(long);
  return new Map(runs.map(({ id }, index) => [id, (all.get(long[index] as string)?.length ?? 0) > 1 ? `${long[index]}, ${id.slice(-4)}` : (long[index] as string)]));
}

/** Names without the words that all of them begin with; these give way to an ellipsis. */
export function tellingNames(names: string[]): string[] {
  const [first = '', ...rest] = names;
  let same = rest.length === 0 ? 0 : first.length;
  for (const name of rest) while (!name.startsWith(first.slice(0, same))) same -= 1;
  const word = first.slice(0, same).search(/[^\s,/_-]*$/);
  const cut = names.every((name) => /^\d/.test(name.slice(word))) ? first.slice(0, word).search(/[^\s,/_-]+[\s,/_-]*$/) : word; // a number says nothing without its word
  return cut < 4 ? names : names.map((name) => `…${name.slice(cut)}`);
}

/** One after the other by each of the values. */
function compareKeys(a: string[], b: string[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  const [one = '', other = ''] = [a[at], b[at]];
  return rank(one) - rank(other) || compareValues(one, other);
}

/**
 * Groups by optimizer (`by` ''), by run ('run'), or by configuration keys, of which there may be several between commas. An optimizer keeps its color, and
 * single runs have that of theirs; other groups have colors that name no optimizer. The order does not depend on that of the runs, single runs excepted.
 */
export function groupRuns<R extends ComparedRun>(runs: R[], by: string): RunGroup<R>[] {
  const keys = groupKeys(by);
  const single = keys[0] === 'run';
  const valuesOf = (run: R): string[] => (single ? [run.id] : keys.map((key) => writtenValue(run, key)));
  const found = [...Map.groupBy(runs, (run) => JSON.stringify(valuesOf(run))).values()].map((members) => ({ members, values: valuesOf(members[0] as R) }));
  const names = single ? runNames(runs) : null;
  if (!single) found.sort((a, b) => compareKeys(a.values, b.values));
  const ofOptimizers = single || keys.includes(optimizerKey);
  const used = new Map<ColorName, number>();
  let taken = 0;
  return found.map(({ members, values }) => {
    const color = (ofOptimizers ? entryOf(optimizerColors, optimizerOf(members[0] as R)) : undefined) ?? (extras[taken++ % extras.length] as ColorName);
    const variant = used.get(color) ?? 0;
    used.set(color, variant + 1);
    return { name: names?.get(values[0] ?? '') ?? values.map((value, index) => groupName(value, keys[index] as string)).join(', '), color, variant, runs: members };
  });
}

/** The mean value of each seed of a group. A seed may have several runs, as in a sweep over rates. */
function seedMeans({ runs }: RunGroup, valueOf: (run: ComparedRun) => number | null): Map<number, number> {
  const values = (of: ComparedRun[]): number[] => of.map(valueOf).filter((value) => value !== null);
  return new Map([...Map.groupBy(runs, ({ seed }) => seed)].flatMap(([seed, of]) => { const found = values(of); return found.length > 0 ? [[seed, statisticOf(found).mean]] : []; }));
}

/** Differences of a value to that of a baseline group, a seed each; of a seed with several runs their means are compared. */
export function pairedDifferences(group: RunGroup, baseline: RunGroup, valueOf: (run: ComparedRun) => number | null): number[] {
  const base = seedMeans(baseline, valueOf);
  return [...seedMeans(group, valueOf)].flatMap(([seed, mean]) => { const other = base.get(seed); return other === undefined ? [] : [mean - other]; });
}

/** Configuration keys whose values differ between runs, with the value of every run ('' where it has none). */
export function differences(runs: Configured[]): { key: string; values: string[] }[] {
  const flat = runs.map(({ config }) => flatTree(config));
  const keys = [...new Set(flat.flatMap((one) => [...one.keys()]))].sort();
  return keys.flatMap((key) => {
    const values = flat.map((one) => one.get(key) ?? '');
    return new Set(values).size > 1 ? [{ key, values }] : [];
  });
}

/** Every configuration key of these runs that holds a value. */
export const configKeys = (runs: Configured[]): string[] => [...new Set(runs.flatMap(({ config }) => [...flatTree(config).keys()]))].sort();

const flatTrees = new WeakMap<object, Map<string, string>>(); // a configuration never changes, and tables ask for the same ones at every update

function flatTree(config: ConfigTree): Map<string, string> {
  const known = flatTrees.get(config) ?? flatten(config);
  flatTrees.set(config, known);
  return known;
}

function flatten(tree: unknown, prefix = ''): Map<string, string> {
  if (tree === null || typeof tree !== 'object' || Array.isArray(tree)) return new Map([[prefix, JSON.stringify(tree)]]);
  return new Map(Object.entries(tree).flatMap(([key, value]) => [...flatten(value, prefix ? `${prefix}.${key}` : key)]));
}
