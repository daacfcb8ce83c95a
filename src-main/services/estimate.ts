// What runs will take, told before they start: parameters, steps, time by an earlier run of the same kind, disk, memory.
import { statfsSync, statSync } from 'node:fs';
import { expandSweep, parseExperiment } from '#config';
import type { Experiment, RunView } from '#contract';
import { runPaths } from '#runs';
import { listRuns, medianOf, viewRuns } from '#store';
import { activationCount, countParameters } from '#training';
import { composeWithData } from './datasets/facts.ts';
import { countsOf, inputOf, stepsOf } from './enqueue/check.ts';
import type { Lab } from './lab.ts';

/** Seconds of one iteration, and of one evaluation on each split: medians of an earlier run. */
type Pace = { run: { id: string; name: string }; step: number; test: number | null; validation: number | null; /** Bytes of its journal for each of its steps; null where it had too few. */ journal: number | null };

export type Estimate = {
  /** Of the first run, as the three below. */
  parameters: number;
  /** null where it depends on a data set that is not here */
  steps: number | null;
  /** Seconds of one iteration, measured in an earlier run of the same model, batch and optimizer; null where there was none. */
  secondsPerStep: number | null;
  measuredIn: { id: string; name: string } | null;
  /** Seconds of the first run with its evaluations; null where its iterations are not measured. */
  seconds: number | null;
  /** Seconds until the last of all runs has ended, on the slots there are; of those that can be told, where `untold` are not. */
  allSeconds: number | null;
  untold: number;
  /** Bytes of the checkpoints that are kept, of the journals and of the rows in the database, of all runs. */
  diskBytes: number;
  freeBytes: number;
  /** Bytes of the largest run: parameters, gradients, optimizer state, and, about, what a batch takes. */
  stateBytes: number;
  batchBytes: number;
  /** Runs that train at the same time. */
  atOnce: number;
};

/** Tensors that an optimizer keeps for each parameter. */
const slotsOf: Record<Experiment['optimizer']['name'], number> = { vsgd: 3, adam: 2, adamw: 2, sgd: 1 };
/** Of a large sweep so many runs are looked at, evenly. */
const mostLookedAt = 100;

const kindOf = (config: RunView['config']): string => {
  const { model, train, dataset } = config as { model?: unknown; train?: { optimizer?: { _target_?: unknown } }; dataset?: { data_module?: { batch_size?: unknown }; x_dim?: unknown } };
  return JSON.stringify([model, train?.optimizer?._target_, dataset?.data_module?.batch_size, dataset?.x_dim]);
};

/** The newest run of a kind that has measured its steps. */
function measuredBy({ database, home }: Lab): (config: RunView['config']) => Pace | null {
  const rows = listRuns(database).reverse().map((row) => ({ row, kind: kindOf((JSON.parse(row.document) as RunView).config) }));
  const known = new Map<string, Pace | null>();
  const look = (wanted: string): Pace | null => {
    for (const { row } of rows.filter(({ kind }) => kind === wanted).slice(0, 20)) {
      const { id, name } = row;
      const seconds = medianOf(database, id, { key: 'train_time' });
      if (seconds === null) continue;
      const steps = viewRuns(database, [row])[0]?.step ?? 0;
      const journal = steps < leastSteps ? null : (statSync(runPaths(home, id).journal, { throwIfNoEntry: false })?.size ?? 0) / steps;
      const evaluation = (key: string): number | null => medianOf(database, id, { key, after: 0 });
      return { run: { id, name }, step: seconds + (medianOf(database, id, { key: 'data_time' }) ?? 0), test: evaluation('test_time'), validation: evaluation('val_time'), journal };
    }
    return null;
  };
  return (config) => {
    const kind = kindOf(config);
    if (!known.has(kind)) known.set(kind, look(kind));
    return known.get(kind) ?? null;
  };
}

/** Seconds of a whole run. A picture's evaluation is a third of its training step where no run has measured it. */
function secondsOf(lab: Lab, experiment: Experiment, { steps, pace }: { steps: number; pace: Pace }): number {
  const { train, dataset: { options } } = experiment;
  const forward = pace.step / options.batch_size / 3;
  const tests = train.eval_test_freq > 0 ? Math.ceil(steps / train.eval_test_freq) : 1;
  const validations = train.val_freq > 0 && options.val_size > 0 ? Math.floor(steps / train.val_freq) : 0;
  return steps * pace.step + tests * (pace.test ?? forward * (countsOf(lab, experiment)?.test ?? 0)) + validations * (pace.validation ?? forward * options.batch_size);
}

