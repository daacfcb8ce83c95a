// The queue in a line: how much of what was given to it is done, and how long the rest takes.
import { modelOf, type RunView } from '#contract';
import { isActive, secondsLeft, secondsOf } from '../elements/runFacts.ts';

export type Batch = { atWork: number; waiting: number; done: number; total: number; part: number; secondsLeft: number | null };

const share = ({ step, totalSteps }: RunView): number => (totalSteps ? step / totalSteps : 0);
const hasEnded = ({ state }: RunView): boolean => ['finished', 'failed', 'stopped', 'interrupted'].includes(state);
/** Runs of one kind take about as long: those of a sweep, or of one model on one data set. */
const kindOf = (run: RunView): string => (run.sweep ? run.sweep.id : `${run.dataset.name} ${modelOf(run)}`);

/** Seconds that a whole run takes, by what it took so far; null where that cannot be told. */
function secondsInAll(run: RunView, now: number): number | null {
  if (run.state === 'finished') return secondsOf(run, now);
  const left = isActive(run) && share(run) < 1 ? secondsLeft(run) : null;
  return left === null ? null : left / (1 - share(run));
}

/** Seconds that runs of each kind take, of those kinds that wait. */
function secondsByKind(all: RunView[], waiting: RunView[], now: number): Map<string, number> {
  const kinds = new Set(waiting.map(kindOf));
  const known = all.map((run) => ({ kind: kindOf(run), seconds: secondsInAll(run, now) })).filter(({ kind, seconds }) => seconds !== null && kinds.has(kind));
  return new Map([...Map.groupBy(known, ({ kind }) => kind)].map(([kind, found]) => [kind, found.reduce((sum, { seconds }) => sum + (seconds as number), 0) / found.length]));
}

/** Until all is done: shared among those that train side by side, but no less than the longest of them; null where of one it cannot be told. */
function secondsUntilDone(atWork: RunView[], waiting: RunView[], byKind: Map<string, number>): number | null {
  const now = atWork.map(secondsLeft);
  const later = waiting.map((run) => { const seconds = byKind.get(kindOf(run)); return seconds === undefined ? null : seconds * (1 - share(run)); });
  let sum = 0;
  for (const seconds of [...now, ...later]) {
    if (seconds === null) return null;
    sum += seconds;
  }
  return Math.max(sum / Math.max(1, atWork.length), ...now.filter((seconds) => seconds !== null));
}

/** What is at work and waits, with what of the same sweeps has ended; null where the queue is empty. */
export function batchOf(all: RunView[], now: number): Batch | null {
  const [atWork, waiting] = [all.filter(isActive), all.filter(({ state }) => state === 'queued')];
  const open = [...atWork, ...waiting];
  if (open.length === 0) return null;
  const sweeps = new Set(open.flatMap(({ sweep }) => (sweep ? [sweep.id] : [])));
  const done = all.filter((run) => run.sweep !== null && sweeps.has(run.sweep.id) && hasEnded(run)).length;
  const total = open.length + done;
  const part = (done + open.reduce((sum, run) => sum + share(run), 0)) / total;
  return { atWork: atWork.length, waiting: waiting.length, done, total, part, secondsLeft: secondsUntilDone(atWork, waiting, secondsByKind(all, waiting, now)) };
}
