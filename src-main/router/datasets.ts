// Procedures of data sets: list, jobs with progress, pictures.
import { z } from 'zod';
import { listDatasets, removeDataset } from '#datasets';
import { augmentedPictures, describeDataset, samplePictures } from '#services';
import { localPath, overrideTexts, procedure, router } from './base.ts';

const name = z.string().min(1).max(64);
const count = z.int().min(1).max(200).optional();
const seed = z.int().min(0).max(2 ** 32 - 1).optional();

export const datasetsRouter = router({
  list: procedure.query(({ ctx: { lab } }) => listDatasets(lab.home.datasets)),
  /** Manifest and pictures per class of an installed data set. */
  show: procedure.input(z.strictObject({ name })).query(({ ctx: { lab }, input }) => describeDataset(lab, input.name)),
  /** These three start a job and return at once; `progress` tells the rest. */
  install: procedure
    .input(z.strictObject({ name, mirror: z.string().max(2000).optional(), acceptDigest: z.boolean().optional() }))
    .mutation(({ ctx: { jobs }, input }) => jobs.install(input)),
  import: procedure
    .input(z.strictObject({ path: localPath, name: name.optional(), xDim: z.int().min(8).max(1024).optional(), acceptDigest: z.boolean().optional() }))
    .mutation(({ ctx: { jobs }, input }) => jobs.import(input)),
  verify: procedure.input(z.strictObject({ name })).mutation(({ ctx: { jobs }, input }) => jobs.verify(input.name)),
  cancel: procedure.input(z.strictObject({ id: z.string().max(100) })).mutation(({ ctx: { jobs }, input }) => jobs.cancel(input.id)),
  /** All jobs, at once and after each change. */
  progress: procedure.subscription(async function* ({ ctx: { jobs }, signal }) {
    yield* jobs.watch(signal ?? new AbortController().signal);
  }),
  remove: procedure.input(z.strictObject({ name })).mutation(async ({ ctx: { lab }, input }) => {
    await removeDataset(lab.home.datasets, input.name);
    return input.name;
  }),
  samples: procedure
    .input(z.strictObject({ name, split: z.enum(['train', 'val', 'test']).optional(), count, seed, label: z.int().min(0).optional(), indices: z.array(z.int().min(0)).max(200).optional(), format: z.enum(['png', 'raw']).optional() }))
    .query(({ ctx: { lab }, input }) => samplePictures(lab, input)),
  /** Pictures as a run with these overrides would train on them. */
  augmented: procedure.input(z.strictObject({ overrides: overrideTexts, count, redraw: seed })).query(({ ctx: { lab }, input }) => augmentedPictures(lab, input)),
});
