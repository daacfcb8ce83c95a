// Compiled steps of the tensorflow engine: what holds on every engine, one flat update, TensorFlow's operations in place of our kernels, mixed precision.
import { findBackend, memory } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import type { OptimizerChoice } from '#contract';
import type { TensorflowBackend } from '../../../../src-main/training/engines/tensorflow/backend.ts';
import type { TensorflowOptions } from '../../../../src-main/training/engines/tensorflow/index.ts';
import { describeCompiledSteps, opener, trained, vsgd } from '../../../helpers/compiledSteps.ts';
import { createTestEngine, tensorflowCase } from '../../../helpers/tensorflow.ts';

const { missing } = tensorflowCase;

describeCompiledSteps({
  ...tensorflowCase,
  held: () => ({ bytes: memory().numBytes, handles: (findBackend('lab-tensorflow') as TensorflowBackend).binding.getNumOfTensors() }),
  ofStep: [],
});

const optimizers: OptimizerChoice[] = [
  vsgd,
  { name: 'adam', options: { params: null, lr: 0.01, betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0.01 } },
  { name: 'adamw', options: { params: null, lr: 0.01, betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0.01 } },
  { name: 'sgd', options: { params: null, lr: 0.01, momentum: 0.9, dampening: 0, nesterov: true, weight_decay: 0.01 } },
] as OptimizerChoice[];

/** Largest difference, relative to each tensor's largest value. */
const difference = (a: number[][], b: number[][]) => Math.max(...a.map((values, k) => {
  const size = Math.max(1e-9, ...values.map(Math.abs));
  return Math.max(...values.map((value, i) => Math.abs(value - b[k]![i]!))) / size;
}));

describe.skipIf(missing)(`compiled steps on tensorflow${missing ?? ''}`, () => {
  const engineOf = opener(createTestEngine);
  const trainedWith = async (options: Partial<TensorflowOptions>, subject?: { steps?: number; choice?: OptimizerChoice }) => trained(await engineOf(options), subject);

  test.each(optimizers)('one flat update gives the same bits as an update for each tensor: $name', async (choice) => {
    expect(await trainedWith({ flatUpdate: true }, { choice })).toEqual(await trainedWith({ flatUpdate: false }, { choice }));
  });

  test.each(optimizers)('what a GPU runs, flat, gives what our own kernels give: $name', async (choice) => {
    // One step: VSGD's are nearly sign steps, which carry a rounding on.
    const [own, composed] = [await trainedWith({}, { steps: 1, choice }), await trainedWith({ ownKernels: false, flatUpdate: true }, { steps: 1, choice })];
    expect(difference([own[0]!], [composed[0]!])).toBeLessThan(1e-5);
    const together = await trainedWith({ ownKernels: false, flatUpdate: false }, { steps: 1, choice });
    expect(difference(composed, together)).toBeLessThan(1e-6);
  });

  test('mixed precision keeps the loss near float32\'s and says so', async () => {
    const [plain] = await trainedWith({});
    const [mixed] = await trainedWith({ mixed: 'bfloat16' });
    expect(mixed).not.toEqual(plain);
    expect(difference([plain!.slice(0, 1)], [mixed!.slice(0, 1)])).toBeLessThan(0.05);
    expect((await engineOf({ mixed: 'bfloat16' })).info.mixedPrecision).toBe('bfloat16');
  });
});
