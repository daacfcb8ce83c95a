// Procedures of data sets: list, jobs with progress, pictures.
import { z } from 'zod';
import { catalog, importSides, listDatasets, removeDataset } from '#datasets';
import { augmentedPictures, datasetDisk, describeDataset, largestUpload, samplePictures } from '#services';
import { localPath, overrideTexts, procedure, router } from './base.ts';

const name = z.string().min(1).max(64);
const uploadId = z.string().max(100);
const jobId = z.string().max(100);
const importSettings = { name: name.optional(), xDim: z.int().min(importSides.min).max(importSides.max).optional(), holdOut: z.number().gt(0).lt(1).optional(), confirmed: z.boolean().optional() };
/** Characters of base64 in one piece: below the largest message of every transport. */
const largestPiece = 3 * 2 ** 20;
const count = z.int().min(1).max(200).optional();
const seed = z.int().min(0).max(2 ** 32 - 1).optional();

export const datasetsRouter = router({
  list: procedure.query(({ ctx: { lab } }) => listDatasets(lab.home.datasets)),
  /** What data sets take on disk, and what is free. */
  disk: procedure.query(({ ctx: { lab } }) => datasetDisk(lab)),
  /** Forgets what has arrived of a download that is not under way. */
  discard: procedure.input(z.strictObject({ name })).mutation(({ ctx: { jobs }, input }) => jobs.discard(input.name)),
  /** Manifest and pictures per class of an installed data set. */
  show: procedure.input(z.strictObject({ name })).query(({ ctx: { lab }, input }) => describeDataset(lab, input.name)),
  /** The published files: names, bytes, MD5, addresses; none for what is generated or a folder. */
  sources: procedure.input(z.strictObject({ name })).query(({ input }) => catalog.find((entry) => entry.name === input.name)?.files ?? []),
  /** These start a job and return at once; `progress` reports the rest. */
  install: procedure
    .input(z.strictObject({ name, mirror: z.string().max(2000).optional(), acceptDigest: z.boolean().optional() }))
    .mutation(({ ctx: { jobs }, input }) => jobs.install(input)),
  import: procedure
    .input(z.strictObject({ path: localPath, ...importSettings, acceptDigest: z.boolean().optional() }))
    .mutation(({ ctx: { jobs }, input }) => jobs.import(input)),
  /** What an import would install; then `importInspected` or `dismiss`. */
  inspect: procedure.input(z.strictObject({ path: localPath })).mutation(({ ctx: { jobs }, input }) => jobs.inspect(input.path)),
  importInspected: procedure.input(z.strictObject({ id: jobId, ...importSettings })).mutation(({ ctx: { jobs }, input: { id, ...settings } }) => jobs.importInspected(id, settings)),
  /** Forgets a job that has ended. */
  dismiss: procedure.input(z.strictObject({ id: jobId })).mutation(({ ctx: { jobs }, input }) => jobs.dismiss(input.id)),
  /** A file from the page comes in pieces of base64, in order: begin, append …, then inspect with the others that were chosen, or cancel. */
  beginUpload: procedure.input(z.strictObject({ name: z.string().min(1).max(500), size: z.int().min(1).max(largestUpload) })).mutation(({ ctx: { jobs }, input }) => jobs.uploads.begin(input)),
  appendUpload: procedure
    .input(z.strictObject({ id: uploadId, offset: z.int().min(0), data: z.base64().max(largestPiece) }))
    .mutation(({ ctx: { jobs }, input: { id, offset, data } }) => jobs.uploads.append(id, { offset, bytes: Buffer.from(data, 'base64') })),
  /** `folder`: the file is a folder as a tar. */
  inspectUploads: procedure.input(z.strictObject({ ids: z.array(uploadId).min(1).max(100), folder: z.boolean().optional() })).mutation(({ ctx: { jobs }, input: { ids, folder } }) => jobs.inspectUploads(ids, { folder })),
  cancelUpload: procedure.input(z.strictObject({ id: uploadId })).mutation(({ ctx: { jobs }, input }) => jobs.uploads.cancel(input.id)),
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
