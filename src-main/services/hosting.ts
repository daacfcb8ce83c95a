// Keeps a host for as long as an app or a server is up: becomes it at once, or when the one there is goes.
import { setTimeout as delay } from 'node:timers/promises';
import { Host, lockOwner, type TrainerProgram } from '#runs';
import type { Lab } from './lab.ts';

const lookEveryMs = 500;

/** Works off the queue until the signal; then ends its trainers with a checkpoint. `program`: how trainers are started, where not by this Node. */
export async function keepHosting(lab: Lab, signal: AbortSignal, program?: TrainerProgram): Promise<void> {
  const host = new Host({ ...lab, slots: () => lab.settings.slots, program });
  while (!signal.aborted) {
    if (lockOwner(lab.home.hostLock) === null && host.begin()) {
      await host.work(() => signal.aborted);
      return host.end();
    }
    await delay(lookEveryMs, undefined, { signal }).catch(() => {}); // aborted: the loop ends
  }
}
