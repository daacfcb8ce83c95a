// Comparison of runs: groups by optimizer (or any configuration key), mean and deviation over seeds.
import type { RunDetail } from '#contract';

export type Statistic = { mean: number; deviation: number; count: number };
export type Group = { name: string; runs: string[]; statistics: Record<string, Statistic> };

const columns: [string, (run: RunDetail) => number | null | undefined][] = [
  ['final test accuracy', ({ metrics }) => metrics['test/accuracy'] && Number(metrics['test/accuracy'].last)],
  ['best test accuracy', ({ metrics }) => metrics['test/accuracy']?.max],
  ['final test loss', ({ metrics }) => metrics['test/loss'] && Number(metrics['test/loss'].last)],
  ['final training loss', ({ metrics }) => Number((metrics['train/epoch_loss'] ?? metrics['train/loss'])?.last ?? NaN)],
];

/** Mean and sample deviation; the deviation of one value is 0. */
export function statisticOf(values: number[]): Statistic {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0, count: values.length };
}

function keyOf({ config }: RunDetail, key: string): string {
  const value = key.split('.').reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], config);
  return String(value ?? 'none').split('.').at(-1) as string;
}

/** Groups runs by a configuration key; statistics over those of a group that have the value. */
export function compareRuns(runs: RunDetail[], by = 'train.optimizer._target_'): Group[] {
  const groups = Map.groupBy(runs, (run) => keyOf(run, by));
  return [...groups].map(([name, members]) => ({
    name,
    runs: members.map(({ id }) => id),
    statistics: Object.fromEntries(columns.flatMap(([column, valueOf]) => {
      const values = members.map(valueOf).filter((value): value is number => typeof value === 'number' && !Number.isNaN(value));
      return values.length === 0 ? [] : [[column, statisticOf(values)]];
    })),
  }));
}
