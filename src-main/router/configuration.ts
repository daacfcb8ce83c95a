// Procedures of the configuration: what a form needs, composing, the schedule ahead.
import { z } from 'zod';
import { composeView, describeConfiguration, estimateRun, schedulePreview } from '#services';
import { overrideTexts, procedure, router } from './base.ts';

export const configurationRouter = router({
  describe: procedure.query(() => describeConfiguration()),
  /** Never throws for a wrong configuration: its faults stand in the answer, each at its override. */
  compose: procedure.input(z.strictObject({ overrides: overrideTexts, multirun: z.boolean().optional() })).query(({ input }) => composeView(input)),
  /** Parameters, steps, time by an earlier run of the same kind, disk, memory. */
  estimate: procedure.input(z.strictObject({ overrides: overrideTexts })).query(({ ctx: { lab }, input }) => estimateRun(lab, input.overrides)),
  schedule: procedure.input(z.strictObject({ overrides: overrideTexts, points: z.int().min(2).max(5000).optional() })).query(({ input }) => schedulePreview(input)),
});
