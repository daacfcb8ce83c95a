// Evaluation: a smaller last batch is filled up, and counts for what it holds.
import { expect, test } from 'vitest';
import type { Batch } from '#contract';
import { createCpuEngine } from '#training';
import { createEvaluator } from '../../../src-main/training/loop/evaluate.ts';
import type { StepPlan } from '../../../src-main/training/step.ts';
import { scalar } from '@tensorflow/tfjs-core';

test('scores are weighted by the labelled rows, and the step is compiled once', async () => {
  const engine = await createCpuEngine();
  const seen: number[][] = [];
  const plan: StepPlan = {
    step: ({ labels }) => {
      const values = Array.from(labels!.dataSync());
      seen.push(values);
      const known = values.filter((label) => label >= 0);
      return { loss: scalar(known.reduce((sum, label) => sum + label, 0) / known.length), correct: scalar(known.length - 1) };
    },
    inputs: (shape) => ({ images: { shape, dtype: 'float32' }, labels: { shape: [shape[0]!], dtype: 'int32' } }),
    state: [],
  };
  const batch = (...labels: number[]): Batch => ({ images: new Float32Array(labels.length), labels: Int32Array.from(labels), shape: [labels.length, 1, 1, 1], waitMs: 0, release: () => {} });
  const { loss, accuracy } = await createEvaluator(engine, plan).evaluate([batch(1, 2, 3), batch(10)]);
  expect(loss).toBeCloseTo((1 + 2 + 3 + 10) / 4);
  expect(accuracy).toBeCloseTo((2 + 0) / 4);
  expect(seen).toEqual([[1, 2, 3], [10, -1, -1]]);
});
