// The table of a comparison: final and best values by group, time to a target, differences to a baseline by seed.
import {
  arrangeGroups, bandOf, censoredMedian, countedGroups, describeGroup, describeMixing, describeOrigins, pairedDifferences, statisticOf, workSeconds, type ComparedRun, type Comparison, type ComparisonTable, type MetricSummary, type RunGroup, type RunView, type TableCell, type TableColumn, type TableDifference,
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

const testAtBestKey = 'test accuracy at best validation';

/** Columns in the order of interest: of the chart's metric, the test accuracy by validation, at the end, and at its highest, which is chosen on the test split itself. */
function fixedMeasures(lab: Lab, metric: string): Measure[] {
  const unit = (key: string): TableColumn['unit'] => (isShare(key) ? 'share' : 'number');
  const named = (key: string): string => key.replace('/', ' ').replace('train ', 'training ');
  const final = (key: string): Measure => ({ key: `final ${named(key)}`, label: `final ${named(key)}`, unit: unit(key), valueOf: finalOf(key) });
  const best = (key: string): Measure => ({ key: `best ${named(key)}`, label: `${isShare(key) ? 'highest' : 'lowest'} ${named(key)}`, unit: unit(key), valueOf: ({ metrics }) => bestOf(key, metrics[key]) });
  const others = metric === 'test/accuracy' || metric === 'test/loss' ? [] : [final(metric), best(metric)];
  const training: Measure = { key: 'final training loss', label: 'final training loss', unit: 'number', valueOf: (run) => finalTrainingLoss(lab, run) };
  const atBest: Measure = { key: testAtBestKey, label: testAtBestKey, unit: 'share', valueOf: ({ testAtBest }) => testAtBest?.value ?? null };
  return [...others, atBest, final('test/accuracy'), best('test/accuracy'), final('test/loss'), ...(metric === 'train/loss' || metric === 'train/epoch_loss' ? [] : [training]), { key: 'duration', label: 'duration', unit: 'seconds', valueOf: secondsOf }];
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
    { key: 'steps to target', label: `steps to ${said}`, unit: 'steps', target: true, valueOf: ({ id }) => reached.get(id)?.step ?? null },
    { key: 'seconds to target', label: `time to ${said}`, unit: 'seconds', target: true, valueOf: ({ id }) => reached.get(id)?.seconds ?? null },
  ];
}

function cellOf(runs: ComparedRun[], { valueOf, target }: Measure): TableCell {
  const values = runs.map(valueOf).filter((value): value is number => value !== null && !Number.isNaN(value));
  if (values.length === 0) return null;
  const median = censoredMedian(values, runs.length);
  return { ...statisticOf(values), ...(target ? { median: Number.isFinite(median) ? median : null } : {}) };
}

/** Runs of a comparison, as they are now. @throws LabError NOT_FOUND */
export function comparedRuns(lab: Lab, references: string[]): RunView[] {
  return references.map((reference) => showRunView(lab, findRun(lab, reference).id));
}

/** The group of differences: the one asked for, else the first that is not VSGD. */
export function baselineOf<R extends ComparedRun>(groups: RunGroup<R>[], wanted: string | null): RunGroup<R> | null {
  return groups.find(({ name }) => name === wanted) ?? (groups.length < 2 ? null : (groups.find(({ name }) => name !== 'VSGD') ?? null));
}

/** What each group is, where that is not plain from its name, and what columns are that may be taken for another. */
function notesOf(groups: RunGroup[], measures: Measure[]): string[] {
  const mixing = describeMixing(groups);
  const highest = measures.some(({ key }) => key === 'best test accuracy');
  return [
    ...(groups.some(({ choice }) => choice) ? groups.map((group) => `${describeGroup(group)}.`) : []),
    ...(mixing === null ? [] : [mixing]),
    ...describeOrigins(groups.flatMap(({ runs }) => runs)),
    ...(measures.some(({ target }) => target) ? ['Target: the median counts a run that has not reached it as later than all that have; mean ± standard deviation only where all have.'] : []),
    ...(highest ? ['Highest test accuracy: the maximum over the evaluations on the test split, so that the test split itself chooses the step.'] : []),
  ];
}

/** Statistics by group. The difference is that of final values of the metric, with the 95 % interval of its mean. @throws LabError NOT_FOUND */
export function comparisonTable(lab: Lab, comparison: Comparison): ComparisonTable {
  const arranged = arrangeGroups<ComparedRun>(comparedRuns(lab, comparison.runs), comparison);
  const groups = countedGroups(arranged, comparison.hidden);
  const runs = groups.flatMap((group) => group.runs);
  const known = fixedMeasures(lab, comparison.metric).filter(({ valueOf }) => runs.some((run) => valueOf(run) !== null));
  const measures = [...known, ...targetMeasures(lab, runs, comparison)]; // that nobody reached a target is an answer
  const baseline = baselineOf(groups, comparison.baseline);
  const differenceOf = (group: RunGroup): TableDifference | null => {
    const pairs = baseline === null || group === baseline ? [] : pairedDifferences(group, baseline, finalOf(comparison.metric));
    if (pairs.length === 0) return null;
    const { low, high } = bandOf(pairs, 'ci95');
    return { ...statisticOf(pairs), low, high, of: new Set(group.runs.map(({ seed }) => seed)).size };
  };
  return {
    columns: measures.map(({ key, label, unit, target }) => ({ key, label, unit, ...(target ? { target } : {}) })), baseline: baseline?.name ?? null,
    difference: `final ${comparison.metric.replace('/', ' ').replace('train ', 'training ')}`, notes: notesOf(arranged, measures),
    rows: groups.map((group) => ({ name: group.name, setting: group.choice?.setting ?? null, description: describeGroup(group), color: group.color, variant: group.variant, runs: group.runs.map(({ id }) => id), cells: measures.map((measure) => cellOf(group.runs, measure)), difference: differenceOf(group) })),
  };
}
