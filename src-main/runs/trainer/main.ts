// The trainer: `node main.ts RUN_DIRECTORY [--resume]`. Needs no parent and never opens the database; the run directory is all it writes.
// Exit codes: 0 finished, stopped or paused (the journal's end line says which), 1 failed, 7 no room to say so, 75 failed because the GPU was lost, 2 usage, 4 another trainer is at work, or the run has begun and --resume is missing.
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { errorCodes, LabError, ownOptions, toLabError } from '#contract';
import { pathsIn, readRunDocument } from '../directory/document.ts';
import { JournalWriter } from '../directory/journal.ts';
import { takeLock } from '../directory/lock.ts';
import { CheckpointStore } from './checkpoints.ts';
import { began, Reporter } from './reporter.ts';
import { hosted, listenForRequests, type Requests } from './requests.ts';
import { isDiskFull, whenThereIsRoom, whenThereIsRoomNow } from './room.ts';
import { train, type TrainOptions } from './train.ts';
import type { WatchdogData } from './watchdog.ts';

/** A run that fails on a full disk waits so long for room to say why. */
const failPatienceMs = 30_000;
/** A trainer that lost its host is gone by ten seconds, saved or not. */
const graceMs = 9000;

function startWatchdog(folder: string, flags: SharedArrayBuffer): void {
  const workerData: WatchdogData = { heartbeat: join(folder, 'heartbeat'), parent: hosted ? process.ppid : null, flags, graceMs };
  new Worker(new URL('./watchdog.ts', import.meta.url), ownOptions({ workerData })).unref();
}

/** What went wrong, in words; engines and V8 say it their own way when memory ends. */
function describeFailure(thrown: unknown): LabError {
  const error = toLabError(thrown);
  if (error.code !== 'INTERNAL' || !/out of memory|allocation failed|could not allocate|memory access/i.test(error.message)) return error;
  return new LabError('TRAINER_FAILED', `Memory ran out (${error.message}). Lower dataset.data_module.batch_size, or choose a smaller model.`, { cause: thrown });
}

type Session = { reporter: Reporter; release(): void; step: number };

/** Writes the failure down and ends the process; also for what is thrown where nobody waits for it. */
function fail({ reporter, release, step }: Session, thrown: unknown): never {
  const { message, code, cause } = describeFailure(thrown);
  let full = code === 'DISK_FULL';
  try {
    if (code === 'INTERNAL' && cause instanceof Error) process.stderr.write(`${cause.stack}\n`);
    reporter.note(step, 'error', message);
    reporter.write({ type: 'end', step, state: 'failed', reason: message, began });
    whenThereIsRoomNow(() => reporter.sync(), full ? 0 : failPatienceMs);
    reporter.close();
  } catch (error) {
    full ||= isDiskFull(error);
    process.stderr.write(`The journal could not be written either: ${toLabError(error).message}\n`);
  }
  release();
  process.exit(code === 'DEVICE_LOST' ? errorCodes.DEVICE_LOST : full ? errorCodes.DISK_FULL : 1);
}

async function work(session: Session, options: Omit<TrainOptions, 'onStep'> & { requests: Requests }): Promise<never> {
  const { requests } = options;
  const end = await train({ ...options, onStep: (step) => { session.step = step; } });
  // A trainer that lost its host did not end of its own will: no end line, so that it counts as interrupted.
  if (end.state === 'finished' || !requests.hostLost()) session.reporter.write({ type: 'end', step: session.step, ...end, began });
  await whenThereIsRoom(requests, () => session.reporter.sync());
  session.reporter.close();
  session.release();
  process.exit(0);
}

async function main(): Promise<void> {
  const [folder, ...flags] = process.argv.slice(2);
  if (folder === undefined || flags.some((flag) => flag !== '--resume')) {
    process.stderr.write('usage: main.ts RUN_DIRECTORY [--resume]\n');
    process.exit(2);
  }
  const document = readRunDocument(folder);
  const paths = pathsIn(folder);
  const shared = new SharedArrayBuffer(4);
  const requests = listenForRequests(new Int32Array(shared));
  startWatchdog(folder, shared);
  const release = await whenThereIsRoom(requests, () => takeLock(paths.lock));
  if (release === null) {
    process.stderr.write(`Another trainer is at work in ${folder}.\n`);
    process.exit(4);
  }
  const resume = flags.includes('--resume');
  const journal = await whenThereIsRoom(requests, () => new JournalWriter(paths));
  if (!resume && journal.offset > 0) {
    release();
    process.stderr.write(`${folder} holds a run that has begun already. Add --resume to go on with it.\n`);
    process.exit(4);
  }
  const session: Session = { reporter: new Reporter(journal), release, step: 0 };
  process.on('uncaughtException', (error) => fail(session, error));
  process.stderr.on('error', () => {}); // a closed terminal must not end a run
  try {
    await work(session, { paths, document, journal, reporter: session.reporter, checkpoints: new CheckpointStore(paths), resume, requests });
  } catch (thrown) {
    fail(session, thrown);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${toLabError(error).message}\n`);
  process.exit(isDiskFull(error) ? errorCodes.DISK_FULL : 1);
});
