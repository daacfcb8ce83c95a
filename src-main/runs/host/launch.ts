// Starts a trainer as a child process with its output in the run's log, and says how it ended.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { trainerMessage, type HostMessage, type RunState } from '#contract';
import type { RunPaths } from '../directory/document.ts';
import { startTime } from '../directory/lock.ts';
import { stateOfJournal } from '../ingest/rebuild.ts';

export const trainerMain = process.env.VSGD_LAB_TRAINER ?? fileURLToPath(new URL('../trainer/main.ts', import.meta.url));

export type TrainerEnd = { state: RunState; reason: string | null };
export type Trainer = {
  pid: number;
  started: string;
  send(type: HostMessage['type']): void;
  kill(signal: NodeJS.Signals): void;
  /** Seconds since the watchdog thread last touched the heartbeat; 0 before the first. */
  silence(): number;
  ended: Promise<TrainerEnd>;
};

/** After so many messages that are not ours a trainer is ended. */
const garbageLimit = 1000;
const logTail = 5;

function lastLogLines(paths: RunPaths): string {
  if (!existsSync(paths.log)) return '';
  const lines = readFileSync(paths.log, 'utf8').trimEnd().split('\n').slice(-logTail);
  return lines.join('\n').slice(-2000);
}

/** What an exit means, the journal's own word first. */
function describeEnd(paths: RunPaths, { code, signal }: { code: number | null; signal: NodeJS.Signals | null }): TrainerEnd {
  const told = stateOfJournal(paths.journal);
  if (told.state !== 'interrupted' && told.state !== 'queued') return told;
  const tail = lastLogLines(paths);
  const log = tail === '' ? '' : ` Last lines of its log:\n${tail}`;
  if (signal === 'SIGKILL' || signal === 'SIGTERM' || signal === 'SIGINT' || (code === 0 && signal === null)) {
    return { state: 'interrupted', reason: `The trainer was ended${signal ? ` by ${signal}` : ''} before its time; resume the run to go on from its last checkpoint.` };
  }
  return { state: 'failed', reason: signal ? `The trainer crashed with ${signal}.${log}` : `The trainer ended with exit code ${code}.${log}` };
}

function listen(child: ChildProcess, onJournal: () => void): void {
  let garbage = 0;
  child.on('message', (raw) => {
    const parsed = trainerMessage.safeParse(raw);
    if (parsed.success) {
      if (parsed.data.type === 'journal') onJournal();
      return;
    }
    garbage += 1;
    if (garbage === garbageLimit) child.kill('SIGKILL');
  });
  child.on('error', () => {}); // told by 'exit', or by the pid that is missing
}

/** Starts the trainer of a run directory; it goes on from its checkpoint where its journal has begun. */
export function launchTrainer(paths: RunPaths, onJournal: () => void): Trainer {
  const resume = existsSync(paths.journal) && statSync(paths.journal).size > 0;
  const log = openSync(paths.log, 'a', 0o600);
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', trainerMain, paths.root, ...(resume ? ['--resume'] : [])], { stdio: ['ignore', log, log, 'ipc'] });
  closeSync(log);
  listen(child, onJournal);
  const heartbeat = join(paths.root, 'heartbeat');
  return {
    pid: child.pid ?? 0,
    started: child.pid ? (startTime(child.pid) ?? '') : '',
    send: (type) => { if (child.connected) child.send({ type } satisfies HostMessage, () => {}); },
    kill: (signal) => void child.kill(signal),
    silence: () => (existsSync(heartbeat) ? (Date.now() - statSync(heartbeat).mtimeMs) / 1000 : 0),
    ended: new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(describeEnd(paths, { code, signal })));
      if (child.pid === undefined) resolve({ state: 'failed', reason: `No process could be started for the trainer (${process.execPath}).` });
    }),
  };
}
