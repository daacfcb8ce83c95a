// The training loop, from the first iteration to the last. What it logs, and when, stands in docs/architecture.md.
import { setImmediate } from 'node:timers/promises';
import { LabError, type Batch, type BatchSource, type Experiment } from '#contract';
import type { TrainingState } from '../checkpoint/state.ts';
import type { CompiledStep } from '../engines/engine.ts';
import { scalarBeta1, vsgdBeta1 } from '../optimizers/beta1.ts';
import { createEvaluationStep, createTrainStep } from '../step.ts';
import { createEvaluator, type Evaluator } from './evaluate.ts';

/** What may interrupt the loop between two iterations. */
export type LoopRequest = 'stop' | 'pause' | 'checkpoint' | null;
export type LoopEnd = { state: 'finished' | 'stopped' | 'paused'; reason: string | null };

/** Where the loop's results go. */
export type LoopHooks = {
  metrics(step: number, values: Record<string, number>): void;
  histogram(step: number, name: string, histogram: { edges: number[]; counts: number[] }): void;
  save(kind: 'last' | 'best' | 'kept'): Promise<void>;
  /** Asked before each iteration; a request is handed out once. */
  request(): LoopRequest;
};

type Context = { state: TrainingState; experiment: Experiment; source: BatchSource; hooks: LoopHooks };
type Values = Record<string, number>;

/** Steps without a finite loss in a row after which a run counts as diverged. */
const patience = 100;

/** Iterations of an experiment: max_epochs over the data where it is set, else max_iter. */
export function totalSteps({ train }: Experiment, source: BatchSource): number {
  return train.max_epochs === null ? train.max_iter : train.max_epochs * source.info.batchesPerEpoch;
}

/** One compiled step per batch shape: the last batch of an epoch may be smaller. */
function createStepper({ state, experiment }: Context) {
  const plan = createTrainStep(state.model, state.optimizer);
  const compiled = new Map<number, CompiledStep>();
  const limits = Float32Array.of(experiment.train.grad_clip, experiment.train.grad_skip_thr);
  return {
    async run({ images, labels, shape }: Batch) {
      let step = compiled.get(shape[0]);
      if (!step) {
        step = await state.engine.compile(plan.step, plan.inputs(shape), plan.state);
        compiled.set(shape[0], step);
      }
      const { loss, correct, control } = await step.run({ images, labels, hyper: state.optimizer.hyper(state.schedule.lr), limits });
      const [norm = NaN, , apply = 0] = control ?? [];
      return { loss: loss?.[0] ?? NaN, correct: correct?.[0] ?? 0, norm, applied: apply === 1 };
    },
    dispose: () => compiled.forEach((step) => step.dispose()),
  };
}

async function trainOnce({ state, source }: Context, stepper: ReturnType<typeof createStepper>, iteration: number): Promise<Values> {
  const { optimizer, schedule, progress } = state;
  const batch = await source.trainBatch(iteration);
  const start = performance.now();
  const { loss, correct, norm, applied } = await stepper.run(batch);
  const rows = batch.labels.length;
  batch.release();
  if (applied) optimizer.t += 1;
  else progress.skipped += 1;
  if (Number.isFinite(loss)) progress.epochLoss = { sum: progress.epochLoss.sum + loss, count: progress.epochLoss.count + 1 };
  return {
    lr: schedule.lr, iter: iteration + 1, epoch: Math.floor(iteration / source.info.batchesPerEpoch), 'train/loss': loss, 'train/accuracy': correct / rows,
    grad_norm: norm, skipped_steps: progress.skipped, train_time: (performance.now() - start) / 1000, data_time: batch.waitMs / 1000,
  };
}

async function validate({ source }: Context, evaluator: Evaluator, iteration: number): Promise<Values> {
  const start = performance.now();
  const { loss, accuracy } = await evaluator.evaluate([await source.valBatch(iteration)]);
  return { 'val/loss': loss, 'val/accuracy': accuracy, val_time: (performance.now() - start) / 1000 };
}

async function testAll({ source }: Context, evaluator: Evaluator): Promise<Values> {
  const start = performance.now();
  const { loss, accuracy } = await evaluator.evaluate(source.testBatches());
  return { 'test/loss': loss, 'test/accuracy': accuracy, test_time: (performance.now() - start) / 1000 };
}

