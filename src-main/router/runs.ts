// Procedures of runs: history, queue, control, what a person writes about them.
import { z } from 'zod';
import { LabError, runLimits, runNotes, runStates, runTags } from '#contract';
import { askToEnd, configurationOf, editRun, enqueueRuns, environmentOf, evaluationOf, forkRun, logTail, moveInQueue, notesOf, purgeRuns, restoreRun, resumeRun, retryRun, runFolder, showRunView, findRun, trashRun } from '#services';
import { overrideTexts, procedure, router, runReference } from './base.ts';
import { listInTurns } from './turns.ts';

const one = z.strictObject({ run: runReference });
const byId = z.strictObject({ id: z.string().max(100) });
const name = z.string().max(runLimits.name);
const engine = z.string().max(50).optional();
/** What runs made earlier say may be longer than what may be written today. */
const expected = z.strictObject({ name: z.string().optional(), tags: z.array(z.string()).optional(), notes: z.string().optional(), starred: z.boolean().optional() });
const launch = { name: name.nullish(), tags: runTags.optional(), engine };

const reading = {
  /** Runs oldest first (or newest first), a page at a time, with the cursor from which live.changes goes on. */
  list: procedure
    .input(z.strictObject({ states: z.array(z.enum(runStates)).optional(), text: z.string().max(1000).optional(), sweepId: z.string().max(100).optional(), trashed: z.boolean().optional(), after: z.string().max(100).optional(), limit: z.int().min(1).max(2000).optional(), newestFirst: z.boolean().optional() }).optional())
    .query(({ ctx: { lab }, input }) => listInTurns(lab, input ?? {})),
  show: procedure.input(byId).query(({ ctx: { lab }, input }) => showRunView(lab, input.id)),
  /** What the trainer noted: fallbacks, skipped steps, unreadable lines. */
  messages: procedure.input(one).query(({ ctx: { lab }, input }) => notesOf(lab, findRun(lab, input.run).id)),
  /** Confusion counts and the surest mistakes of the finished model; null where there are none. */
  evaluation: procedure.input(one).query(({ ctx: { lab }, input }) => evaluationOf(lab, input.run)),
  /** The stored configuration, and overrides that compose to it. */
  configuration: procedure.input(one).query(({ ctx: { lab }, input }) => configurationOf(lab, input.run)),
  environment: procedure.input(one).query(({ ctx: { lab }, input }) => environmentOf(lab, input.run)),
  /** Where a run's files lie on the computer of the service, in the trash or not. */
  folder: procedure.input(byId).query(({ ctx: { lab }, input }) => runFolder(lab, input.id)),
  log: procedure.input(z.strictObject({ run: runReference, bytes: z.int().min(1).max(2_000_000).optional() })).query(({ ctx: { lab }, input }) => logTail(lab, input.run, input.bytes)),
};

const making = {
  enqueue: procedure
    .input(z.strictObject({ overrides: overrideTexts, needed: z.boolean().optional(), ...launch }))
    .mutation(({ ctx: { lab }, input }) => enqueueRuns(lab, input)),
  /** One run per combination of comma-separated values, choice(…), range(…), glob(…). */
  enqueueSweep: procedure
    .input(z.strictObject({ overrides: overrideTexts, needed: z.boolean().optional(), ...launch }))
    .mutation(({ ctx: { lab }, input }) => enqueueRuns(lab, { ...input, multirun: true })),
  /** Goes on from a checkpoint (the newest without `step`) as a run of its own, with further overrides of the stored configuration; returns what differs. */
  fork: procedure
    .input(z.strictObject({ run: runReference, step: z.int().min(0).optional(), overrides: overrideTexts, name: name.nullish(), engine }))
    .mutation(({ ctx: { lab }, input: { run, ...rest } }) => forkRun(lab, { id: findRun(lab, run).id, ...rest })),
  /** The stored configuration again, from the beginning. */
  retry: procedure.input(one).mutation(({ ctx: { lab }, input }) => retryRun(lab, input.run)),
};

const control = {
  /** Asks; live.changes tells when the run rests. */
  stop: procedure.input(one).mutation(({ ctx: { lab }, input }) => askToEnd(lab, input.run, 'stopped')),
  pause: procedure.input(one).mutation(({ ctx: { lab }, input }) => askToEnd(lab, input.run, 'paused')),
  /** Puts a paused, stopped, failed or interrupted run at the end of the queue; it goes on from its checkpoint, by another engine where one is named. */
  resume: procedure.input(z.strictObject({ run: runReference, engine })).mutation(({ ctx: { lab }, input }) => resumeRun(lab, input.run, input.engine)),
  /** Puts queued runs, in this order, before another one; null: at the end. */
  reorder: procedure.input(z.strictObject({ runs: z.array(runReference).min(1).max(1000), before: runReference.nullable() })).mutation(({ ctx: { lab }, input }) => moveInQueue(lab, input.runs, input.before)),
};

const keeping = {
  trash: procedure.input(one).mutation(({ ctx: { lab }, input }) => trashRun(lab, input.run)),
  restore: procedure.input(one).mutation(({ ctx: { lab }, input }) => restoreRun(lab, input.run)),
  /** Deletes one trashed run for good, or, without `run`, all. */
  purge: procedure.input(z.strictObject({ run: runReference.optional() })).mutation(({ ctx: { lab }, input }) => purgeRuns(lab, input.run)),
  edit: procedure
    .input(z.strictObject({ run: runReference, name: name.min(1).optional(), tags: runTags.optional(), notes: runNotes.optional(), starred: z.boolean().optional(), expected: expected.optional() }))
    .mutation(({ ctx: { lab }, input: { run, ...change } }) => editRun(lab, run, change)),
};

const showing = {
  /** Opens a run's folder in the file manager of the desktop app; which folder that is, the run's id alone tells. */
  openFolder: procedure.input(byId).mutation(async ({ ctx: { lab, openFolder }, input }) => {
    const folder = runFolder(lab, input.id);
    if (!openFolder) throw new LabError('USAGE', `Only the desktop app opens folders; this one is ${folder}.`);
    await openFolder(folder);
  }),
};

export const runsRouter = router({ ...reading, ...making, ...control, ...keeping, ...showing });
