// Works until given runs rest: as the host where there is none, else by watching the one there is. Ctrl-C once stops with a checkpoint, twice at once.
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { childEnvironment, isResting, nodeFlags, toLabError, type RunDetail } from '#contract';
import { Host, isAlive, lockOwner, recoverRuns, takeBack } from '#runs';
import { showRun, type Lab } from '#services';
import { getRun, nextQueued, setDesired } from '#store';
import { createProgress } from './progress.ts';
import { remark } from './output.ts';

const restingNow = (lab: Lab, id: string) => {
  const row = getRun(lab.database, id);
  return !row || (isResting(row.state) && row.state !== 'queued');
};

const lookEveryMs = 150;

type Interrupts = { code(): number | null; dispose(): void };

/** Ends the trainer of a run that another host works for. */
function killTrainer(lab: Lab, id: string): void {
  const row = getRun(lab.database, id);
  if (row?.pid && isAlive({ pid: row.pid, started: row.pid_started ?? '' })) process.kill(row.pid, 'SIGKILL');
}

/** First signal: every run of ours is to stop, and runs of others that we host are handed back. Second: our trainers are killed. */
function catchInterrupts(lab: Lab, ids: string[], host: Host): Interrupts {
  let code: number | null = null;
  const onSignal = (signal: NodeJS.Signals) => {
    if (code !== null) {
      for (const id of ids) killTrainer(lab, id);
      return;
    }
    code = signal === 'SIGTERM' ? 143 : signal === 'SIGHUP' ? 129 : 130;
    remark('\nStopping with a checkpoint; press Ctrl-C again to stop at once.');
    host.leave('queued');
    stopAll();
  };
  let retry: NodeJS.Timeout | undefined;
  /** On a full or busy disk the wish is written when there is room; nothing may be thrown out of a signal's handler. */
  const stopAll = () => {
    try {
      for (const id of ids) if (!restingNow(lab, id)) setDesired(lab.database, id, 'stopped');
    } catch (error) {
      remark(`${toLabError(error).message} Trying again; press Ctrl-C again to stop at once.`);
      retry = setTimeout(stopAll, 1000);
    }
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return { code: () => code, dispose: () => { clearTimeout(retry); signals.forEach((signal) => process.off(signal, onSignal)); } };
}

/** Watches runs until they rest, or until there is no host and this process is one: then true. */
async function watchOrBegin(lab: Lab, host: Host, done: () => boolean): Promise<boolean> {
  let said = false;
  while (!done()) {
    try {
      if (lockOwner(lab.home.hostLock) === null) {
        recoverRuns(lab);
        if (host.begin()) return true;
      }
    } catch (error) {
      const { code, message } = toLabError(error);
      if (code !== 'DISK_FULL') throw error;
      if (!said) remark(`${message} Waiting for room.`);
      said = true;
    }
    await delay(lookEveryMs);
  }
  return false;
}

/** Leaves what is queued or at work to somebody else: a command that waits takes the home soon, else a host of its own is started. */
async function handOver(lab: Lab, host: Host): Promise<void> {
  await host.end('queued');
  for (let look = 0; look < 5 && lockOwner(lab.home.hostLock) === null; look += 1) {
    if (!nextQueued(lab.database)) return;
    await delay(lookEveryMs);
  }
  spawnHost(lab);
}

/** A full disk or a busy database keeps a run that its host left where it is; the next look tries again. */
function takeBackWhenPossible(lab: Lab, ids: string[]): void {
  try {
    takeBack(lab.database, ids);
  } catch (error) {
    if (!['DISK_FULL', 'STORE_BUSY'].includes(toLabError(error).code)) throw error;
  }
}

/**
 * Brings runs to rest, reporting on the way: as the host where there is none, else by watching it. A run that is interrupted because its
 * host left goes on. Exit code: of the signal, 11 where a run failed, 0 else.
 */
export async function bringToRest(lab: Lab, ids: string[], { quiet }: { quiet: boolean }): Promise<{ runs: RunDetail[]; code: number }> {
  const host = new Host({ ...lab, slots: () => lab.settings.slots });
  const interrupts = catchInterrupts(lab, ids, host);
  const progress = createProgress(lab, ids, quiet);
  const done = () => {
    takeBackWhenPossible(lab, ids);
    progress.report();
    return ids.every((id) => restingNow(lab, id));
  };
  if (await watchOrBegin(lab, host, done)) {
    await host.work(done);
    await handOver(lab, host);
  }
  progress.finish();
  interrupts.dispose();
  const runs = ids.map((id) => showRun(lab, id));
  return { runs, code: interrupts.code() ?? (runs.some(({ state }) => state === 'failed' || state === 'interrupted') ? 11 : 0) };
}

/** Works off the whole queue, then ends: what `run --detach` leaves behind. */
export async function workOffQueue(lab: Lab): Promise<number> {
  const atWork = lab.database.prepare("SELECT count(*) FROM runs WHERE trashed_at IS NULL AND (state IN ('starting', 'running', 'pausing', 'stopping') OR (state = 'queued' AND desired = 'finished'))").pluck();
  const idle = () => atWork.get() === 0;
  // Again where somebody queued a run between our last look and the release of the home: they saw a host and started none.
  for (let first = true; first || !idle(); first = false) {
    const host = new Host({ ...lab, slots: () => lab.settings.slots });
    if (!host.begin()) return 0;
    const onSignal = () => void host.end().then(() => process.exit(143));
    process.once('SIGTERM', onSignal);
    await host.work(idle);
    await host.end();
    process.off('SIGTERM', onSignal);
  }
  return 0;
}

/** Starts a host of its own where none is alive. */
export function spawnHost(lab: Lab): void {
  if (lockOwner(lab.home.hostLock) !== null) return;
  const log = openSync(join(lab.home.root, 'host.log'), 'a', 0o600);
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  spawn(process.execPath, [...nodeFlags, main, 'host', '--home', lab.home.root], { detached: true, stdio: ['ignore', log, log], env: childEnvironment(process.env) }).unref();
}
