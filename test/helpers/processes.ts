// Finds and watches processes through /proc (Linux), for tests that kill them.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Ids of processes whose command line contains all of these texts; zombies do not count. */
export function findProcesses(...texts: string[]): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return pid !== process.pid && texts.every((text) => command.includes(text)) && isAlive(pid);
    } catch {
      return false; // it ended while we looked
    }
  });
}

/** Whether a process runs (a zombie does not). */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false; // no such process
  }
}

/** Waits until `check` holds, looking every 20 ms; throws after `limitMs` with what was waited for. */
export async function waitUntil(what: string, check: () => boolean, limitMs = 60_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!check()) {
    if (performance.now() > end) throw new Error(`Waited ${limitMs} ms in vain for ${what}.`);
    await delay(20);
  }
}
