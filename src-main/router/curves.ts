// Procedures of curves: keys, rows after a cursor, decimated for the screen, histograms, the optimizer by layer.
import { z } from 'zod';
import { curveKeys, decimatedCurve, histogramsOf, layersOf, metricAt, quantilesOf, rowsAfter } from '#services';
import { procedure, router } from './base.ts';
import { inTurn } from './turns.ts';

const runId = z.string().max(100);
const key = z.string().max(1000);
/** Where a reader stands in one curve. */
export const seriesCursor = z.strictObject({ cuts: z.int().min(0), step: z.int().min(-1) });
const step = z.int().min(0);

export const curvesRouter = router({
  keys: procedure.input(z.strictObject({ runId })).query(({ ctx: { lab }, input }) => curveKeys(lab, input.runId)),
  rows: procedure
    .input(z.strictObject({ runId, key, cursor: seriesCursor.nullable(), limit: z.int().min(1).max(100_000).optional() }))
    .query(({ ctx: { lab }, input: { limit, ...at } }) => inTurn(() => rowsAfter(lab, at, limit))),
  /** Smallest and largest per pixel column, never sampled. */
  decimated: procedure
    .input(z.strictObject({ runId, key, width: z.int().min(1).max(10_000), from: step.optional(), to: step.optional() }))
    .query(({ ctx: { lab }, input }) => inTurn(() => decimatedCurve(lab, input))),
  /** A metric's last value at or before a step, of many runs. */
  at: procedure
    .input(z.strictObject({ runIds: z.array(runId).max(20_000), key, step }))
    .query(({ ctx: { lab }, input: { runIds, ...at } }) => metricAt(lab, runIds, at)),
  histograms: procedure
    .input(z.strictObject({ runId, name: key.default('beta1'), after: z.int().min(-1).optional(), limit: z.int().min(1).max(5000).optional() }))
    .query(({ ctx: { lab }, input }) => histogramsOf(lab, input)),
  /** Quantiles of the optimizer's measures over the steps: of one tensor, or over all elements. */
  quantiles: procedure
    .input(z.strictObject({ runId, tensor: key.nullable().default(null), after: z.int().min(-1).optional(), limit: z.int().min(1).max(5000).optional() }))
    .query(({ ctx: { lab }, input }) => quantilesOf(lab, input)),
  /** The same of all tensors at the last logged step up to this one. */
  layers: procedure.input(z.strictObject({ runId, step: step.default(Number.MAX_SAFE_INTEGER) })).query(({ ctx: { lab }, input }) => layersOf(lab, input)),
});
