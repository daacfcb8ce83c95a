// Runs of a comparison, grouped by a configuration key: mean and deviation over seeds at every step that all have.
import type { RunView } from '#contract';
import { configValue, optimizerColors, optimizerOf } from '../../elements/runFacts.ts';
import type { Series } from '../../state/series.svelte.ts';

export type RunGroup = { name: string; color: string; runs: RunView[] };
export type Statistic = { mean: number; deviation: number; count: number };
export type Band = 'deviation' | 'error' | 'range' | 'none';

const palette = ['var(--extra-1)', 'var(--extra-2)', 'var(--extra-3)', 'var(--extra-4)', 'var(--vsgd)', 'var(--adam)', 'var(--sgd)', 'var(--adamw)'];

/** Groups by optimizer (key ''), by run (key 'run'), or by a configuration key. An optimizer keeps its color. */
export function groupRuns(runs: RunView[], key: string): RunGroup[] {
  const nameOf = (run: RunView): string => (key === '' ? optimizerOf(run) : key === 'run' ? run.id : String(configValue(run, key) ?? 'none'));
  return [...Map.groupBy(runs, nameOf)].map(([name, members], index) => {
    const optimizers = new Set(members.map(optimizerOf));
    const color = key === '' ? optimizerColors[name] : undefined;
    return { name: key === 'run' ? (members[0]?.name ?? name) : name, color: color ?? (key === 'run' && optimizers.size === 1 ? (optimizerColors[[...optimizers][0] ?? ''] ?? palette[index % palette.length]) : palette[index % palette.length]) ?? 'var(--extra-3)', runs: members };
  });
}

/** Mean and sample deviation; the deviation of one value is 0. */
export function statisticOf(values: number[]): Statistic {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0, count: values.length };
}

/** Mean and band over series at the steps that all of them have. */
export function meanOf(series: Series[], band: Band): { xs: Float64Array; ys: Float64Array; low: Float64Array; high: Float64Array } {
  const maps = series.map(({ steps, values }) => new Map(Array.from(steps, (step, index) => [step, values[index] as number])));
  const xs = Float64Array.from(maps[0]?.keys() ?? []).filter((step) => maps.every((map) => map.has(step)));
  const [ys, low, high] = [new Float64Array(xs.length), new Float64Array(xs.length), new Float64Array(xs.length)];
  xs.forEach((step, index) => {
    const values = maps.map((map) => map.get(step) as number);
    const { mean, deviation } = statisticOf(values);
    const half = band === 'error' ? deviation / Math.sqrt(values.length) : band === 'deviation' ? deviation : 0;
    ys[index] = mean;
    low[index] = band === 'range' ? Math.min(...values) : mean - half;
    high[index] = band === 'range' ? Math.max(...values) : mean + half;
  });
  return { xs, ys, low, high };
}

/** Differences of a metric to a baseline group, paired by seed. */
export function pairedDifferences(group: RunGroup, baseline: RunGroup, valueOf: (run: RunView) => number | null): number[] {
  const bySeed = new Map(baseline.runs.map((run) => [run.seed, valueOf(run)]));
  return group.runs.flatMap((run) => {
    const [value, base] = [valueOf(run), bySeed.get(run.seed)];
    return value === null || base === null || base === undefined ? [] : [value - base];
  });
}

/** Configuration keys whose values differ between runs, with the values. Names and seeds of the same kind are left in: they are the reason. */
export function differences(runs: RunView[]): { key: string; values: string[] }[] {
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
