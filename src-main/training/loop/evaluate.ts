// Evaluation on many batches with one compiled step: a smaller last batch is filled up with rows that count for nothing.
import { setImmediate } from 'node:timers/promises';
import type { Batch } from '#contract';
import type { CompiledStep, Engine } from '../engines/engine.ts';
import type { StepPlan } from '../step.ts';

export type Scores = { loss: number; accuracy: number };

export type Evaluator = {
  /** Mean loss and accuracy over all rows; null where `interrupted` said so between two batches. */
  evaluate(batches: AsyncIterable<Batch> | Iterable<Batch>, interrupted?: () => boolean): Promise<Scores | null>;
  dispose(): void;
};

/** Images and labels in arrays of `rows` rows; label -1 leaves a row out. */
function fill({ images, labels, shape }: Batch, rows: number): { images: Float32Array; labels: Int32Array } {
  if (shape[0] === rows) return { images, labels };
  const filled = { images: new Float32Array((images.length / shape[0]) * rows), labels: new Int32Array(rows).fill(-1) };
  filled.images.set(images);
  filled.labels.set(labels);
  return filled;
}

/** An evaluator whose step is compiled for the first batch's shape; evaluation mode makes the filling rows harmless. */
export function createEvaluator(engine: Engine, plan: StepPlan): Evaluator {
  let compiled: CompiledStep | null = null;
  let rows = 0;
  const compileFor = async ({ shape }: Batch): Promise<CompiledStep> => {
    if (compiled !== null && shape[0] <= rows) return compiled;
    compiled?.dispose();
    rows = shape[0];
    compiled = await engine.compile(plan.step, plan.inputs(shape), plan.state);
    return compiled;
  };
  return {
    async evaluate(batches, interrupted = () => false) {
      let [loss, correct, count] = [0, 0, 0];
      for await (const batch of batches) {
        if (interrupted()) return null;
        const step = await compileFor(batch);
        const outputs = await step.run(fill(batch, rows));
        const { length } = batch.labels;
        batch.release();
        loss += (outputs.loss?.[0] ?? NaN) * length;
        correct += outputs.correct?.[0] ?? 0;
        count += length;
        await setImmediate(); // messages and signals come in
      }
      return { loss: loss / count, accuracy: correct / count };
    },
    dispose: () => compiled?.dispose(),
  };
}
