// A thread of the trainer that lives while a step blocks: touches the heartbeat file, sees the parent go, and ends a trainer that does not end itself.
import { utimesSync, writeFileSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

export type WatchdogData = { heartbeat: string; parent: number | null; flags: SharedArrayBuffer; graceMs: number };

const { heartbeat, parent, flags, graceMs } = workerData as WatchdogData;
const lost = new Int32Array(flags);
let armed = false;

let written = false;

function touch(): void {
  const now = new Date();
  try {
    if (!written) writeFileSync(heartbeat, String(process.pid));
    written = true;
    utimesSync(heartbeat, now, now);
  } catch {
    // The run directory may be on its way to the trash, or the disk is full: the next touch tries again.
  }
}

touch();
setInterval(() => {
  touch();
  if (parent !== null && process.ppid !== parent) Atomics.store(lost, 0, 1);
  if (armed || Atomics.load(lost, 0) === 0) return;
  armed = true;
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), graceMs);
}, 500);
