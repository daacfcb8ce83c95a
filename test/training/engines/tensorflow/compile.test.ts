// Compiled steps of the tensorflow engine: equal to eager ones bit for bit, with one flat update, in place of state, refusing what would be frozen, leaking nothing.
import { add, findBackend, memory, mul, scalar, sum, tensor, tidy, variable, zeros, type Tensor, type Tensor1D, type Variable } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, test } from 'vitest';
import type { OptimizerChoice } from '#contract';
import { createModel, createOptimizer, createTrainStep, type Engine } from '#training';
import type { TensorflowBackend } from '../../../../src-main/training/engines/tensorflow/backend.ts';
import type { TensorflowOptions } from '../../../../src-main/training/engines/tensorflow/index.ts';
import { u } from '../../../helpers/reference.ts';
import { createTestEngine, hasTensorflow, needsTensorflow } from '../../../helpers/tensorflow.ts';

const open: Engine[] = [];
async function engineOf(options: Partial<TensorflowOptions> = {}): Promise<Engine> {
  const engine = await createTestEngine(options);
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

const vsgd: OptimizerChoice = { name: 'vsgd', options: { params: null, lr: 0.01, ps: 1e-7, weight_decay: 0.01, ghattg: 30, tau1: 0.81, tau2: 0.9, eps: 1e-8 } };
const optimizers: OptimizerChoice[] = [
  vsgd,
  { name: 'adam', options: { params: null, lr: 0.01, betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0.01 } },
  { name: 'adamw', options: { params: null, lr: 0.01, betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0.01 } },
  { name: 'sgd', options: { params: null, lr: 0.01, momentum: 0.9, dampening: 0, nesterov: true, weight_decay: 0.01 } },
] as OptimizerChoice[];

/** A small network with every kind of layer of ConvMixer and its step. */
function subject(choice = vsgd) {
  const model = createModel({ name: 'convmixer', options: { dim: 20, depth: 2, kernel_size: 5, patch_size: 2, num_classes: 5 } }, { channels: 3, size: 12, seed: 3 });
  const optimizer = createOptimizer(choice, model.parameters);
  return { model, optimizer, plan: createTrainStep(model, optimizer), dispose() { model.dispose(); optimizer.dispose(); } };
}

async function stateOf(engine: Engine, variables: Variable[]): Promise<number[][]> {
  const values: number[][] = [];
  for (const one of variables) values.push(Array.from(await engine.read(one)));
  return values;
}

async function trained(options: Partial<TensorflowOptions>, { steps = 3, choice = vsgd } = {}): Promise<number[][]> {
  const engine = await engineOf(options);
  const { optimizer, plan, dispose } = subject(choice);
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

async function trainedEagerly(options: Partial<TensorflowOptions>): Promise<number[][]> {
  const engine = await engineOf(options);
  const { optimizer, plan, dispose } = subject();
  for (let turn = 0; turn < 3; turn += 1) {
    const { images, labels, hyper, limits } = batch(turn, optimizer.hyper(0.01));
    tidy(() => { plan.step({ images: tensor(images, shape), labels: tensor(labels, [6], 'int32'), hyper: tensor(hyper), limits: tensor(limits) }); });
    optimizer.t += 1;
  }
  const eager = await stateOf(engine, plan.state);
  dispose();
  return eager;
}

/** Largest difference, relative to each tensor's largest value. */
const difference = (a: number[][], b: number[][]) => Math.max(...a.map((values, k) => {
  const size = Math.max(1e-9, ...values.map(Math.abs));
  return Math.max(...values.map((value, i) => Math.abs(value - b[k]![i]!))) / size;
}));

describe.skipIf(!hasTensorflow)(`compiled steps of tensorflow ${needsTensorflow}`, () => {
  test('give the same bits as eager ones, and the same bits again', async () => {
    const compiled = await trained({}, { steps: 3 });
    expect(compiled[0]!.every(Number.isFinite)).toBe(true);
    expect(compiled.slice(1)).toEqual(await trainedEagerly({}));
    expect(await trained({}, { steps: 3 })).toEqual(compiled);
  });

  test.each(optimizers)('one flat update gives the same bits as an update for each tensor: $name', async (choice) => {
    expect(await trained({ flatUpdate: true }, { choice })).toEqual(await trained({ flatUpdate: false }, { choice }));
  });

  test.each(optimizers)('what a GPU runs, flat, gives what our own kernels give: $name', async (choice) => {
    // One step: VSGD's are nearly sign steps, which carry a rounding on.
    const [own, composed] = [await trained({}, { steps: 1, choice }), await trained({ ownKernels: false, flatUpdate: true }, { steps: 1, choice })];
    expect(difference([own[0]!], [composed[0]!])).toBeLessThan(1e-5);
    const together = await trained({ ownKernels: false, flatUpdate: false }, { steps: 1, choice });
    expect(difference(composed, together)).toBeLessThan(1e-6);
  });

  test('mixed precision keeps the loss near float32\'s and says so', async () => {
    const [plain] = await trained({});
    const [mixed] = await trained({ mixed: 'bfloat16' });
    expect(mixed).not.toEqual(plain);
    expect(difference([plain!.slice(0, 1)], [mixed!.slice(0, 1)])).toBeLessThan(0.05);
    expect((await engineOf({ mixed: 'bfloat16' })).info.mixedPrecision).toBe('bfloat16');
  });

  test('keep the numbers of tensors and handles over 500 steps, and give all back', async () => {
    const engine = await engineOf();
    const { binding } = findBackend('lab-tensorflow') as TensorflowBackend;
    const { optimizer, plan, dispose } = subject();
    const counts = () => ({ tensors: memory().numTensors, bytes: memory().numBytes, handles: binding.getNumOfTensors() });
    const before = counts();
    const compiled = await engine.compile(plan.step, plan.inputs(shape), plan.state);
    expect(counts()).toEqual(before);
    for (let turn = 0; turn < 500; turn += 1) await compiled.run(batch(0, optimizer.hyper(0.01)));
    expect(counts()).toEqual(before);
    compiled.dispose();
    compiled.dispose();
    await expect(compiled.run(batch(0, optimizer.hyper(0.01)))).rejects.toThrow('was disposed');
    dispose();
  });

  test('renew state beside views of it made before and after, and take what is written', async () => {
    const engine = await engineOf();
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

  test('give out an input, and one value twice', async () => {
    const engine = await engineOf();
    const compiled = await engine.compile(({ x }) => { const y = mul(x as Tensor, scalar(3)); return { x: x!.clone(), y, again: y.clone() }; }, { x: { shape: [2], dtype: 'float32' } }, []);
    expect(await compiled.run({ x: Float32Array.of(1, 2) })).toEqual({ x: Float32Array.of(1, 2), y: Float32Array.of(3, 6), again: Float32Array.of(3, 6) });
    compiled.dispose();
  });
});

describe.skipIf(!hasTensorflow)(`what compiling on tensorflow refuses ${needsTensorflow}`, () => {
  const x = { x: { shape: [4], dtype: 'float32' as const } };
  const compileWith = async (step: (input: Tensor1D, state: { w: Variable; foreign: Tensor }) => Record<string, Tensor>, alias = false) => {
    const engine = await engineOf();
    const first = zeros([4]);
    const w = variable(first) as Variable;
    const foreign = tensor([1, 2, 3, 4]);
    const second = alias ? variable(first) as Variable : null;
    try {
      await engine.compile((inputs) => step(inputs.x as Tensor1D, { w, foreign }), x, second ? [w, second] : [w]);
    } finally {
      expect(await engine.read(w)).toEqual(new Float32Array(4));
      expect(w.dataSync()).toEqual(new Float32Array(4));
      [w, foreign, second, first].forEach((one) => one?.dispose());
    }
  };

  test.each([
    ['reading values', 'reads a tensor\'s values on the host', (input: Tensor1D) => { input.dataSync(); return {}; }],
    ['a large constant', 'uploads 2000 numbers', (input: Tensor1D) => ({ y: mul(input, sum(tensor(Float32Array.from({ length: 2000 }, (_, index) => index)))) as Tensor })],
    ['a tensor from outside', 'neither an input nor state', (input: Tensor1D, { foreign }: { foreign: Tensor }) => ({ y: add(input, foreign) as Tensor })],
    ['a tensor from outside as an output', 'neither an input nor state', (_: Tensor1D, { foreign }: { foreign: Tensor }) => ({ y: foreign.clone() })],
    ['state as an output', 'Output w of a step', (_: Tensor1D, { w }: { w: Variable }) => ({ w: w.clone() })],
    ['an update before a fault', 'reads a tensor\'s values on the host', (input: Tensor1D, { w }: { w: Variable }) => { w.assign(add(w, input)); w.dataSync(); return {}; }],
  ] as const)('%s', async (_, message, step) => {
    await expect(compileWith(step as Parameters<typeof compileWith>[0])).rejects.toThrow(message);
  });

  test('two variables over one memory', async () => {
    await expect(compileWith(() => ({}), true)).rejects.toThrow('share their memory');
  });

  test('inputs of another size', async () => {
    const engine = await engineOf();
    const compiled = await engine.compile(({ x: input }) => ({ y: mul(input as Tensor, scalar(2)) as Tensor }), x, []);
    await expect(compiled.run({ x: new Float32Array(3) })).rejects.toThrow('Input x must hold 4 numbers');
    await expect(compiled.run({})).rejects.toThrow('it holds none');
    expect((await compiled.run({ x: Float32Array.of(1, 2, 3, 4) })).y).toEqual(Float32Array.of(2, 4, 6, 8));
    compiled.dispose();
  });
});
