// Evaluation on many batches with one compiled step: a smaller last batch is filled up with rows that count for nothing.
import type { Batch } from '#contract';
import type { CompiledStep, Engine } from '../engines/engine.ts';
import type { StepPlan } from '../step.ts';

export type Scores = { loss: number; accuracy: number };
export type Evaluator = { evaluate(batches: AsyncIterable<Batch> | Iterable<Batch>): Promise<Scores>; dispose(): void };

/** An evaluator whose step is compiled for the first batch's shape; evaluation mode makes the filling rows harmless. */
export function createEvaluator(engine: Engine, plan: StepPlan): Evaluator {
  let compiled: CompiledStep | null = null;
  let rows = 0;
  return {
    async evaluate(batches) {
      let [loss, correct, count] = [0, 0, 0];
      for await (const { images, labels, shape, release } of batches) {
        if (compiled === null || shape[0] > rows) {
          compiled?.dispose();
          rows = shape[0];
          compiled = await engine.compile(plan.step, plan.inputs(shape), plan.state);
        }
        const filled = { images: new Float32Array((images.length / shape[0]) * rows), labels: new Int32Array(rows).fill(-1) };
        filled.images.set(images);
        filled.labels.set(labels);
        release();
        const outputs = await compiled.run(filled);
        loss += (outputs.loss?.[0] ?? NaN) * labels.length;
        correct += outputs.correct?.[0] ?? 0;
        count += labels.length;
      }
      return { loss: loss / count, accuracy: correct / count };
    },
    dispose: () => compiled?.dispose(),
  };
}
