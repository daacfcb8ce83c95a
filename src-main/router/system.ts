// Procedures of the program itself: engines, settings, where it lives.
import { z } from 'zod';
import { lockOwner } from '#runs';
import { changeSettings, settingsSchema } from '#services';
import { listEngines } from '#training';
import { procedure, router } from './base.ts';

export const enginesRouter = router({
  /** From fastest to slowest, with why one can be used or not. */
  list: procedure.query(() => listEngines()),
});

const changes = z.strictObject({ slots: settingsSchema.shape.slots.unwrap().optional(), autoResume: z.boolean().optional(), autosave: settingsSchema.shape.autosave.unwrap().optional(), mirror: z.string().max(2000).nullable().optional() });

export const settingsRouter = router({
  get: procedure.query(({ ctx: { lab } }) => ({ ...lab.settings })),
  set: procedure.input(changes).mutation(({ ctx: { lab }, input }) => changeSettings(lab, input)),
});

export const systemRouter = router({
  about: procedure.query(({ ctx: { lab, version } }) => ({ version, home: lab.home.root, notices: lab.notices, hosted: lockOwner(lab.home.hostLock) !== null })),
});
