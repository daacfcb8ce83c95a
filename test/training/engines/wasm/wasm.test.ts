// The wasm engine: the same bits on any number of threads, nothing leaks, and what a recording refuses.
import { engine as tfEngine, memory, tensor, tidy, variable, type Tensor } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ModelChoice, OptimizerChoice } from '#contract';
import { createModel, createOptimizer, createTrainStep, createWasmEngine, type Engine } from '#training';
import { hasRelaxedSimd } from '../../../../src-main/training/engines/wasmBuild/build.ts';
import { erf } from '../../../../src-main/training/operations/reference/activation.ts';
import { gelu } from '../../../../src-main/training/operations/activation.ts';

const vsgd: OptimizerChoice = { name: 'vsgd', options: { params: null, lr: 0.01, ps: 1e-7, weight_decay: 0, ghattg: 30, tau1: 0.81, tau2: 0.9, eps: 1e-8 } };
const convmixer: ModelChoice = { name: 'convmixer', options: { dim: 16, depth: 2, kernel_size: 3, patch_size: 2, num_classes: 10 } };
const shape: [number, number, number, number] = [32, 28, 28, 1];

async function trainSome(engine: Engine, steps: number, watch: (step: number) => void = () => {}): Promise<Float32Array[]> {
  const model = createModel(convmixer, { channels: 1, size: 28, seed: 3 });
  const optimizer = createOptimizer(vsgd, model.parameters);
  const plan = createTrainStep(model, optimizer);
  const compiled = await engine.compile(plan.step, plan.inputs(shape), plan.state);
  const images = Float32Array.from({ length: 32 * 28 * 28 }, (_, index) => Math.sin(index));
  const labels = Int32Array.from({ length: 32 }, (_, index) => index % 10);
  for (let step = 0; step < steps; step += 1) {
    await compiled.run({ images, labels, hyper: optimizer.hyper(0.01), limits: new Float32Array(2) });
    optimizer.t += 1;
    watch(step);
  }
  const state = await Promise.all(plan.state.map((one) => engine.read(one)));
  compiled.dispose();
  optimizer.dispose();
  model.dispose();
  return state;
}

test('1, 2 and 3 threads give the same bits', async () => {
  const results: Float32Array[][] = [];
  for (const threads of [1, 2, 3]) {
    const engine = await createWasmEngine({ threads });
    results.push(await trainSome(engine, 8));
    await engine.dispose();
  }
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});

test.skipIf(!hasRelaxedSimd())('without fused multiply-add the results are close, not equal', async () => {
  const losses: Float32Array[] = [];
  for (const fma of [true, false]) {
    const engine = await createWasmEngine({ threads: 1, fma });
    losses.push((await trainSome(engine, 1))[0]!);
    await engine.dispose();
  }
  losses[0]!.forEach((value, index) => expect(Math.abs(value - losses[1]![index]!)).toBeLessThan(1e-2));
});

test('500 steps leak no tensor', async () => {
  const engine = await createWasmEngine({ threads: 1 });
  const before = memory().numTensors;
  const counts: number[] = [];
  await trainSome(engine, 500, () => counts.push(memory().numTensors));
  expect(new Set(counts).size).toBe(1);
  expect(memory().numTensors).toBe(before);
  await engine.dispose();
});

test('memory that runs out names the batch size as the mend', async () => {
  const engine = await createWasmEngine({ threads: 1, maxMemoryBytes: 4 * 2 ** 20 });
  await expect(trainSome(engine, 1)).rejects.toThrow(/Lower dataset.data_module.batch_size/);
  await engine.dispose();
});

describe('kernels and recordings', () => {
  let engine: Engine;
  beforeEach(async () => { engine = await createWasmEngine({ threads: 1 }); });
  afterEach(() => engine.dispose());

  test('GELU is exact to 1e-6', () => {
    const x = Float32Array.from({ length: 400 }, (_, index) => (index - 200) / 25);
    const y = tidy(() => gelu(tensor(x)).dataSync());
    x.forEach((value, index) => expect(Math.abs(y[index]! - value * 0.5 * (1 + erf(value / Math.SQRT2)))).toBeLessThan(1e-6));
  });

  const x = { shape: [4], dtype: 'float32' as const };
  const refusals: [string, (inputs: Record<string, Tensor>) => Record<string, Tensor>, RegExp][] = [
    ['reading values on the host', ({ x: input }) => { input!.dataSync(); return {}; }, /reads a tensor's values/],
    ['uploading many numbers', () => ({ y: tensor(Float32Array.from({ length: 2000 }, (_, index) => index)) }), /uploads 2000 numbers/],
  ];
  test.each(refusals)('a recording refuses %s', async (_what, step, message) => {
    await expect(engine.compile(step, { x }, [])).rejects.toThrow(expect.objectContaining({ code: 'RECORDING_REFUSED', message: expect.stringMatching(message) as string }));
    expect(tidy(() => gelu(tensor([1])).dataSync()[0])).toBeCloseTo(0.8413, 3);
  });

  test('a recording refuses tensors from outside, and inputs of another size', async () => {
    const outside = tensor([1, 2, 3, 4]);
    await expect(engine.compile(({ x: input }) => ({ y: tfEngine().runKernel('Add', { a: input!, b: outside }) as Tensor }), { x }, [])).rejects.toThrow(/neither an input nor state/);
    const compiled = await engine.compile(({ x: input }) => ({ y: gelu(input!) }), { x }, []);
    await expect(compiled.run({ x: new Float32Array(5) })).rejects.toThrow(/must hold 4 numbers/);
    outside.dispose();
  });

  test('state keeps its values while a step is recorded, and changes when it runs', async () => {
    const state = variable(tensor([1, 2, 3, 4]));
    const compiled = await engine.compile(({ x: input }) => {
      state.assign(tfEngine().runKernel('Add', { a: state, b: input! }) as never);
      return {};
    }, { x }, [state]);
    expect(Array.from(await engine.read(state))).toEqual([1, 2, 3, 4]);
    await compiled.run({ x: Float32Array.of(1, 1, 1, 1) });
    await compiled.run({ x: Float32Array.of(1, 1, 1, 1) });
    expect(Array.from(await engine.read(state))).toEqual([3, 4, 5, 6]);
    await engine.write(state, Float32Array.of(0, 0, 0, 0));
    await compiled.run({ x: Float32Array.of(1, 2, 3, 4) });
    expect(Array.from(await engine.read(state))).toEqual([1, 2, 3, 4]);
  });
});
