// Compiled steps of the wasm engine: equal to eager ones bit for bit with any number of threads, in place, refusing what would be frozen, leaking nothing.
import { add, findBackend, memory, mul, scalar, sum, tensor, tidy, variable, zeros, type Tensor, type Tensor1D, type Tensor4D, type Variable } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, test } from 'vitest';
import { createModel, createOptimizer, createTrainStep, type Engine } from '#training';
import type { WasmBackend } from '../../../../src-main/training/engines/wasm/backend.ts';
import { createWasmEngine, type WasmOptions } from '../../../../src-main/training/engines/wasm/index.ts';
import { u } from '../../../helpers/reference.ts';

const open: Engine[] = [];
async function engineOf(options: WasmOptions): Promise<Engine> {
  const engine = await createWasmEngine(options);
  open.push(engine);
  return engine;
}
afterEach(async () => { for (const engine of open.splice(0)) await engine.dispose(); });

const shape = [6, 12, 12, 3];
const batch = (turn: number, hyper: Float32Array) => ({
  images: Float32Array.from({ length: 6 * 12 * 12 * 3 }, (_, index) => u(500 + turn, index)),
  labels: Int32Array.from({ length: 6 }, (_, index) => (index + turn) % 5),
  hyper, limits: Float32Array.of(1, 0),
});

/** A small network with every kind of layer of ConvMixer and its VSGD step. */
function subject() {
  const model = createModel({ name: 'convmixer', options: { dim: 20, depth: 2, kernel_size: 5, patch_size: 2, num_classes: 5 } }, { channels: 3, size: 12, seed: 3 });
  const optimizer = createOptimizer({ name: 'vsgd', options: { params: null, lr: 0.01, ps: 1e-7, weight_decay: 0, ghattg: 30, tau1: 0.81, tau2: 0.9, eps: 1e-8 } }, model.parameters);
  return { model, optimizer, plan: createTrainStep(model, optimizer), dispose() { model.dispose(); optimizer.dispose(); } };
}

async function stateOf(engine: Engine, variables: Variable[]): Promise<number[][]> {
  const values: number[][] = [];
  for (const one of variables) values.push(Array.from(await engine.read(one)));
  return values;
}

async function trained(options: WasmOptions, steps: number): Promise<number[][]> {
  const engine = await engineOf(options);
  const { optimizer, plan, dispose } = subject();
  const compiled = await engine.compile(plan.step, plan.inputs(shape), plan.state);
  const losses: number[] = [];
  for (let turn = 0; turn < steps; turn += 1) {
    losses.push((await compiled.run(batch(turn, optimizer.hyper(0.01)))).loss![0]!);
    optimizer.t += 1;
  }
  const state = await stateOf(engine, plan.state);
  compiled.dispose();
  dispose();
  return [losses, ...state];
}

describe('compiled steps', () => {
  test('give the same bits with one, two and three threads, and while the engine chooses', async () => {
    const one = await trained({ threads: 1 }, 8);
    expect(one[0]!.every(Number.isFinite)).toBe(true);
    for (const threads of [2, 3, 0]) expect(await trained({ threads }, 8)).toEqual(one);
  });

  test('give the same bits as eager ones', async () => {
    const engine = await engineOf({ threads: 1 });
    const { optimizer, plan, dispose } = subject();
    for (let turn = 0; turn < 3; turn += 1) {
      const { images, labels, hyper, limits } = batch(turn, optimizer.hyper(0.01));
      tidy(() => { plan.step({ images: tensor(images, shape), labels: tensor(labels, [6], 'int32'), hyper: tensor(hyper), limits: tensor(limits) }); });
      optimizer.t += 1;
    }
    const eager = await stateOf(engine, plan.state);
    dispose();
    expect((await trained({ threads: 1 }, 3)).slice(1)).toEqual(eager);
  });

  test('keep the numbers of tensors and blocks over 200 steps, and give all back', async () => {
    const engine = await engineOf({ threads: 2 });
    const { heap } = findBackend('lab-wasm') as WasmBackend;
    const { optimizer, plan, dispose } = subject();
    const before = { tensors: memory().numTensors, blocks: heap.blocks };
    const compiled = await engine.compile(plan.step, plan.inputs(shape), plan.state);
    const during = { tensors: memory().numTensors, blocks: heap.blocks, used: heap.used };
    expect(during.tensors).toBe(before.tensors);
    for (let turn = 0; turn < 200; turn += 1) await compiled.run(batch(0, optimizer.hyper(0.01)));
    expect({ tensors: memory().numTensors, blocks: heap.blocks, used: heap.used }).toEqual(during);
    compiled.dispose();
    compiled.dispose();
    expect({ tensors: memory().numTensors, blocks: heap.blocks }).toEqual(before);
    await expect(compiled.run(batch(0, optimizer.hyper(0.01)))).rejects.toThrow('was disposed');
    dispose();
  });

  test('write state in place, beside views of it made before and after', async () => {
    const engine = await engineOf({ threads: 1 });
    const w = variable(tensor([1, 2, 3])) as Variable;
    const before = w.clone();
    const compiled = await engine.compile(({ x }) => { w.assign(add(w, x as Tensor)); return { twice: mul(w, scalar(2)) as Tensor, constant: scalar(7) }; }, { x: { shape: [3], dtype: 'float32' } }, [w]);
    const after = w.clone();
    expect(await compiled.run({ x: Float32Array.of(10, 10, 10) })).toEqual({ twice: Float32Array.of(22, 24, 26), constant: Float32Array.of(7) });
    await engine.write(w, Float32Array.of(5, 6, 7));
    expect((await compiled.run({ x: Float32Array.of(1, 1, 1) })).twice).toEqual(Float32Array.of(12, 14, 16));
    expect(await engine.read(w)).toEqual(Float32Array.of(6, 7, 8));
    for (const view of [before, after]) expect(view.dataSync()).toEqual(Float32Array.of(1, 2, 3));
    compiled.dispose();
    tidy(() => [before, after, w].forEach((one) => one.dispose()));
  });
});

