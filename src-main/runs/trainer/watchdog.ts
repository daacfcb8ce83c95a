// A thread of the trainer that lives while a step blocks: touches the heartbeat file, sees the parent go, and ends a trainer that does not end itself.
import { utimesSync, writeFileSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

type Data = { heartbeat: string; parent: number | null; flags: SharedArrayBuffer; graceMs: number };

const { heartbeat, parent, flags, graceMs } = workerData as Data;
const lost = new Int32Array(flags);
writeFileSync(heartbeat, String(process.pid));

setInterval(() => {
  const now = new Date();
  try {
    utimesSync(heartbeat, now, now);
  } catch {
    // The run directory may be on its way to the trash.
  }
  if (parent === null || process.ppid === parent || Atomics.load(lost, 0) !== 0) return;
  Atomics.store(lost, 0, 1);
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), graceMs);
}, 500);
