// Procedures of results: comparison of groups, exports into files on the service's computer or as text.
import { z } from 'zod';
import { comparisonSchema, fileChoice, figureFormats, figureSchema, tableFormats } from '#contract';
import { comparisonTable, exportBundle, exportRun, importBundle, listComparisons, makeFigure, makeFiles, makeTable, metricsCsv, removeComparison, saveComparison } from '#services';
import { localPath, procedure, router, runReference } from './base.ts';

const runs = z.array(runReference).min(1).max(1000);
/** Writes over what is there. */
const force = z.boolean().optional();
const savedName = z.string().trim().min(1).max(80);

export const compareRouter = router({
  /** Statistics by group: final and best values, time to a target, differences to a baseline by seed. */
  table: procedure.input(comparisonSchema).query(({ ctx: { lab }, input }) => comparisonTable(lab, input)),
  /** The figure as a file: the same input gives the same bytes. */
  figure: procedure
    .input(z.strictObject({ comparison: comparisonSchema, figure: figureSchema, format: z.enum(figureFormats), dpi: z.int().min(72).max(1200).optional() }))
    .query(({ ctx: { lab }, input }) => makeFigure(lab, input)),
  /** Several files of the figure and the table, as one zip archive. */
  files: procedure
    .input(z.strictObject({ comparison: comparisonSchema, figure: figureSchema, files: z.array(fileChoice).min(1).max(12), dpi: z.int().min(72).max(1200).optional() }))
    .query(({ ctx: { lab }, input }) => makeFiles(lab, input)),
  /** The table as a file. */
  tableFile: procedure.input(z.strictObject({ comparison: comparisonSchema, format: z.enum(tableFormats) })).query(({ ctx: { lab }, input }) => makeTable(lab, input.comparison, input.format)),
  saved: procedure.query(({ ctx: { lab } }) => listComparisons(lab)),
  save: procedure.input(z.strictObject({ name: savedName, comparison: comparisonSchema, figure: figureSchema })).mutation(({ ctx: { lab }, input }) => saveComparison(lab, input)),
  remove: procedure.input(z.strictObject({ name: savedName })).mutation(({ ctx: { lab }, input }) => removeComparison(lab, input.name)),
});

export const exportsRouter = router({
  metricsCsv: procedure.input(z.strictObject({ run: runReference })).query(({ ctx: { lab }, input }) => metricsCsv(lab, input.run)),
  run: procedure.input(z.strictObject({ run: runReference, folder: localPath, force })).mutation(({ ctx: { lab }, input }) => exportRun(lab, input.run, input)),
  bundle: procedure.input(z.strictObject({ runs, file: localPath, force })).mutation(({ ctx: { lab }, input }) => exportBundle(lab, input.runs, input)),
  importBundle: procedure.input(z.strictObject({ file: localPath })).mutation(({ ctx: { lab }, input }) => importBundle(lab, input.file)),
});
