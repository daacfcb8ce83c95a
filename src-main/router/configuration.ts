// Procedures of the configuration: what a form needs, composing, the schedule ahead.
import { z } from 'zod';
import { composeView, describeConfiguration, estimateRuns, listPresets, removePreset, savePreset, schedulePreview } from '#services';
import { overrideTexts, procedure, router } from './base.ts';

const presetName = z.string().trim().min(1).max(80);

export const configurationRouter = router({
  describe: procedure.query(() => describeConfiguration()),
  /** Never throws for a wrong configuration: its faults stand in the answer, each at its override. */
  compose: procedure.input(z.strictObject({ overrides: overrideTexts, multirun: z.boolean().optional() })).query(({ ctx: { lab }, input }) => composeView(input, lab)),
  /** Parameters, steps, time by earlier runs of the same kinds, disk, memory; of all runs of a sweep. */
  estimate: procedure.input(z.strictObject({ overrides: overrideTexts, multirun: z.boolean().optional() })).query(({ ctx: { lab }, input }) => estimateRuns(lab, input)),
  presets: procedure.query(({ ctx: { lab } }) => listPresets(lab)),
  savePreset: procedure.input(z.strictObject({ name: presetName, overrides: overrideTexts })).mutation(({ ctx: { lab }, input }) => savePreset(lab, input)),
  removePreset: procedure.input(z.strictObject({ name: presetName })).mutation(({ ctx: { lab }, input }) => removePreset(lab, input.name)),
  schedule: procedure.input(z.strictObject({ overrides: overrideTexts, points: z.int().min(2).max(5000).optional() })).query(({ ctx: { lab }, input }) => schedulePreview(input, lab)),
});
