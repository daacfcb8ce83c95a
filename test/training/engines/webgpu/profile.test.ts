// The profile of a compiled step: every dispatch with its kernel and a time by the adapter's own clock.
import { tensor, variable, type Tensor, type Tensor1D, type Tensor2D, type Variable } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { linear } from '../../../../src-main/training/operations/linear.ts';
import { relu } from '../../../../src-main/training/operations/activation.ts';
import type { WebgpuStep } from '../../../../src-main/training/engines/webgpu/compile.ts';
import { timeDispatches } from '../../../../src-main/training/engines/webgpu/profile.ts';
import { openWebgpu, webgpu } from '../../../helpers/webgpu.ts';

test.skipIf(!webgpu.usable)('a profile names every dispatch and runs whole steps (needs an adapter)', async () => {
  const engine = await openWebgpu({ plain: false });
  const weight = variable(tensor([1, 2, 3, 4], [2, 2])) as Variable;
  const compiled = await engine.compile(({ x, bias }) => {
    const y = relu(linear({ x: x as Tensor2D, weight: weight as Tensor as Tensor2D, bias: bias as Tensor1D }));
    weight.assign(y as Tensor2D);
    return { y };
  }, { x: { shape: [2, 2], dtype: 'float32' }, bias: { shape: [2], dtype: 'float32' } }, [weight]) as WebgpuStep;
  const inputs = { x: Float32Array.of(1, 0, 0, 1), bias: Float32Array.of(-2, 0) };
  const times = await compiled.profile(inputs, 2);
  expect(times.map(({ label }) => label)).toEqual([expect.stringMatching(/^LabLinear 2×2×2, tile 32x32x16/), 'LabRelu', expect.any(String)]);
  for (const { milliseconds } of times) expect(milliseconds).toBeGreaterThanOrEqual(0);
  // Two steps of W = relu(Wᵀ + bias): [[1, 2], [3, 4]], [[0, 3], [0, 4]], [[0, 0], [1, 4]].
  expect([...(await engine.read(weight))]).toEqual([0, 0, 1, 4]);
  compiled.dispose();
  weight.dispose();
  await engine.dispose();
});

test('an adapter without a clock is told', async () => {
  const device = { features: new Set() } as unknown as GPUDevice;
  await expect(timeDispatches(device, [], 1)).rejects.toThrow(expect.objectContaining({ code: 'ENGINE_UNUSABLE', message: expect.stringContaining('timestamp-query') as string }));
});
