// Runs of a comparison in groups: what a run was made of, which group it belongs to, what differs.
import type { RunView } from '../running/runs.ts';

/** What a comparison needs of a run. */
export type ComparedRun = Pick<RunView, 'id' | 'name' | 'seed' | 'config' | 'metrics' | 'startedAt' | 'endedAt'>;

/** The colors of optimizers and those of other groups, by the names of the interface's tokens. */
export type ColorName = 'vsgd' | 'adam' | 'adamw' | 'sgd' | 'extra-1' | 'extra-2' | 'extra-3' | 'extra-4';

/** `variant`: which of several groups of one color this is; `shadeOf` tells how it differs. */
export type RunGroup<R extends ComparedRun = ComparedRun> = { name: string; color: ColorName; variant: number; runs: R[] };

const labels: Record<string, string> = { vsgd: 'VSGD', adam: 'Adam', adamw: 'AdamW', sgd: 'SGD' };
const optimizerColors: Record<string, ColorName> = { VSGD: 'vsgd', Adam: 'adam', AdamW: 'adamw', SGD: 'sgd' };
const palette: ColorName[] = ['extra-1', 'extra-2', 'extra-3', 'extra-4', 'vsgd', 'adam', 'sgd', 'adamw'];

type Configured = Pick<ComparedRun, 'config'>;
const lastName = (target: unknown): string => (typeof target === 'string' ? (target.split('.').at(-1) ?? '') : '');

/** A configuration value by its dotted key. */
export const configValue = ({ config }: Configured, key: string): unknown =>
  key.split('.').reduce<unknown>((value, part) => (value as Record<string, unknown> | null | undefined)?.[part], config);

/** The optimizer's usual name: VSGD, Adam, AdamW, SGD. */
export function optimizerOf(run: Configured): string {
  const name = lastName(configValue(run, 'train.optimizer._target_'));
  return labels[name.toLowerCase()] ?? name;
}

export const modelOf = (run: Configured): string => lastName(configValue(run, 'model._target_'));
export const colorNameOf = (run: Configured): ColorName => optimizerColors[optimizerOf(run)] ?? 'extra-3';

function groupName(run: ComparedRun, by: string): string {
  if (by === '' || by === 'train.optimizer._target_') return optimizerOf(run);
  const value = configValue(run, by);
  return by.endsWith('_target_') ? lastName(value) : value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value);
}

/** VSGD first, then its rivals, then everything else. */
const rank = (name: string): number => (Object.keys(optimizerColors).indexOf(name) + 1) || 99;

/** Curves of one color differ by lightness, then by dash: the share of the color in its mix with the background, and lengths of strokes and gaps. */
export function shadeOf(variant: number): { strength: number; dash: [number, number] | null } {
  const strengths = [1, 0.72, 0.5];
  const dashes: ([number, number] | null)[] = [null, [6, 3], [2, 2]];
  return { strength: strengths[variant % strengths.length] as number, dash: dashes[Math.floor(variant / strengths.length) % dashes.length] ?? null };
}

/** Names of single runs, each its own: optimizer and seed where runs share a name (only these where all share it), the end of the id where that is not enough. */
export function runNames(runs: ComparedRun[]): Map<string, string> {
  const shared = (names: string[]): Set<string> => new Set([...Map.groupBy(names, (name) => name)].flatMap(([name, same]) => (same.length > 1 ? [name] : [])));
  const plain = shared(runs.map(({ name }) => name));
  const one = new Set(runs.map(({ name }) => name)).size === 1;
  const named = runs.map((run) => (plain.has(run.name) ? `${one ? '' : `${run.name}, `}${optimizerOf(run)} seed ${run.seed}` : run.name));
  const again = shared(named);
  return new Map(runs.map(({ id }, index) => [id, again.has(named[index] as string) ? `${named[index]} (${id.slice(-6)})` : (named[index] as string)]));
}

function singleRuns<R extends ComparedRun>(runs: R[]): RunGroup<R>[] {
  const names = runNames(runs);
  const before = new Map<ColorName, number>();
  return runs.map((run) => {
    const color = colorNameOf(run);
    const variant = before.get(color) ?? 0;
    before.set(color, variant + 1);
    return { name: names.get(run.id) as string, color, variant, runs: [run] };
  });
}

/** Groups by optimizer (`by` ''), by run ('run'), or by a configuration key. An optimizer keeps its color. The order does not depend on that of the runs, single runs excepted. */
export function groupRuns<R extends ComparedRun>(runs: R[], by: string): RunGroup<R>[] {
  if (by === 'run') return singleRuns(runs);
  let taken = 0;
  const next = (): ColorName => palette[taken++ % palette.length] as ColorName;
  const found = [...Map.groupBy(runs, (run) => groupName(run, by))];
  found.sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b, 'en', { numeric: true }));
  return found.map(([name, members]) => {
    const optimizers = new Set(members.map(optimizerOf));
    const own = optimizers.size === 1 && (by === '' || by === 'train.optimizer._target_') ? optimizerColors[name] : undefined;
    return { name, color: own ?? next(), variant: 0, runs: members };
  });
}

/** Differences of a value to that of a baseline group's run of the same seed. */
export function pairedDifferences(group: RunGroup, baseline: RunGroup, valueOf: (run: ComparedRun) => number | null): number[] {
  const bySeed = new Map(baseline.runs.map((run) => [run.seed, valueOf(run)]));
  return group.runs.flatMap((run) => {
    const [value, base] = [valueOf(run), bySeed.get(run.seed)];
    return value === null || base === null || base === undefined ? [] : [value - base];
  });
}

/** Configuration keys whose values differ between runs, with the value of every run ('' where it has none). */
export function differences(runs: Configured[]): { key: string; values: string[] }[] {
  const flat = runs.map(({ config }) => flatten(config));
  const keys = [...new Set(flat.flatMap((one) => [...one.keys()]))].sort();
  return keys.flatMap((key) => {
    const values = flat.map((one) => one.get(key) ?? '');
    return new Set(values).size > 1 ? [{ key, values }] : [];
  });
}

function flatten(tree: unknown, prefix = ''): Map<string, string> {
  if (tree === null || typeof tree !== 'object' || Array.isArray(tree)) return new Map([[prefix, JSON.stringify(tree)]]);
  return new Map(Object.entries(tree).flatMap(([key, value]) => [...flatten(value, prefix ? `${prefix}.${key}` : key)]));
}