async function logOptimizer({ state, experiment, hooks }: Context, step: number): Promise<Values> {
  const { engine, optimizer } = state;
  const scalar = scalarBeta1(experiment.optimizer, optimizer.t);
  if (scalar !== null) return { beta1_median: scalar, beta1_mean: scalar };
  const slots = [];
  for (const { slots: { bg, bhg } } of optimizer.states) if (bg && bhg) slots.push({ bg: await engine.read(bg), bhg: await engine.read(bhg) });
  const { median, mean, edges, counts } = vsgdBeta1(slots);
  hooks.histogram(step, 'beta1', { edges, counts });
  return { beta1_median: median, beta1_mean: mean };
}

/** Remembers the best value of the chosen metric; true where this is it. */
function isBest({ state, experiment }: Context, step: number, values: Values): boolean {
  const metric = experiment.train.best_metric;
  const value = values[metric];
  if (value === undefined || !Number.isFinite(value)) return false;
  const sign = metric.endsWith('loss') ? -1 : 1;
  const { best } = state.progress;
  if (best && best.metric === metric && sign * value <= sign * best.value) return false;
  state.progress.best = { metric, value, step };
  return true;
}

const due = (step: number, frequency: number) => frequency > 0 && step % frequency === 0;

/**
 * Trains from `state.progress.step` to the end, or to a request.
 * @throws LabError DIVERGED for a NaN validation loss, or a training loss that stays NaN
 */
export async function runLoop(context: Context): Promise<LoopEnd> {
  const { state, experiment: { train }, source, hooks } = context;
  const { progress } = state;
  const total = totalSteps(context.experiment, source);
  const stepper = createStepper(context);
  const plan = createEvaluationStep(state.model);
  const evaluators = { val: createEvaluator(state.engine, plan), test: createEvaluator(state.engine, plan) };
  let [lost, saved] = [0, progress.step];
  const save = async (kinds: ('last' | 'best' | 'kept')[]) => {
    for (const kind of kinds) await hooks.save(kind);
    saved = progress.step;
  };
  try {
    for (let iteration = progress.step; iteration < total; iteration += 1) {
      const request = hooks.request();
      if (request !== null && saved !== progress.step) await save(['last']);
      if (request === 'stop' || request === 'pause') return { state: request === 'stop' ? 'stopped' : 'paused', reason: 'Asked for; a checkpoint was saved.' };
      const step = iteration + 1;
      const values = await trainOnce(context, stepper, iteration);
      lost = Number.isNaN(values['train/loss']) ? lost + 1 : 0;
      if (source.info.val > 0 && due(step, train.val_freq)) Object.assign(values, await validate(context, evaluators.val, iteration));
      state.schedule.step(values['val/loss']);
      if (step % source.info.batchesPerEpoch === 0) {
        values['train/epoch_loss'] = progress.epochLoss.sum / progress.epochLoss.count;
        progress.epochLoss = { sum: 0, count: 0 };
      }
      if (source.info.test > 0 && (due(step, train.eval_test_freq) || step === total)) Object.assign(values, await testAll(context, evaluators.test));
      if (due(step, train.optimizer_log_freq)) Object.assign(values, await logOptimizer(context, step));
      progress.step = step;
      hooks.metrics(step, values);
      if (Number.isNaN(values['val/loss']) || lost >= patience) {
        throw new LabError('DIVERGED', `The ${lost >= patience ? `training loss was NaN for ${patience} steps` : 'validation loss is NaN'} at step ${step}: the training diverged. Lower train.optimizer.lr, or set train.grad_clip.`);
      }
      const best = isBest(context, step, values);
      if (best || due(step, train.save_freq) || due(step, train.keep_every) || step === total) {
        await save(['last', ...(best ? ['best' as const] : []), ...(due(step, train.keep_every) ? ['kept' as const] : [])]);
      }
      await setImmediate();
    }
    return { state: 'finished', reason: null };
  } finally {
    stepper.dispose();
    evaluators.val.dispose();
    evaluators.test.dispose();
  }
}
