// The training loop, top to bottom: train one batch, validate, step the schedule, test, log, save, look for requests.
// No inheritance, no callbacks into the middle: what it logs goes to hooks, what it knows stands in the state.
import { setImmediate } from 'node:timers/promises';
import { LabError, type BatchSource, type Experiment, type LayerStatistics } from '#contract';
import type { TrainingState } from '../checkpoint/state.ts';
import { createEvaluationStep } from '../step.ts';
import { createEvaluator, type Evaluator } from './evaluate.ts';
import { createInspector, type Histogram, type Inspector } from './inspect.ts';
import { createStepper, type Stepper } from './stepper.ts';

export type LoopEnd = { state: 'finished' | 'stopped' | 'paused'; reason: string | null };
export type CheckpointKind = 'last' | 'best' | 'kept';

/** Where the loop's results go, and where requests come from. */
export type LoopHooks = {
  metrics(step: number, values: Record<string, number>): void;
  histogram(step: number, name: string, histogram: Histogram): void;
  layers(step: number, layers: LayerStatistics): void;
  /** Saves the state as a checkpoint of these kinds; false where that failed and the one before is what there is. */
  save(kinds: CheckpointKind[]): Promise<boolean>;
  /** Whether the loop shall end; asked between iterations and between batches of an evaluation, told until it does. */
  ending(): 'stop' | 'pause' | null;
  /** Whether a checkpoint is wanted out of turn; told once. */
  checkpointAsked(): boolean;
};

export type LoopContext = { state: TrainingState; experiment: Experiment; source: BatchSource; hooks: LoopHooks };
type Tools = { stepper: Stepper; validation: Evaluator; test: Evaluator; inspector: Inspector };
type Values = Record<string, number>;

/** Iterations in a row with a NaN training loss after which a run counts as diverged. */
const patience = 100;

/** Iterations of an experiment: max_epochs over the data where it is set, else max_iter. */
export function totalSteps({ train }: Experiment, source: BatchSource): number {
  return train.max_epochs === null ? train.max_iter : train.max_epochs * source.info.batchesPerEpoch;
}

const due = (step: number, frequency: number) => frequency > 0 && step % frequency === 0;

const seconds = (start: number) => (performance.now() - start) / 1000;

/** One batch through the compiled step. A skipped step changes no parameter and no optimizer state. */
async function trainBatch({ state, source }: LoopContext, { stepper }: Tools, iteration: number): Promise<Values> {
  const { optimizer, schedule, progress } = state;
  const batch = await source.trainBatch(iteration);
  const start = performance.now();
  const { loss, correct, norm, applied } = await stepper.run(batch);
  const rows = batch.labels.length;
  batch.release();
  if (applied) optimizer.t += 1;
  else progress.skipped += 1;
  progress.lost = Number.isNaN(loss) ? progress.lost + 1 : 0;
  if (Number.isFinite(loss)) progress.epochLoss = { sum: progress.epochLoss.sum + loss, count: progress.epochLoss.count + 1 };
  return {
    lr: schedule.lr, iter: iteration + 1, epoch: Math.floor(iteration / source.info.batchesPerEpoch), 'train/loss': loss, 'train/accuracy': correct / rows,
    grad_norm: norm, skipped_steps: progress.skipped, train_time: seconds(start), data_time: batch.waitMs / 1000,
  };
}

async function validate({ source }: LoopContext, { validation }: Tools, iteration: number): Promise<Values> {
  const start = performance.now();
  const scores = await validation.evaluate([await source.valBatch(iteration)]);
  return { 'val/loss': scores?.loss ?? NaN, 'val/accuracy': scores?.accuracy ?? NaN, val_time: seconds(start) };
}

/** One iteration without its evaluation on the test split; what it gives waits in `progress.unfinished`. */
async function advance(context: LoopContext, tools: Tools): Promise<void> {
  const { state: { progress, schedule }, experiment: { train }, source } = context;
  const iteration = progress.step;
  const step = iteration + 1;
  const values = await trainBatch(context, tools, iteration);
  if (source.info.val > 0 && due(step, train.val_freq)) Object.assign(values, await validate(context, tools, iteration));
  schedule.step(values['val/loss']);
  if (step % source.info.batchesPerEpoch === 0) {
    const { sum, count } = progress.epochLoss;
    values['train/epoch_loss'] = count === source.info.batchesPerEpoch ? sum / count : NaN; // one lost loss makes the mean no number
    progress.epochLoss = { sum: 0, count: 0 };
  }
  progress.step = step;
  progress.unfinished = values;
}

