// The data of a comparison's figure, and its caption.
import {
  arrangeGroups, bandFor, bandOf, describeGroup, describeMeans, describeMixing, describeOrigins, differences, isSetting, meanCurve, optimizerOf, paperColorOf, placesOf, settledName, shownGroups, smooth, smoothingOf, variantStyle, type Band, type ComparedRun, type Comparison, type ComparisonAxis, type MeanCurve, type RunGroup,
} from '#contract';
import type { FigureData, ParallelAxis } from '#figures';
import { readSeries } from '#store';
import type { Lab } from '../lab.ts';
import { comparedRuns, finalOf, isShare } from './table.ts';

function labelOf(metric: string, smoothed = false): string {
  const [part = '', name] = metric.split('/');
  const words = name === undefined ? part : `${{ train: 'training', val: 'validation' }[part] ?? part} ${name}`;
  const spaced = words.replaceAll('_', ' ');
  return `${spaced.charAt(0).toUpperCase()}${spaced.slice(1)}${smoothed ? ', smoothed' : ''}${isShare(metric) ? ' (%)' : ''}`;
}

const xLabels: Record<ComparisonAxis, string> = { step: 'Step', epoch: 'Epoch', seconds: 'Time (s)', wall: 'Wall time (h)' };

/** Runs without a point of the metric are none of the mean. */
const withCount = (name: string, runs: number): string => (runs > 1 ? `${name} (n = ${runs})` : name);

/** The mean curve of every group that has one, over its runs with points of the metric. */
function meanCurves(lab: Lab, groups: RunGroup[], { metric, x, band }: Comparison): { group: RunGroup; name: string; mean: MeanCurve }[] {
  return groups.flatMap((group) => {
    const series = group.runs.map((run) => ({ run, ...readSeries(lab.database, run.id, { key: metric }) })).filter(({ steps }) => steps.length > 0);
    if (series.length === 0) return [];
    return [{ group, name: group.name, mean: meanCurve(series.map(({ run, steps, times, values }) => ({ steps, ys: values, xs: placesOf(run, { steps, times }, x) })), bandFor(metric, band)) }];
  });
}

function curvesOf(lab: Lab, groups: RunGroup[], comparison: Comparison): FigureData {
  const { metric, x, band, smoothing, log } = comparison;
  const means = meanCurves(lab, groups, comparison);
  const weightOf = ({ xs }: MeanCurve): number => smoothingOf(metric, xs.length, smoothing);
  const curves = means.map(({ group, mean }) => {
    const smoothed = (values: Float64Array) => smooth(values, weightOf(mean));
    return { name: withCount(settledName(group), mean.of), color: paperColorOf(group), dash: variantStyle(group.variant).dash, runs: mean.of, xs: mean.xs, ys: smoothed(mean.ys), low: smoothed(mean.low), high: smoothed(mean.high), counts: mean.counts, banded: mean.of > 1 && band !== 'none' };
  });
  if (x === 'wall') {
    const first = Math.min(...curves.map(({ xs }) => xs[0] ?? Infinity)); // paper counts hours since the first point of all
    for (const curve of curves) curve.xs = curve.xs.map((time) => (time - first) / 3_600_000);
  }
  return { kind: 'curves', xLabel: xLabels[x], yLabel: labelOf(metric, means.some(({ mean }) => weightOf(mean) > 0)), percent: isShare(metric), log, curves };
}

function barsOf(groups: RunGroup[], { metric, band }: Comparison): FigureData {
  const bars = groups.flatMap((group) => {
    const values = group.runs.map(finalOf(metric)).filter((value): value is number => value !== null);
    return values.length === 0 ? [] : [{ name: settledName(group), color: paperColorOf(group), count: values.length, ...bandOf(values, bandFor(metric, band)) }];
  });
  return { kind: 'bars', yLabel: labelOf(metric), percent: isShare(metric), banded: band !== 'none', bars };
}

