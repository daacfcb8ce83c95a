// The table of a comparison: final and best values by group, time to a target, differences to a baseline by seed.
import {
  bandOf, countedGroups, groupRuns, pairedDifferences, statisticOf, workSeconds, type ComparedRun, type Comparison, type ComparisonTable, type MetricSummary, type RunGroup, type RunView, type TableCell, type TableColumn,
} from '#contract';
import { readSeries } from '#store';
import type { Lab } from '../lab.ts';
import { findRun, showRunView } from '../runs.ts';
import { finalTrainingLoss } from './trainingLoss.ts';

type Measure = TableColumn & { valueOf(run: ComparedRun): number | null };

/** Larger is better. */
export const isShare = (metric: string): boolean => metric.includes('accuracy');

const lastOf = (summary: MetricSummary | undefined): number | null => (summary === undefined ? null : typeof summary.last === 'number' ? summary.last : null);
const bestOf = (metric: string, summary: MetricSummary | undefined): number | null => (isShare(metric) ? summary?.max : summary?.min) ?? null;
const secondsOf = (run: ComparedRun): number | null => (run.startedAt && run.endedAt ? workSeconds(run, Date.parse(run.endedAt)) : null);

/** The final value of a metric. */
export const finalOf = (metric: string) => ({ metrics }: ComparedRun): number | null => lastOf(metrics[metric]);

function fixedMeasures(lab: Lab, metric: string): Measure[] {
  const unit = (key: string): TableColumn['unit'] => (isShare(key) ? 'share' : 'number');
  const named = (key: string): string => key.replace('/', ' ').replace('train ', 'training ');
  const final = (key: string): Measure => ({ key: `final ${named(key)}`, label: `final ${named(key)}`, unit: unit(key), valueOf: finalOf(key) });
  const best = (key: string): Measure => ({ key: `best ${named(key)}`, label: `best ${named(key)}`, unit: unit(key), valueOf: ({ metrics }) => bestOf(key, metrics[key]) });
  const others = metric === 'test/accuracy' || metric === 'test/loss' ? [] : [final(metric), best(metric)];
  const training: Measure = { key: 'final training loss', label: 'final training loss', unit: 'number', valueOf: (run) => finalTrainingLoss(lab, run) };
  return [...others, final('test/accuracy'), best('test/accuracy'), final('test/loss'), ...(metric === 'train/loss' || metric === 'train/epoch_loss' ? [] : [training]), { key: 'duration', label: 'duration', unit: 'seconds', valueOf: secondsOf }];
}

/** Where a run first reaches the target: its step, and seconds of work since the run's start. */
function reach({ database }: Lab, run: ComparedRun, { metric, target }: { metric: string; target: number }): { step: number; seconds: number } | null {
  const { steps, times, values } = readSeries(database, run.id, { key: metric });
  const at = values.findIndex((value) => (isShare(metric) ? value >= target : value <= target));
  if (at < 0) return null;
  return { step: steps[at] as number, seconds: workSeconds(run, times[at] as number, times[0]) };
}

function targetMeasures(lab: Lab, runs: ComparedRun[], { metric, target }: Comparison): Measure[] {
  if (target === null) return [];
  const reached = new Map(runs.map((run) => [run.id, reach(lab, run, { metric, target })]));
  const said = isShare(metric) ? `${Number((100 * target).toPrecision(6))} %` : String(target);
  return [
    { key: 'steps to target', label: `steps to ${said}`, unit: 'steps', valueOf: ({ id }) => reached.get(id)?.step ?? null },
    { key: 'seconds to target', label: `time to ${said}`, unit: 'seconds', valueOf: ({ id }) => reached.get(id)?.seconds ?? null },
  ];
}

function cellOf(runs: ComparedRun[], valueOf: Measure['valueOf']): TableCell {
  const values = runs.map(valueOf).filter((value): value is number => value !== null && !Number.isNaN(value));
  return values.length === 0 ? null : statisticOf(values);
}

/** Runs of a comparison, as they are now. @throws LabError NOT_FOUND */
export function comparedRuns(lab: Lab, references: string[]): RunView[] {
  return references.map((reference) => showRunView(lab, findRun(lab, reference).id));
}

/** The group of differences: the one asked for, else the first that is not VSGD. */
export function baselineOf<R extends ComparedRun>(groups: RunGroup<R>[], wanted: string | null): RunGroup<R> | null {
  return groups.find(({ name }) => name === wanted) ?? (groups.length < 2 ? null : (groups.find(({ name }) => name !== 'VSGD') ?? null));
}

/** Statistics by group. The difference is that of final values of the metric, with the 95 % interval of its mean. @throws LabError NOT_FOUND */
export function comparisonTable(lab: Lab, comparison: Comparison): ComparisonTable {
  const runs = comparedRuns(lab, comparison.runs);
  const groups = countedGroups(groupRuns(runs, comparison.by), comparison.hidden);
  const known = fixedMeasures(lab, comparison.metric).filter(({ valueOf }) => runs.some((run) => valueOf(run) !== null));
  const measures = [...known, ...targetMeasures(lab, runs, comparison)]; // that nobody reached a target is an answer
  const baseline = baselineOf(groups, comparison.baseline);
  const differenceOf = (group: RunGroup): ComparisonTable['rows'][number]['difference'] => {
    const pairs = baseline === null || group === baseline ? [] : pairedDifferences(group, baseline, finalOf(comparison.metric));
    if (pairs.length === 0) return null;
    const { low, high } = bandOf(pairs, 'ci95');
    return { ...statisticOf(pairs), low, high, of: new Set(group.runs.map(({ seed }) => seed)).size };
  };
  return {
    columns: measures.map(({ key, label, unit }) => ({ key, label, unit })), baseline: baseline?.name ?? null,
    rows: groups.map((group) => ({ name: group.name, color: group.color, variant: group.variant, runs: group.runs.map(({ id }) => id), cells: measures.map(({ valueOf }) => cellOf(group.runs, valueOf)), difference: differenceOf(group) })),
  };
}
