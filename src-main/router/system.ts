// Procedures of the program itself: engines, settings, where it lives.
import { z } from 'zod';
import { lockOwner } from '#runs';
import { changeSettings, settingsSchema } from '#services';
import { listEngines } from '#training';
import { localPath, procedure, router } from './base.ts';

const installable = z.enum(['tensorflow', 'tensorflow-cuda']);

export const enginesRouter = router({
  /** From fastest to slowest, with why one can be used or not. */
  list: procedure.query(({ ctx: { lab } }) => listEngines({ engines: lab.home.engines })),
  /** The list with what is installed, what an installation takes, the newest benchmark. */
  overview: procedure.query(({ ctx: { engineJobs } }) => engineJobs.overview()),
  /** The same, every engine tried again. */
  check: procedure.mutation(({ ctx: { engineJobs } }) => engineJobs.overview(true)),
  /** These two start a job and return at once; `progress` tells the rest. */
  install: procedure
    .input(z.strictObject({ name: installable, version: z.string().regex(/^\d+(\.\d+)*$/).max(30).optional(), index: z.url().max(2000).optional(), from: localPath.optional(), wheels: z.array(localPath).max(40).optional() }))
    .mutation(({ ctx: { engineJobs }, input }) => engineJobs.install(input)),
  bench: procedure.input(z.strictObject({ models: z.array(z.string().max(50)).max(20).optional() }).optional()).mutation(({ ctx: { engineJobs }, input }) => engineJobs.bench(input?.models)),
  cancel: procedure.input(z.strictObject({ id: z.string().max(100) })).mutation(({ ctx: { engineJobs }, input }) => engineJobs.cancel(input.id)),
  /** Forgets an installation that was not brought to its end, and deletes what it downloaded. */
  discard: procedure.mutation(({ ctx: { engineJobs } }) => engineJobs.discard()),
  progress: procedure.subscription(async function* ({ ctx: { engineJobs }, signal }) {
    yield* engineJobs.watch(signal ?? new AbortController().signal);
  }),
  /** Gives back what `restore` takes within ten seconds. */
  remove: procedure.input(z.strictObject({ name: installable })).mutation(({ ctx: { engineJobs }, input }) => engineJobs.remove(input.name)),
  restore: procedure.input(z.strictObject({ id: z.string().max(100) })).mutation(({ ctx: { engineJobs }, input }) => engineJobs.restore(input.id)),
});

const changes = z.strictObject({ slots: settingsSchema.shape.slots.unwrap().optional(), autoResume: z.boolean().optional(), autosave: settingsSchema.shape.autosave.unwrap().optional(), mirror: z.string().max(2000).nullable().optional(), datasets: z.string().max(2000).nullable().optional() });

export const settingsRouter = router({
  get: procedure.query(({ ctx: { lab } }) => ({ ...lab.settings })),
  set: procedure.input(changes).mutation(({ ctx: { lab }, input }) => changeSettings(lab, input)),
});

export const systemRouter = router({
  /** Files that the page saved, as each ends; in a browser, which shows this itself, there are none. */
  downloads: procedure.subscription(async function* ({ ctx: { downloads }, signal }) {
    if (downloads) yield* downloads(signal ?? new AbortController().signal);
  }),
  about: procedure.query(({ ctx: { lab, version } }) => ({ version, home: lab.home.root, datasets: lab.home.datasets, datasetsFixed: Boolean(process.env.VSGD_LAB_DATASETS), notices: lab.notices, hosted: lockOwner(lab.home.hostLock) !== null })),
});