/** Journals of fewer steps say little of the bytes of one. */
const leastSteps = 50;
/** Bytes of a value of a metric in the journal, as JSON with its key; values that each iteration and each evaluation logs. */
const [valueBytes, eachIteration, eachEvaluation] = [30, 9, 3];
/** Bytes of what is logged of the optimizer at once: for each tensor, and in histograms. */
const [tensorBytes, histogramBytes] = [180, 740];
/** A row of the database and the pages around it, against its line in the journal. */
const rowShare = 1.25;

/** Bytes of the journal of a run and of its rows in the database. */
function logBytes({ train }: Experiment, steps: number, { tensors, measured }: { tensors: number; measured: number | null }): number {
  const times = (every: number): number => (every > 0 ? Math.floor(steps / every) : 0);
  const evaluations = times(train.eval_test_freq) + times(train.val_freq) + 1;
  const journal = measured === null
    ? valueBytes * (eachIteration * steps + eachEvaluation * evaluations) + times(train.optimizer_log_freq) * (tensorBytes * tensors + histogramBytes)
    : measured * steps;
  return Math.round(journal * (1 + rowShare));
}

function estimateOne(lab: Lab, pace: ReturnType<typeof measuredBy>, overrides: string[]) {
  const { config } = composeWithData(lab, { overrides });
  const { experiment } = parseExperiment(config);
  const { model, dataset, optimizer, train } = experiment;
  const input = inputOf(dataset);
  const { parameters, buffers, tensors } = countParameters(model, input);
  const steps = stepsOf(lab, experiment);
  const checkpoint = 4 * (parameters * (1 + slotsOf[optimizer.name]) + buffers);
  const kept = 2 + (train.keep_every > 0 && steps !== null ? Math.floor(steps / train.keep_every) : 0); // last, best, kept
  const measured = pace(config);
  return {
    parameters, steps, secondsPerStep: measured?.step ?? null, measuredIn: measured?.run ?? null, seconds: measured && steps !== null ? secondsOf(lab, experiment, { steps, pace: measured }) : null,
    diskBytes: kept * checkpoint + (steps === null ? 0 : logBytes(experiment, steps, { tensors, measured: measured?.journal ?? null })), stateBytes: 4 * (parameters * (2 + slotsOf[optimizer.name]) + buffers), batchBytes: 4 * activationCount(model, input) * dataset.options.batch_size,
  };
}

/** When the last run ends, where each begins as soon as a slot is free. */
function makespan(seconds: number[], slots: number): number {
  const free = new Array<number>(slots).fill(0);
  for (const each of seconds) free[free.indexOf(Math.min(...free))]! += each;
  return Math.max(...free);
}

/** What the runs of these overrides take. @throws LabError of the configuration */
export function estimateRuns(lab: Lab, { overrides, multirun = false }: { overrides: string[]; multirun?: boolean }): Estimate {
  const lists = multirun ? expandSweep(overrides) : [overrides];
  const looked = lists.length > mostLookedAt ? Array.from({ length: mostLookedAt }, (_, at) => lists[Math.floor((at * lists.length) / mostLookedAt)] as string[]) : lists;
  const pace = measuredBy(lab);
  const all = looked.map((list) => estimateOne(lab, pace, list));
  const share = lists.length / looked.length;
  const told = all.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]));
  const atOnce = Math.min(lab.settings.slots, lists.length);
  const largest = all.reduce((most, one) => (one.stateBytes + one.batchBytes > most.stateBytes + most.batchBytes ? one : most));
  const { bavail, bsize } = statfsSync(lab.home.root);
  return {
    ...(all[0] as (typeof all)[number]), stateBytes: largest.stateBytes, batchBytes: largest.batchBytes, atOnce,
    allSeconds: told.length === 0 ? null : share * makespan(told, atOnce),
    untold: Math.round(share * (all.length - told.length)), diskBytes: Math.round(share * all.reduce((sum, { diskBytes }) => sum + diskBytes, 0)), freeBytes: bavail * bsize,
  };
}
