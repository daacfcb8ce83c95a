// The trainer: `node main.ts RUN_DIRECTORY [--resume]`. Needs no parent and never opens the database; the run directory is all it writes.
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { hostMessage, toLabError, type HostMessage } from '#contract';
import { pathsIn, readRunDocument } from '../directory/document.ts';
import { JournalWriter } from '../directory/journal.ts';
import { takeLock } from '../directory/lock.ts';
import { Reporter } from './reporter.ts';
import { train } from './train.ts';

const hosted = process.env.VSGD_LAB_HOSTED === '1';

/** Lines of the host on standard input; without a host (by hand, on a cluster) nobody listens there. Its end means that the host is gone. */
function listenToHost(take: (type: HostMessage['type']) => void, lost: () => void): void {
  let rest = '';
  process.stdin.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()?.slice(-1000) ?? '';
    for (const line of lines) {
      const parsed = hostMessage.safeParse(parseJson(line));
      if (parsed.success) take(parsed.data.type);
    }
  }).on('end', lost).on('error', lost);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // refused by the schema
  }
}

/** Requests from the host and from signals; the loop takes one between two iterations. */
function listenForRequests(parentLost: Int32Array): () => HostMessage['type'] | null {
  let pending: HostMessage['type'] | null = null;
  if (hosted) listenToHost((type) => { pending = type; }, () => Atomics.store(parentLost, 0, 1));
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => { pending = 'stop'; });
  return () => {
    const request = pending;
    pending = null;
    return Atomics.load(parentLost, 0) !== 0 ? 'stop' : request;
  };
}

async function main(): Promise<number> {
  const [folder, ...flags] = process.argv.slice(2);
  if (folder === undefined) {
    process.stderr.write('usage: main.ts RUN_DIRECTORY [--resume]\n');
    return 2;
  }
  const paths = pathsIn(folder);
  const document = readRunDocument(folder);
  const release = takeLock(paths.lock);
  if (release === null) {
    process.stderr.write(`Another trainer is at work in ${folder}.\n`);
    return 4;
  }
  const flagsShared = new SharedArrayBuffer(4);
  const parentLost = new Int32Array(flagsShared);
  const parent = hosted ? process.ppid : null;
  const watchdog = new Worker(new URL('./watchdog.ts', import.meta.url), { workerData: { heartbeat: join(folder, 'heartbeat'), parent, flags: flagsShared, graceMs: 10_000 } });
  watchdog.unref();
  const request = listenForRequests(parentLost);
  const journal = new JournalWriter(paths);
  const reporter = new Reporter(journal);
  let step = 0;
  try {
    const end = await train({ paths, document, journal, reporter, resume: flags.includes('--resume'), request, onStep: (now) => { step = now; } });
    // A trainer that lost its parent did not finish of its own will: no end line, so that it counts as interrupted.
    if (end.state === 'finished' || Atomics.load(parentLost, 0) === 0) reporter.write({ type: 'end', step, ...end });
    return 0;
  } catch (thrown) {
    const error = toLabError(thrown);
    reporter.note(step, 'error', error.message);
    if (error.code === 'INTERNAL' && error.cause instanceof Error) process.stderr.write(`${error.cause.stack}\n`);
    reporter.write({ type: 'end', step, state: 'failed', reason: error.message });
    return 1;
  } finally {
    reporter.flush();
    journal.close();
    release();
  }
}

process.exit(await main());
