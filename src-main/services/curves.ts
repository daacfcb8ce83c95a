// Curves for the screen: rows after a cursor, decimation that keeps every extreme, histograms, the optimizer layer by layer.
import { decimate, encodeMetric, LabError, type MetricValue, type SeriesCursor, type SeriesDelta } from '#contract';
import { getRun, layersAt, listHistograms, listQuantiles, listSeries, readSeries, valuesAt, type StoredHistogram, type StoredLayers, type StoredQuantiles } from '#store';
import type { Lab } from './lab.ts';
import { packPoints } from './packing.ts';

export type Range = { from?: number; to?: number };
export type Decimated = { steps: number[]; values: MetricValue[]; total: number; first: number | null; last: number | null; cursor: SeriesCursor };

const cutsOf = ({ database }: Lab, runId: string): number => {
  const row = getRun(database, runId);
  if (!row) throw new LabError('NOT_FOUND', `There is no run ${runId}.`);
  return row.journal_cuts;
};

/** The last value of a metric at or before a step, by run; runs that have none are left out. */
export const metricAt = ({ database }: Lab, runIds: string[], at: { key: string; step: number }): Record<string, MetricValue> =>
  Object.fromEntries([...valuesAt(database, runIds, at)].map(([id, value]) => [id, encodeMetric(value)]));

/** Keys of a run's metrics. @throws LabError NOT_FOUND */
export function curveKeys(lab: Lab, runId: string): string[] {
  cutsOf(lab, runId);
  return listSeries(lab.database, runId);
}

/** Rows of a curve after a cursor (null: from the start), at most `limit`; null where there is nothing new, or no such run any more. */
export function newRows({ database }: Lab, { runId, key, cursor }: { runId: string; key: string; cursor: SeriesCursor | null }, limit: number): SeriesDelta | null {
  const cuts = getRun(database, runId)?.journal_cuts;
  if (cuts === undefined) return null;
  const reset = cursor === null || cursor.cuts !== cuts;
  const points = readSeries(database, runId, { key, from: reset ? 0 : cursor.step + 1, limit: limit + 1 });
  const { steps } = points;
  if (steps.length === 0 && (cursor === null || !reset)) return null;
  const count = Math.min(limit, steps.length);
  return { runId, key, reset, more: steps.length > limit, points: packPoints(points, count), cursor: { cuts, step: steps[count - 1] ?? -1 } };
}

const noPoints = { steps: new Float64Array(), times: new Float64Array(), values: new Float64Array() };

/** Rows of a curve after a cursor. @throws LabError NOT_FOUND */
export function rowsAfter(lab: Lab, at: { runId: string; key: string; cursor: SeriesCursor | null }, limit = 20_000): SeriesDelta {
  const cuts = cutsOf(lab, at.runId);
  return newRows(lab, at, limit) ?? { runId: at.runId, key: at.key, reset: at.cursor === null, more: false, points: packPoints(noPoints), cursor: at.cursor ?? { cuts, step: -1 } };
}

/** A curve for `width` pixels: the points that change the picture, and how many there are. @throws LabError NOT_FOUND */
export function decimatedCurve(lab: Lab, { runId, key, width, from, to }: { runId: string; key: string; width: number } & Range): Decimated {
  return lab.database.transaction(() => {
    const cuts = cutsOf(lab, runId);
    const { steps, values } = readSeries(lab.database, runId, { key, from, to });
    const kept = decimate(steps, values, width);
    const last = steps.at(-1) ?? null;
    return { steps: kept.map((at) => steps[at] as number), values: kept.map((at) => encodeMetric(values[at] as number)), total: steps.length, first: steps[0] ?? null, last, cursor: { cuts, step: last ?? -1 } };
  })();
}

export type Histograms = { histograms: StoredHistogram[]; cuts: number; more: boolean };

/** Histograms of a run, in the order of their making; `cuts` as in a curve's cursor. @throws LabError NOT_FOUND */
export function histogramsOf(lab: Lab, { runId, name, after, limit = 1000 }: { runId: string; name: string; after?: number; limit?: number }): Histograms {
  const cuts = cutsOf(lab, runId);
  const found = listHistograms(lab.database, runId, { name, after, limit: limit + 1 });
  return { histograms: found.slice(0, limit), cuts, more: found.length > limit };
}

export type QuantileRows = { rows: StoredQuantiles[]; cuts: number; more: boolean };

/** Quantiles of the optimizer's measures of one tensor (null: over all elements), in the order of their making. @throws LabError NOT_FOUND */
export function quantilesOf(lab: Lab, { runId, tensor, after, limit = 1000 }: { runId: string; tensor: string | null; after?: number; limit?: number }): QuantileRows {
  const cuts = cutsOf(lab, runId);
  const found = listQuantiles(lab.database, runId, { tensor, after, limit: limit + 1 });
  return { rows: found.slice(0, limit), cuts, more: found.length > limit };
}

/** All tensors at the last logged step up to `step`; null where a run has none. @throws LabError NOT_FOUND */
export function layersOf(lab: Lab, { runId, step }: { runId: string; step: number }): StoredLayers | null {
  cutsOf(lab, runId);
  return layersAt(lab.database, runId, step);
}
