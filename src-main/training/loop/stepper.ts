// Training steps, compiled once per batch shape: the last batch of an epoch may be smaller.
import type { Batch, Experiment } from '#contract';
import type { TrainingState } from '../checkpoint/state.ts';
import type { CompiledStep } from '../engines/engine.ts';
import { createTrainStep } from '../step.ts';

/** What a step reports: mean loss, number of right answers, gradient norm before clipping, whether the update was made. */
export type Outcome = { loss: number; correct: number; norm: number; applied: boolean };
export type Stepper = { run(batch: Batch): Promise<Outcome>; dispose(): void };

export function createStepper({ engine, model, optimizer, schedule }: TrainingState, { train }: Experiment): Stepper {
  const plan = createTrainStep(model, optimizer);
  const compiled = new Map<number, CompiledStep>();
  const limits = Float32Array.of(train.grad_clip, train.grad_skip_thr);
  const compileFor = async (shape: Batch['shape']): Promise<CompiledStep> => {
    const step = compiled.get(shape[0]) ?? await engine.compile(plan.step, plan.inputs(shape), plan.state);
    compiled.set(shape[0], step);
    return step;
  };
  return {
    async run({ images, labels, shape }) {
      const step = await compileFor(shape);
      const { loss, correct, control } = await step.run({ images, labels, hyper: optimizer.hyper(schedule.lr), limits });
      const [norm = NaN, , apply = 0] = control ?? [];
      return { loss: loss?.[0] ?? NaN, correct: correct?.[0] ?? 0, norm, applied: apply === 1 };
    },
    dispose: () => compiled.forEach((step) => step.dispose()),
  };
}
