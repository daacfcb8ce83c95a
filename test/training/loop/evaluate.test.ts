// Evaluation: batches of any size by one compiled step, rows counted once, interruption between batches.
import { tensor, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import type { Batch } from '#contract';
import type { Engine, StepPlan } from '#training';
import { createEvaluator } from '../../../src-main/training/loop/evaluate.ts';

/** An engine whose step counts labelled rows as right answers and gives their share of the batch's images' sum as loss. */
function createCounting() {
  const compiledFor: number[] = [];
  let open = 0;
  const engine = {
    compile: async (_step: unknown, inputs: { labels: { shape: number[] } }) => {
      compiledFor.push(inputs.labels.shape[0]!);
      open += 1;
      return {
        bytes: 0,
        async run({ images, labels }: Record<string, Float32Array | Int32Array>) {
          const rows = [...labels!].flatMap((label, row) => (label >= 0 ? [row] : []));
          return { loss: Float32Array.of(rows.reduce((sum, row) => sum + images![row]!, 0) / rows.length), correct: Float32Array.of(rows.length) };
        },
        dispose: () => { open -= 1; },
      };
    },
  } as unknown as Engine;
  const plan: StepPlan = { step: () => tidy(() => ({ loss: tensor(0) })), inputs: ([rows]) => ({ labels: { shape: [rows!], dtype: 'int32' } }), state: [] };
  return { evaluator: createEvaluator(engine, plan), compiledFor, open: () => open };
}

let released = 0;
const batch = (rows: number, value: number): Batch => ({ images: new Float32Array(rows).fill(value), labels: new Int32Array(rows), shape: [rows, 1, 1, 1], waitMs: 0, release: () => { released += 1; } });

test('the mean weighs batches by their rows, and a smaller batch needs no further compilation', async () => {
  const { evaluator, compiledFor } = createCounting();
  released = 0;
  expect(await evaluator.evaluate([batch(4, 1), batch(4, 2), batch(1, 12)])).toEqual({ loss: (4 + 8 + 12) / 9, accuracy: 1 });
  expect([compiledFor, released]).toEqual([[4], 3]);
});

test('a larger batch compiles again; what was compiled is given back', async () => {
  const { evaluator, compiledFor, open } = createCounting();
  await evaluator.evaluate([batch(2, 1)]);
  await evaluator.evaluate([batch(3, 1), batch(2, 1)]);
  expect([compiledFor, open()]).toEqual([[2, 3], 1]);
  evaluator.dispose();
  expect(open()).toBe(0);
});

test('an interruption between two batches gives nothing', async () => {
  const { evaluator } = createCounting();
  let asked = 0;
  expect(await evaluator.evaluate([batch(2, 1), batch(2, 1)], () => (asked += 1) === 2)).toBeNull();
  expect(asked).toBe(2);
});
