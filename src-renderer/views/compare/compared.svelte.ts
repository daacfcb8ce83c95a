// What the address compares: its runs in groups, their curves, what differs. All of it follows the runs as they change.
import { arrangeGroups, bandFor, countedGroups, differences, meanCurve, placesOf, settledName, shownGroups, variantStyle, type Comparison, type MeanCurve, type RunGroup, type RunView } from '#contract';
import type { Curve } from '../../charts/curve.ts';
import { groupColor, isActive } from '../../elements/runFacts.ts';
import { address } from '../../state/address.svelte.ts';
import { runs } from '../../state/runs.svelte.ts';
import { seriesId, type Series } from '../../state/series.svelte.ts';
import { comparisonOf } from './comparison.ts';

export type Group = RunGroup<RunView>;
const noCurves = ['iter', 'epoch', 'skipped_steps'];
const smallMultiples = ['test/accuracy', 'test/loss', 'val/accuracy', 'val/loss', 'train/accuracy', 'train/loss', 'lr', 'grad_norm', 'beta1_median'];

export class Compared {
  readonly ids: string[] = $derived((address.query.runs ?? '').split(',').filter((id) => id !== ''));
  readonly chosen: RunView[] = $derived(this.ids.map((id) => runs.byId[id]).filter((run): run is RunView => run !== undefined && run.trashedAt === null));
  readonly missing: number = $derived(runs.loaded ? this.ids.length - this.chosen.length : 0);
  readonly keys: string[] = $derived([...new Set(this.chosen.flatMap(({ metrics }) => Object.keys(metrics)))].filter((key) => !noCurves.includes(key)).sort());
  readonly metric: string = $derived(address.query.metric || (['test/accuracy', 'val/accuracy', 'train/loss'].find((key) => this.keys.includes(key)) ?? this.keys[0] ?? 'test/accuracy'));
  readonly comparison: Comparison = $derived(comparisonOf(address.query, this.chosen.map(({ id }) => id), this.metric));
  readonly groups: Group[] = $derived(arrangeGroups(this.chosen, this.comparison));
  readonly shown: Group[] = $derived(shownGroups(this.groups, this.comparison.hidden));
  /** The groups as the table counts them. */
  readonly counted: Group[] = $derived(countedGroups(this.groups, this.comparison.hidden));
  readonly differing = $derived(differences(this.chosen).filter(({ key }) => !key.endsWith('experiment_name')));
  readonly perMetric: boolean = $derived(this.comparison.charts === 'metrics' && this.comparison.kind === 'curves');
  /** Metrics that are drawn. */
  readonly drawn: string[] = $derived(this.perMetric ? smallMultiples.filter((key) => this.keys.includes(key)) : [this.metric]);
  readonly live: boolean = $derived(this.chosen.some((run) => isActive(run) || run.state === 'queued'));

  /** The curve of every shown group: the mean of its runs with the band, or the one run itself. `series` by `seriesId`. */
  curvesOf(key: string, series: Record<string, Series>): (Curve & { group: Group; mean: MeanCurve })[] {
    const { x, band } = this.comparison;
    return this.shown.flatMap((group) => {
      const found = group.runs.flatMap((run) => { const one = series[seriesId({ runId: run.id, key })]; return one && one.steps.length > 0 ? [{ run, ...one }] : []; });
      if (found.length === 0) return [];
      const mean = meanCurve(found.map(({ run, steps, times, values }) => ({ steps, ys: values, xs: placesOf(run, { steps, times }, x) })), bandFor(key, band));
      const label = `${settledName(group)}${found.length > 1 ? ` (${found.length})` : ''}`;
      return [{ group, label, key, color: groupColor(group), dash: variantStyle(group.variant).dash, xs: mean.xs, ys: mean.ys, mean, ...(found.length > 1 ? { over: mean } : {}), ...(found.length > 1 && band !== 'none' ? { band: { low: mean.low, high: mean.high } } : {}) }];
    });
  }
}
