// Every answer on the test split, counted: which class is taken for which, and the surest mistakes.
import { setImmediate } from 'node:timers/promises';
import type { Batch, BatchSource, Evaluation } from '#contract';
import type { CompiledStep } from '../engines/engine.ts';
import type { TrainingState } from '../checkpoint/state.ts';
import { createPredictionStep } from '../step.ts';

export type Predictions = Pick<Evaluation, 'classes' | 'total' | 'confusion' | 'answers' | 'mistakes'>;
type Mistake = Evaluation['mistakes'][number];
const mistakesKept = 48;

/** Largest logit and its softmax probability. */
function answerOf(logits: Float32Array): { prediction: number; probability: number } {
  let prediction = 0;
  for (let index = 1; index < logits.length; index += 1) if ((logits[index] as number) > (logits[prediction] as number)) prediction = index;
  const sum = logits.reduce((total, value) => total + Math.exp(value - (logits[prediction] as number)), 0);
  return { prediction, probability: Number((1 / sum).toPrecision(6)) };
}

/** Images of `batch` in an array of `rows` rows; the rows beyond are zeros, and their answers are not read. */
function fill({ images, shape }: Batch, rows: number): Float32Array {
  if (shape[0] === rows) return images;
  const filled = new Float32Array((images.length / shape[0]) * rows);
  filled.set(images);
  return filled;
}

/** Answers on the whole test split, in its order; null where `interrupted` said so between two batches. */
export async function predictTest({ engine, model }: TrainingState, source: BatchSource, interrupted: () => boolean): Promise<Predictions | null> {
  const plan = createPredictionStep(model);
  const classes = source.info.classes.length;
  const confusion = new Array<number>(classes * classes).fill(0);
  const answers: NonNullable<Evaluation['answers']> = { truths: [], predictions: [] };
  let mistakes: Mistake[] = [];
  let [compiled, rows, total]: [CompiledStep | null, number, number] = [null, 0, 0];
  try {
    for await (const batch of source.testBatches()) {
      if (interrupted()) return null;
      if (compiled === null || batch.shape[0] > rows) {
        compiled?.dispose();
        rows = batch.shape[0];
        compiled = await engine.compile(plan.step, plan.inputs(batch.shape), plan.state);
      }
      const { logits = new Float32Array() } = await compiled.run({ images: fill(batch, rows) });
      const found: Mistake[] = [];
      batch.labels.forEach((truth, row) => {
        const { prediction, probability } = answerOf(logits.subarray(row * classes, (row + 1) * classes));
        answers.truths.push(truth);
        answers.predictions.push(prediction);
        (confusion[truth * classes + prediction] as number) += 1;
        if (prediction !== truth) found.push({ index: total + row, truth, prediction, probability });
      });
      total += batch.labels.length;
      batch.release();
      mistakes = [...mistakes, ...found].sort((a, b) => b.probability - a.probability || a.index - b.index).slice(0, mistakesKept);
      await setImmediate();
    }
    return { classes, total, confusion, answers, mistakes };
  } finally {
    compiled?.dispose();
  }
}
