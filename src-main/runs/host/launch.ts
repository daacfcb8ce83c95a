// Starts a trainer as a child process with its output in the run's log, and says how it ended.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childEnvironment, errorCodes, nodeFlags, type HostMessage, type RunState, toLabError } from '#contract';
import { damagedRun, readRunDocument, runPaths, type RunPaths } from '../directory/document.ts';
import { fileError } from '../directory/files.ts';
import { sharedFolders, type Home } from '../directory/home.ts';
import { readCuts } from '../directory/journal.ts';
import { startTime } from '../directory/lock.ts';
import { readRegular, regularFile } from '../directory/regular.ts';
import { stateOfJournal } from '../ingest/journalEnd.ts';

/** The trainer's program; VSGD_LAB_TRAINER puts another in its place, for tests of the host. */
export const trainerMain = fileURLToPath(new URL('../trainer/main.ts', import.meta.url));

/** How trainers are started: a Node and the trainer's program. */
export type TrainerProgram = { node: string; program: string };
/** This Node and our trainer. */
const ownProgram = (): TrainerProgram => ({ node: process.execPath, program: process.env.VSGD_LAB_TRAINER ?? trainerMain });

/** `deviceLost`: the run itself is sound and can go on from its last checkpoint. */
export type TrainerEnd = { state: RunState; reason: string | null; deviceLost?: boolean };
export type Trainer = {
  pid: number;
  started: string;
  send(type: HostMessage['type']): void;
  kill(signal: NodeJS.Signals): void;
  /** Whether the journal has grown since this was last asked. */
  hasNews(): boolean;
  /** Seconds since the watchdog thread last touched the heartbeat; 0 before the first. */
  silence(): number;
  ended: Promise<TrainerEnd>;
};

const logTail = 12;

function lastLogLines(paths: RunPaths): string {
  const end = readRegular(paths.log, { tail: 10_000 })?.toString('utf8') ?? '';
  return end.trimEnd().split('\n').slice(-logTail).join('\n').slice(-2000);
}

const sizeOf = (file: string) => (existsSync(file) ? statSync(file).size : 0);

/** What the journal was when the trainer was launched: only an end that was written after that is its own. */
type Before = { size: number; cuts: number };

/** What an exit means, the journal's own word first. */
function describeEnd(paths: RunPaths, before: Before, { code, signal }: { code: number | null; signal: NodeJS.Signals | null }): TrainerEnd {
  const from = readCuts(paths).slice(before.cuts).reduce((low, { offset }) => Math.min(low, offset), before.size);
  const told = stateOfJournal(paths.journal, from);
  if (told?.ended) return { state: told.state, reason: told.reason, deviceLost: told.state === 'failed' && code === errorCodes.DEVICE_LOST };
  if (code === errorCodes.DISK_FULL) return { state: 'failed', reason: `The disk that holds ${paths.root} is full, and there was no room to save how the run ended. Free some space, then resume the run from its last checkpoint.` };
  const tail = lastLogLines(paths);
  const log = tail === '' ? '' : ` Last lines of its log:\n${tail}`;
  if (signal === 'SIGKILL' || signal === 'SIGTERM' || signal === 'SIGINT' || (code === 0 && signal === null)) {
    return { state: 'interrupted', reason: `The trainer was ended${signal ? ` by ${signal}` : ''} before its time; resume the run to go on from its last checkpoint.` };
  }
  return { state: 'failed', reason: signal ? `The trainer crashed with ${signal}.${log}` : `The trainer ended with exit code ${code}.${log}` };
}

/** @throws LabError RUN_DAMAGED where the folder is not that of a run that a trainer can work in */
function checkDirectory(paths: RunPaths): void {
  readRunDocument(paths.root);
  try {
    for (const file of [paths.journal, paths.cuts, paths.log]) regularFile(file);
  } catch (cause) {
    throw damagedRun(paths.root, cause);
  }
}

/** An end whose own record cannot be read: the run fails, and nothing else. */
function describeAnyEnd(paths: RunPaths, before: Before, exit: { code: number | null; signal: NodeJS.Signals | null }): TrainerEnd {
  try {
    return describeEnd(paths, before, exit);
  } catch (error) {
    return { state: 'failed', reason: toLabError(error).message };
  }
}

/** Starts the trainer of a run; it goes on from its checkpoint where its journal has begun. @throws LabError RUN_DAMAGED, DISK_FULL */
export function launchTrainer(home: Home, id: string, { node, program }: TrainerProgram = ownProgram()): Trainer {
  const paths = runPaths(home, id);
  checkDirectory(paths);
  const before: Before = { size: sizeOf(paths.journal), cuts: readCuts(paths).length };
  let log: number;
  try {
    log = openSync(paths.log, 'a', 0o600);
  } catch (cause) {
    throw fileError(cause, 'Starting the trainer', paths.log);
  }
  const args = [...nodeFlags, program, paths.root, ...(before.size > 0 ? ['--resume'] : [])];
  const child = spawn(node, args, { stdio: ['pipe', log, log], env: childEnvironment(process.env, sharedFolders(home), { VSGD_LAB_HOSTED: '1' }) });
  closeSync(log);
  const orders = child.stdin as NonNullable<typeof child.stdin>; // 'pipe' above
  orders.on('error', () => {}); // a trainer that ended takes no more orders; 'exit' tells
  const heartbeat = join(paths.root, 'heartbeat');
  const launched = Date.now();
  let seen = before.size;
  return {
    pid: child.pid ?? 0,
    started: child.pid ? (startTime(child.pid) ?? '') : '',
    send: (type) => void orders.write(`${JSON.stringify({ type } satisfies HostMessage)}\n`),
    kill: (signal) => void child.kill(signal),
    hasNews() {
      const size = sizeOf(paths.journal);
      const grown = size !== seen;
      seen = size;
      return grown;
    },
    silence: () => (Date.now() - Math.max(launched, existsSync(heartbeat) ? statSync(heartbeat).mtimeMs : 0)) / 1000,
    ended: new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(describeAnyEnd(paths, before, { code, signal })));
      child.once('error', (error) => resolve({ state: 'failed', reason: `No process could be started for the trainer (${node}): ${error.message}` }));
    }),
  };
}
