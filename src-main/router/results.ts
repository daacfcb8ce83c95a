// Procedures of results: comparison of groups, exports into files on the service's computer or as text.
import { z } from 'zod';
import { compareRuns, exportBundle, exportRun, importBundle, metricsCsv, showRun } from '#services';
import { localPath, procedure, router, runReference } from './base.ts';

const runs = z.array(runReference).min(1).max(1000);

export const compareRouter = router({
  /** Mean and sample deviation of final and best values, per value of the configuration key `by`. */
  groups: procedure
    .input(z.strictObject({ runs, by: z.string().max(200).optional() }))
    .query(({ ctx: { lab }, input }) => compareRuns(input.runs.map((run) => showRun(lab, run)), input.by)),
});

export const exportsRouter = router({
  metricsCsv: procedure.input(z.strictObject({ run: runReference })).query(({ ctx: { lab }, input }) => metricsCsv(lab, input.run)),
  run: procedure.input(z.strictObject({ run: runReference, folder: localPath })).mutation(({ ctx: { lab }, input }) => exportRun(lab, input.run, input.folder)),
  bundle: procedure.input(z.strictObject({ runs, file: localPath })).mutation(({ ctx: { lab }, input }) => exportBundle(lab, input.runs, input.file)),
  importBundle: procedure.input(z.strictObject({ file: localPath })).mutation(({ ctx: { lab }, input }) => importBundle(lab, input.file)),
});