describe('what compiling refuses', () => {
  const x = { x: { shape: [4], dtype: 'float32' as const } };
  const compileWith = async (step: (input: Tensor1D, state: { w: Variable; foreign: Tensor }) => Record<string, Tensor>, alias = false) => {
    const engine = await engineOf({ threads: 1 });
    const w = variable(zeros([4])) as Variable;
    const foreign = tensor([1, 2, 3, 4]);
    const second = alias ? variable(w.clone() as Tensor4D) as Variable : null;
    try {
      await engine.compile((inputs) => step(inputs.x as Tensor1D, { w, foreign }), x, second ? [w, second] : [w]);
    } finally {
      expect(await engine.read(w)).toEqual(new Float32Array(4));
      expect(w.dataSync()).toEqual(new Float32Array(4));
      [w, foreign, second].forEach((one) => one?.dispose());
    }
  };

  test.each([
    ['reading values', 'reads a tensor\'s values on the host', (input: Tensor1D) => { input.dataSync(); return {}; }],
    ['a large constant', 'uploads 2000 numbers', (input: Tensor1D) => ({ y: mul(input, sum(tensor(Float32Array.from({ length: 2000 }, (_, index) => index)))) as Tensor })],
    ['a tensor from outside', 'neither an input nor state', (input: Tensor1D, { foreign }: { foreign: Tensor }) => ({ y: add(input, foreign) as Tensor })],
    ['state as an output', 'Output w of a step', (_: Tensor1D, { w }: { w: Variable }) => ({ w: w.clone() })],
  ] as const)('%s', async (_, message, step) => {
    await expect(compileWith(step as Parameters<typeof compileWith>[0])).rejects.toThrow(message);
  });

  test('two variables over one memory', async () => {
    await expect(compileWith(() => ({}), true)).rejects.toThrow('share their memory');
  });

  test('inputs of another size', async () => {
    const engine = await engineOf({ threads: 1 });
    const compiled = await engine.compile(({ x: input }) => ({ y: mul(input as Tensor, scalar(2)) as Tensor }), x, []);
    await expect(compiled.run({ x: new Float32Array(3) })).rejects.toThrow('Input x must hold 4 numbers');
    await expect(compiled.run({})).rejects.toThrow('it holds none');
    expect((await compiled.run({ x: Float32Array.of(1, 2, 3, 4) })).y).toEqual(Float32Array.of(2, 4, 6, 8));
    compiled.dispose();
  });

  test('more memory than there is, saying how much is needed and what to do', async () => {
    const engine = await engineOf({ threads: 1, maxMemoryBytes: 2 ** 22 });
    const { heap } = findBackend('lab-wasm') as WasmBackend;
    const blocks = heap.blocks;
    const { plan, dispose } = subject();
    const mine = heap.blocks;
    await expect(engine.compile(plan.step, plan.inputs([512, 12, 12, 3]), plan.state)).rejects.toThrow(/needs \d+ MiB more.*Lower dataset.data_module.batch_size/);
    expect(heap.blocks).toBe(mine);
    dispose();
    expect(heap.blocks).toBe(blocks);
  });
});