/** The rest of an iteration: test split, optimizer's statistics. Null where a request came first. */
async function complete({ state, experiment, source, hooks }: LoopContext, { test, inspector }: Tools, total: number): Promise<Values | null> {
  const { step, unfinished } = state.progress;
  const { train } = experiment;
  const values = { ...unfinished };
  if (source.info.test > 0 && (due(step, train.eval_test_freq) || step === total)) {
    const start = performance.now();
    const scores = await test.evaluate(source.testBatches(), () => hooks.ending() !== null);
    if (scores === null) return null;
    Object.assign(values, { 'test/loss': scores.loss, 'test/accuracy': scores.accuracy, test_time: seconds(start) });
  }
  if (due(step, train.optimizer_log_freq)) {
    const { beta1: { median, mean }, histogram, layers } = await inspector.look(values.lr ?? state.schedule.lr);
    Object.assign(values, { beta1_median: median, beta1_mean: mean });
    if (histogram) hooks.histogram(step, 'beta1', histogram);
    if (layers) hooks.layers(step, layers);
  }
  return values;
}

function checkDivergence({ progress: { step, lost } }: TrainingState, values: Values): void {
  if (!Number.isNaN(values['val/loss']) && lost < patience) return;
  const what = lost >= patience ? `training loss was NaN for ${patience} iterations` : 'validation loss is NaN';
  throw new LabError('DIVERGED', `The ${what} at step ${step}: the training diverged. Lower train.optimizer.lr, or set train.grad_clip.`);
}

/** What a finished run says of steps that changed nothing because their numbers were not finite; null without any. */
function describeLost({ lost, skipped, step }: TrainingState['progress'], { train }: Experiment): string | null {
  if (lost > 0) return `The training loss was NaN in the last ${lost} of ${step} steps: the training diverged. Lower train.optimizer.lr, or set train.grad_clip.`;
  if (skipped === 0 || train.grad_skip_thr > 0) return null; // what the threshold skips was asked for
  return `${skipped} of ${step} steps were skipped: their gradients were not finite.`;
}

/** Remembers the best value of the chosen metric; true where this is it. */
function isBest({ progress }: TrainingState, { train: { best_metric: metric } }: Experiment, values: Values): boolean {
  const value = values[metric];
  if (value === undefined || !Number.isFinite(value)) return false;
  const sign = metric.endsWith('loss') ? -1 : 1;
  const { best, step } = progress;
  if (best && best.metric === metric && sign * value <= sign * best.value) return false;
  progress.best = { metric, value, step };
  return true;
}

function kindsToSave({ state, experiment }: LoopContext, values: Values, total: number): CheckpointKind[] {
  const { step } = state.progress;
  const { save_freq, keep_every } = experiment.train;
  const best = isBest(state, experiment, values);
  const kept = due(step, keep_every);
  if (!best && !kept && !due(step, save_freq) && step !== total) return [];
  return ['last', ...(best ? ['best' as const] : []), ...(kept ? ['kept' as const] : [])];
}

async function endEarly({ state, hooks }: LoopContext, ending: 'stop' | 'pause', saved: boolean): Promise<LoopEnd> {
  const kept = saved || await hooks.save(['last']);
  const { step } = state.progress;
  const reason = kept ? `Saved at step ${step}.` : `Step ${step} could not be saved: the last checkpoint is an earlier one.`;
  return { state: ending === 'stop' ? 'stopped' : 'paused', reason };
}

async function iterate(context: LoopContext, tools: Tools): Promise<LoopEnd> {
  const { state, experiment, source, hooks } = context;
  const { progress } = state;
  const total = totalSteps(experiment, source);
  let saved = true; // what was restored, or an initial state that the seed makes again
  while (progress.step < total || progress.unfinished !== null) {
    const ending = hooks.ending();
    if (ending !== null) return endEarly(context, ending, saved);
    if (hooks.checkpointAsked() && !saved) saved = await hooks.save(['last']);
    if (progress.unfinished === null) await advance(context, tools);
    saved = false;
    const values = await complete(context, tools, total);
    if (values === null) continue;
    progress.unfinished = null;
    hooks.metrics(progress.step, values);
    checkDivergence(state, values);
    const kinds = kindsToSave(context, values, total);
    if (kinds.length > 0) saved = await hooks.save(kinds);
    await setImmediate(); // messages, signals and timers come in
  }
  return { state: 'finished', reason: describeLost(progress, experiment) };
}

/**
 * Trains from `state.progress.step` to the end, or until asked to end.
 * @throws LabError DIVERGED for a NaN validation loss, or a training loss that stays NaN
 */
export async function runLoop(context: LoopContext): Promise<LoopEnd> {
  const { engine, model } = context.state;
  const plan = createEvaluationStep(model);
  const tools = { stepper: createStepper(context.state, context.experiment), validation: createEvaluator(engine, plan), test: createEvaluator(engine, plan), inspector: createInspector(context.state, context.experiment) };
  try {
    return await iterate(context, tools);
  } finally {
    tools.stepper.dispose();
    tools.validation.dispose();
    tools.test.dispose();
  }
}
