// Compiled steps of the webgpu engine: equal to eager ones bit for bit and from run to run, in place, refusing what would be frozen, leaking nothing.
import { add, findBackend, memory, mul, scalar, sum, tensor, tidy, variable, zeros, type Tensor, type Tensor1D, type Tensor4D, type Variable } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, test } from 'vitest';
import { createModel, createOptimizer, createTrainStep, type Engine, type WebgpuOptions } from '#training';
import type { WebgpuBackend } from '../../../../src-main/training/engines/webgpu/backend.ts';
import { u } from '../../../helpers/reference.ts';
import { openWebgpu, webgpu } from '../../../helpers/webgpu.ts';

const open: Engine[] = [];
async function engineOf(options: WebgpuOptions = {}): Promise<Engine> {
  const engine = await openWebgpu(options);
  open.push(engine);
  return engine;
}
afterEach(async () => { for (const engine of open.splice(0)) await engine.dispose(); });

const backend = () => findBackend('lab-webgpu') as WebgpuBackend;
const held = () => {
  const { blocks, buffers, used } = backend().own.memory;
  return { tensors: memory().numTensors, ids: backend().numDataIds(), blocks, buffers, used };
};

const shape = [4, 8, 8, 3];
const batch = (turn: number, hyper: Float32Array) => ({
  images: Float32Array.from({ length: 4 * 8 * 8 * 3 }, (_, index) => u(500 + turn, index)),
  labels: Int32Array.from({ length: 4 }, (_, index) => (index + turn) % 5),
  hyper, limits: Float32Array.of(1, 0),
});

/** A small network with every kind of layer of ConvMixer and its VSGD step. */
function subject() {
  const model = createModel({ name: 'convmixer', options: { dim: 12, depth: 1, kernel_size: 3, patch_size: 2, num_classes: 5 } }, { channels: 3, size: 8, seed: 3 });
  const optimizer = createOptimizer({ name: 'vsgd', options: { params: null, lr: 0.01, ps: 1e-7, weight_decay: 0, ghattg: 30, tau1: 0.81, tau2: 0.9, eps: 1e-8 } }, model.parameters);
  return { model, optimizer, plan: createTrainStep(model, optimizer), dispose() { model.dispose(); optimizer.dispose(); } };
}

async function stateOf(engine: Engine, variables: Variable[]): Promise<number[][]> {
  const values: number[][] = [];
  for (const one of variables) values.push(Array.from(await engine.read(one)));
  return values;
}

async function trained(engine: Engine, steps: number): Promise<number[][]> {
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

describe.skipIf(!webgpu.usable)('compiled steps on webgpu (needs an adapter)', () => {
  test('give the same bits as eager ones, and the same again', async () => {
    const engine = await engineOf();
    const { optimizer, plan, dispose } = subject();
    for (let turn = 0; turn < 3; turn += 1) {
      const { images, labels, hyper, limits } = batch(turn, optimizer.hyper(0.01));
      tidy(() => { plan.step({ images: tensor(images, shape), labels: tensor(labels, [4], 'int32'), hyper: tensor(hyper), limits: tensor(limits) }); });
      optimizer.t += 1;
    }
    const eager = await stateOf(engine, plan.state);
    dispose();
    const first = await trained(engine, 3);
    expect(first[0]!.every(Number.isFinite)).toBe(true);
    expect(first.slice(1)).toEqual(eager);
    expect(await trained(engine, 3)).toEqual(first);
  });

  test('keep the numbers of tensors, blocks and GPU buffers over 500 steps, and give all back', async () => {
    const engine = await engineOf();
    const { optimizer, plan, dispose } = subject();
    const before = held();
    const compiled = await engine.compile(plan.step, plan.inputs(shape), plan.state);
    const during = held();
    expect(during.tensors).toBe(before.tensors);
    for (let turn = 0; turn < 500; turn += 1) await compiled.run(batch(0, optimizer.hyper(0.01)));
    expect(held()).toEqual(during);
    compiled.dispose();
    compiled.dispose();
    expect(held()).toEqual(before);
    await expect(compiled.run(batch(0, optimizer.hyper(0.01)))).rejects.toThrow('was disposed');
    dispose();
    expect(held()).toMatchObject({ ids: 0, blocks: 0, used: 0 });
  });

  test('lie in as many buffers as the device makes necessary', async () => {
    const whole = await trained(await engineOf(), 2);
    expect(await trained(await engineOf({ maxBufferBytes: 2 ** 14 }), 2)).toEqual(whole);
    // A buffer larger than a kernel may see, as on the first H100: the squares of far-apart gradients could not be bound together.
    expect(await trained(await engineOf({ maxBindingBytes: 2 ** 14 }), 2)).toEqual(whole);
  });

  test('write state in place, beside views of it made before and after', async () => {
    const engine = await engineOf();
    const w = variable(tensor([1, 2, 3])) as Variable;
    const before = w.clone();
    const compiled = await engine.compile(({ x }) => { w.assign(add(w, x as Tensor)); return { twice: mul(w, scalar(2)) as Tensor, constant: scalar(7) }; }, { x: { shape: [3], dtype: 'float32' } }, [w]);
    const after = w.clone();
    expect(await compiled.run({ x: Float32Array.of(10, 10, 10) })).toEqual({ twice: Float32Array.of(22, 24, 26), constant: Float32Array.of(7) });
    await engine.write(w, Float32Array.of(5, 6, 7));
    expect((await compiled.run({ x: Float32Array.of(1, 1, 1) })).twice).toEqual(Float32Array.of(12, 14, 16));
    expect(await engine.read(w)).toEqual(Float32Array.of(6, 7, 8));
    for (const view of [before, after]) expect(await view.data()).toEqual(Float32Array.of(1, 2, 3));
    compiled.dispose();
    [before, after, w].forEach((one) => one.dispose());
  });
});

describe.skipIf(!webgpu.usable)('what compiling on webgpu refuses (needs an adapter)', () => {
  const x = { x: { shape: [4], dtype: 'float32' as const } };
  const compileWith = async (step: (input: Tensor1D, state: { w: Variable; foreign: Tensor }) => Record<string, Tensor>, alias = false) => {
    const engine = await engineOf();
    const w = variable(zeros([4])) as Variable;
    const foreign = tensor([1, 2, 3, 4]);
    const second = alias ? variable(w.clone() as Tensor4D) as Variable : null;
    try {
      await engine.compile((inputs) => step(inputs.x as Tensor1D, { w, foreign }), x, second ? [w, second] : [w]);
    } finally {
      expect(await engine.read(w)).toEqual(new Float32Array(4));
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
    const engine = await engineOf();
    const compiled = await engine.compile(({ x: input }) => ({ y: mul(input as Tensor, scalar(2)) as Tensor }), x, []);
    await expect(compiled.run({ x: new Float32Array(3) })).rejects.toThrow('Input x must hold 4 numbers');
    await expect(compiled.run({})).rejects.toThrow('it holds none');
    expect((await compiled.run({ x: Float32Array.of(1, 2, 3, 4) })).y).toEqual(Float32Array.of(2, 4, 6, 8));
    compiled.dispose();
  });

  test('reading on the host without waiting, with the word that helps', async () => {
    await engineOf();
    const one = tensor([1, 2]);
    expect(() => one.dataSync()).toThrow('use data()');
    one.dispose();
  });
});
