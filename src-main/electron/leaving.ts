// How the app ends: asked first where runs train, then every trainer saved, then gone. A signal or a shutdown asks nothing.
import type { App, Dialog } from 'electron';
import type { Core } from './core.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { askToLeave, noteForResume, type Leaving } from './quit.ts';

export type LeavingParts = { app: Pick<App, 'on' | 'quit'>; dialog: Pick<Dialog, 'showMessageBoxSync'>; core: Pick<Core, 'lab' | 'work' | 'close'>; before(): void };

/** A job that does not end by then does not keep the app open; trainers save by themselves when their host is gone. */
const closeLimitMs = 30_000;

/** Guards the end of the app; returns how to leave without being asked. */
export function guardLeaving({ app, dialog, core, before }: LeavingParts): () => Promise<void> {
  let state: 'open' | 'closing' | 'closed' = 'open';
  const leave = async (how: Leaving) => {
    if (how === 'stay' || state !== 'open') return;
    state = 'closing';
    const ids = core.work().atWork.filter(({ desired }) => desired === 'finished').map(({ id }) => id);
    if (how === 'resume later') noteForResume(core.lab, ids);
    before();
    await Promise.race([core.close(), delay(closeLimitMs, undefined, { ref: false })]);
    state = 'closed';
    app.quit();
  };
  app.on('before-quit', (event) => {
    if (state === 'closed') return;
    event.preventDefault();
    if (state === 'open') void leave(askToLeave(dialog, core.work().atWork.length));
  });
  return () => leave('resume later');
}