/** The last part of a key; of a name, and of keys that end alike, the part before it, too. */
function axisLabels(keys: string[]): string[] {
  const last = (key: string, parts: number): string => key.split('.').slice(-parts).join('.');
  const times = Map.groupBy(keys, (key) => last(key, 1));
  return keys.map((key) => last(key, times.get(last(key, 1))?.length === 1 && !key.endsWith('name') ? 1 : 2));
}

/** What has no part in the training, and what the axis of the optimizer says. */
const isAxis = (key: string): boolean => isSetting(key) && !key.endsWith('_target_');

/** One axis for a configuration key: numbers where all are, logarithmic where they span more than a factor of twenty; else categories. */
function axisOf(label: string, values: string[]): ParallelAxis {
  const numbers = values.map((value) => (value === '' ? null : Number(value)));
  const present = numbers.filter((value): value is number => value !== null);
  if (present.length > 0 && present.every(Number.isFinite)) return { label, values: numbers, percent: false, none: true, log: Math.min(...present) > 0 && Math.max(...present) > 20 * Math.min(...present) };
  const written = values.map((value) => value.replace(/^"|"$/g, '') || 'none');
  const categories = [...new Set(written)].sort();
  return { label, categories, values: written.map((value) => categories.indexOf(value)) };
}

const most = 12; // axes that can still be read

function parallelOf(groups: RunGroup[], { metric }: Comparison): FigureData {
  const members = groups.flatMap((group) => group.runs.map((run) => ({ run, group })));
  const runs = members.map(({ run }) => run);
  const differing = differences(runs).filter(({ key, values }) => isAxis(key) && new Set(values.filter((value) => value !== '')).size > 1); // what only some optimizers have is no axis
  const optimizer = new Set(runs.map(optimizerOf)).size > 1 ? [axisOf('optimizer', runs.map(optimizerOf))] : [];
  const result: ParallelAxis = { label: labelOf(metric), values: runs.map((run: ComparedRun) => finalOf(metric)(run)), log: false, percent: isShare(metric) };
  const labels = axisLabels(differing.map(({ key }) => key));
  const axes = differing.map(({ values }, index) => axisOf(labels[index] as string, values)).slice(0, most - 1 - optimizer.length);
  return { kind: 'parallel', axes: [...optimizer, ...axes, result], lines: members.map(({ run, group }) => ({ name: run.name, group: group.name, color: paperColorOf(group) })) };
}

/** The groups that a figure draws. */
const groupsOf = (lab: Lab, comparison: Comparison): RunGroup[] => shownGroups(arrangeGroups(comparedRuns(lab, comparison.runs), comparison), comparison.hidden);

const bandWords: Record<Band, string> = { deviation: 'mean ± standard deviation', error: 'mean ± standard error', range: 'mean, smallest to largest', ci95: 'mean with its 95 % confidence interval', none: 'mean' };

/** What a figure shows, in sentences for the caption of a paper: the band, what each group is, what is to be known of its means. */
export function captionOf(lab: Lab, comparison: Comparison, panels: string[] = []): string {
  const { kind, metric, band } = comparison;
  const groups = groupsOf(lab, comparison);
  const means = kind === 'curves' ? describeMeans(meanCurves(lab, groups, comparison)) : null;
  const averaged = kind !== 'parallel' && groups.some(({ runs }) => runs.length > 1);
  return [
    `${[metric, ...panels].map((one) => labelOf(one).replace(' (%)', '')).join(' and ')}${averaged ? `, ${bandWords[bandFor(metric, band)]} over the runs of a group` : ''}.`,
    ...(kind === 'parallel' ? [] : [`${groups.map(describeGroup).join('; ')}.`, describeMixing(groups), means]),
    ...describeOrigins(groups.flatMap(({ runs }) => runs)),
  ].filter((sentence) => sentence !== null).join(' ');
}

/** What the figure of a comparison draws. @throws LabError NOT_FOUND */
export function figureData(lab: Lab, comparison: Comparison): FigureData {
  const groups = groupsOf(lab, comparison);
  if (comparison.kind === 'bars') return barsOf(groups, comparison);
  return comparison.kind === 'parallel' ? parallelOf(groups, comparison) : curvesOf(lab, groups, comparison);
}
