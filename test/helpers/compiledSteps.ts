// What holds for compiled steps on every engine: equal to eager ones bit for bit, in place of state, refusing what would be frozen, leaking nothing.
import { add, cast, memory, mul, scalar, sum, tensor, tidy, variable, zeros, type Tensor, type Tensor1D, type Variable } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, test } from 'vitest';
import type { OptimizerChoice } from '#contract';
import { createModel, createOptimizer, createTrainStep, type Engine, type Model, type Optimizer, type StepPlan } from '#training';
import { sgdUpdate } from '../../src-main/training/operations/update.ts';
import { testRandomSteps } from './randomSteps.ts';
import { u } from './reference.ts';

/** `held` counts what an engine holds beside tensors; a compiled step may hold more of those that `ofStep` names. */
export type CompileCase = { name: string; missing?: string; create: () => Promise<Engine>; held(): Record<string, number>; ofStep: string[] };

export const vsgd = { name: 'vsgd', options: { params: null, lr: 0.01, ps: 1e-7, weight_decay: 0.01, ghattg: 30, tau1: 0.81, tau2: 0.9, eps: 1e-8 } } as OptimizerChoice;

export type Subject = { model: Model; optimizer: Optimizer; plan: StepPlan; dispose(): void };

/** A small network with every kind of layer of ConvMixer and its step. */
export function createSubject(choice = vsgd): Subject {
  const model = createModel({ name: 'convmixer', options: { dim: 20, depth: 2, kernel_size: 5, patch_size: 2, num_classes: 5 } }, { channels: 3, size: 12, seed: 3 });
  const optimizer = createOptimizer(choice, model.parameters);
  return { model, optimizer, plan: createTrainStep(model, optimizer), dispose() { model.dispose(); optimizer.dispose(); } };
}

export const subjectShape = [6, 12, 12, 3];
export const subjectBatch = (turn: number, hyper: Float32Array) => ({
  images: Float32Array.from({ length: 6 * 12 * 12 * 3 }, (_, index) => u(500 + turn, index)),
  labels: Int32Array.from({ length: 6 }, (_, index) => (index + turn) % 5),
  hyper, limits: Float32Array.of(1, 0),
});

/** Engines by `create`, disposed after each test. */
export function opener<A extends unknown[]>(create: (...options: A) => Promise<Engine>): (...options: A) => Promise<Engine> {
  const open: Engine[] = [];
  afterEach(async () => { for (const engine of open.splice(0)) await engine.dispose(); });
  return async (...options) => {
    const engine = await create(...options);
    open.push(engine);
    return engine;
  };
}

async function stateOf(engine: Engine, variables: Variable[]): Promise<number[][]> {
  const values: number[][] = [];
  for (const one of variables) values.push(Array.from(await engine.read(one)));
  return values;
}

/** The losses of compiled steps of the subject, and its state after them. */
export async function trained(engine: Engine, { steps = 3, choice = vsgd } = {}): Promise<number[][]> {
  const { optimizer, plan, dispose } = createSubject(choice);
  const compiled = await engine.compile(plan.step, plan.inputs(subjectShape), plan.state);
  const losses: number[] = [];
  for (let turn = 0; turn < steps; turn += 1) {
    losses.push((await compiled.run(subjectBatch(turn, optimizer.hyper(0.01)))).loss![0]!);
    optimizer.t += 1;
  }
  const state = await stateOf(engine, plan.state);
  compiled.dispose();
  dispose();
  return [losses, ...state];
}

/** The subject's state after eager steps. */
async function trainedEagerly(engine: Engine, steps: number): Promise<number[][]> {
  const { optimizer, plan, dispose } = createSubject();
  for (let turn = 0; turn < steps; turn += 1) {
    const { images, labels, hyper, limits } = subjectBatch(turn, optimizer.hyper(0.01));
    tidy(() => { plan.step({ images: tensor(images, subjectShape), labels: tensor(labels, [6], 'int32'), hyper: tensor(hyper), limits: tensor(limits) }); });
    optimizer.t += 1;
  }
  const state = await stateOf(engine, plan.state);
  dispose();
  return state;
}

function describeSteps({ name, missing, create, held, ofStep }: CompileCase): void {
  describe.skipIf(missing)(`compiled steps of ${name}${missing ?? ''}`, () => {
    const engineOf = opener(create);
    const counts = () => ({ ...held(), tensors: memory().numTensors });

    test('give the same bits as eager ones, and the same bits again', async () => {
      const engine = await engineOf();
      const compiled = await trained(engine);
      expect(compiled[0]!.every(Number.isFinite)).toBe(true);
      expect(compiled.slice(1)).toEqual(await trainedEagerly(engine, 3));
      expect(await trained(engine)).toEqual(compiled);
    });

    test('keep the numbers of tensors and of what the engine holds over 500 steps, and give all back', async () => {
      const engine = await engineOf();
      const { optimizer, plan, dispose } = createSubject();
      const before = counts();
      const compiled = await engine.compile(plan.step, plan.inputs(subjectShape), plan.state);
      const during = counts();
      const mayGrow = Object.fromEntries(ofStep.map((count) => [count, expect.any(Number)]));
      expect(during).toEqual({ ...before, ...mayGrow });
      for (let turn = 0; turn < 500; turn += 1) await compiled.run(subjectBatch(0, optimizer.hyper(0.01)));
      expect(counts()).toEqual(during);
      compiled.dispose();
      compiled.dispose();
      expect(counts()).toEqual(before);
      await expect(compiled.run(subjectBatch(0, optimizer.hyper(0.01)))).rejects.toThrow('was disposed');
      dispose();
    }, 600_000); // a GPU that is a program, on a busy computer

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
      for (const view of [before, after]) expect(await view.data()).toEqual(Float32Array.of(1, 2, 3));
      compiled.dispose();
      [before, after, w].forEach((one) => one.dispose());
    });

    test('exchange state, give one tensor to several variables, and leave each its own afterwards', async () => {
      const engine = await engineOf();
      const [a, b, c, d] = [[1, 2], [3, 4], [5, 6], [7, 8]].map((values) => tidy(() => variable(tensor(values)) as Variable)) as [Variable, Variable, Variable, Variable];
      const before = counts();
      const compiled = await engine.compile(({ x }) => {
        const old = a.clone();
        a.assign(b.clone());
        b.assign(old);
        const fresh = add(x as Tensor, scalar(1));
        [c, d].forEach((one) => one.assign(fresh));
        return {};
      }, { x: { shape: [2], dtype: 'float32' } }, [a, b, c, d]);
      await compiled.run({ x: Float32Array.of(10, 20) });
      await engine.write(c, Float32Array.of(0, 0));
      expect(await stateOf(engine, [a, b, c, d])).toEqual([[3, 4], [1, 2], [0, 0], [11, 21]]);
      await compiled.run({ x: Float32Array.of(30, 40) });
      expect(await stateOf(engine, [a, b, c, d])).toEqual([[1, 2], [3, 4], [31, 41], [31, 41]]);
      compiled.dispose();
      expect(counts()).toEqual(before);
      [a, b, c, d].forEach((one) => one.dispose());
    });

    test('keep what state was before its update, or are refused', async () => {
      const engine = await engineOf();
      const [w, buffer, old] = [1, 2, 3].map((value) => tidy(() => variable(tensor([value])) as Variable)) as [Variable, Variable, Variable];
      const compiling = engine.compile(({ x }) => {
        old.assign(w.clone());
        const update = { parameter: w, gradient: x as Tensor, buffer, hyper: tensor([0.5, 0, 0, 1, 0, 0]) as Tensor1D, control: tensor([1, 1, 1]) as Tensor1D };
        const renewed = sgdUpdate(update, false);
        [w, buffer].forEach((target, index) => target.assign(renewed[index] as Tensor));
        return {};
      }, { x: { shape: [1], dtype: 'float32' } }, [w, buffer, old]);
      const compiled = await compiling.catch((error: Error) => { expect(error.message).toContain('renewed in place'); });
      await compiled?.run({ x: Float32Array.of(4) });
      expect((await stateOf(engine, [old])).flat()).toEqual([compiled ? 1 : 3]);
      compiled?.dispose();
      [w, buffer, old].forEach((one) => one.dispose());
    });

    test('take and give whole numbers as what they are', async () => {
      const engine = await engineOf();
      const compiled = await engine.compile(({ k, x }) => ({ k: k!.clone(), half: cast(mul(cast(k!, 'float32'), scalar(0.5)), 'int32'), x: mul(x!, scalar(2)) as Tensor }), { k: { shape: [2], dtype: 'int32' }, x: { shape: [2], dtype: 'float32' } }, []);
      const wanted = { k: Float32Array.of(5, -3), half: Float32Array.of(2, -1), x: Float32Array.of(14, -16) };
      expect(await compiled.run({ k: Int32Array.of(5, -3), x: Float32Array.of(7, -8) })).toEqual(wanted);
      expect(await compiled.run({ k: Float32Array.of(5, -3), x: Int32Array.of(7, -8) })).toEqual(wanted);
      compiled.dispose();
    });

    test('let a variable be written whole, and nothing beside it', async () => {
      const engine = await engineOf();
      const [w, next] = [[1, 2, 3], [4, 5, 6]].map((values) => tidy(() => variable(tensor(values)) as Variable)) as [Variable, Variable];
      const view = w.clone();
      await expect(engine.write(w, Float32Array.of(9, 9))).rejects.toThrow();
      await expect(engine.write(w, new Float32Array(200))).rejects.toThrow();
      await engine.write(w, Float32Array.of(7, 8, 9));
      expect(await stateOf(engine, [w, next])).toEqual([[7, 8, 9], [4, 5, 6]]);
      expect(await view.data()).toEqual(Float32Array.of(1, 2, 3));
      [view, w, next].forEach((one) => one.dispose());
    });

    testRandomSteps(() => engineOf(), counts);

    test('give out an input, and one value twice', async () => {
      const engine = await engineOf();
      const compiled = await engine.compile(({ x }) => { const y = mul(x as Tensor, scalar(3)); return { x: x!.clone(), y, again: y.clone() }; }, { x: { shape: [2], dtype: 'float32' } }, []);
      expect(await compiled.run({ x: Float32Array.of(1, 2) })).toEqual({ x: Float32Array.of(1, 2), y: Float32Array.of(3, 6), again: Float32Array.of(3, 6) });
      compiled.dispose();
    });
  });
}

type Faulty = (input: Tensor1D, state: { w: Variable; outsider: Variable; foreign: Tensor }) => Record<string, Tensor>;
const refusals: [string, string, Faulty][] = [
  ['reading values', 'reads a tensor\'s values on the host', (input) => { input.dataSync(); return {}; }],
  ['a large constant', 'uploads 2000 numbers', (input) => ({ y: mul(input, sum(tensor(Float32Array.from({ length: 2000 }, (_, index) => index)))) as Tensor })],
  ['a tensor from outside', 'neither an input nor state', (input, { foreign }) => ({ y: add(input, foreign) as Tensor })],
  ['a tensor from outside as an output', 'neither an input nor state', (_, { foreign }) => ({ y: foreign.clone() })],
  ['a variable that is not state, renewed', 'renews a variable that is not in its state', (input, { outsider }) => { outsider.assign(add(input, input)); return {}; }],
  ['a variable that is not state, given an input', 'renews a variable that is not in its state', (input, { outsider }) => { outsider.assign(input.clone()); return {}; }],
  ['state as an output', 'Output w of a step', (_, { w }) => ({ w: w.clone() })],
  ['an update before a fault', 'reads a tensor\'s values on the host', (input, { w }) => { w.assign(add(w, input)); w.dataSync(); return {}; }],
];

function describeRefusals({ name, missing, create }: CompileCase): void {
  describe.skipIf(missing)(`what compiling on ${name} refuses${missing ?? ''}`, () => {
    const engineOf = opener(create);
    const x = { x: { shape: [4], dtype: 'float32' as const } };
    const compileWith = async (step: Faulty, alias = false) => {
      const engine = await engineOf();
      const before = memory().numTensors;
      const first = zeros([4]);
      const w = variable(first) as Variable;
      const foreign = tensor([1, 2, 3, 4]);
      const outsider = variable(foreign) as Variable;
      const second = alias ? variable(first) as Variable : null;
      try {
        await engine.compile((inputs) => step(inputs.x as Tensor1D, { w, outsider, foreign }), x, second ? [w, second] : [w]);
      } finally {
        expect(await engine.read(w)).toEqual(new Float32Array(4));
        expect(await w.data()).toEqual(new Float32Array(4));
        expect(await engine.read(outsider)).toEqual(Float32Array.of(1, 2, 3, 4));
        [w, outsider, foreign, second, first].forEach((one) => one?.dispose());
        expect(memory().numTensors).toBe(before);
      }
    };

    test.each(refusals)('%s', async (_, message, step) => {
      await expect(compileWith(step)).rejects.toThrow(message);
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
}

/** The suite on one engine; engines have processes of their own, so that each calls it in a file of its own. */
export function describeCompiledSteps(engineCase: CompileCase): void {
  describeSteps(engineCase);
  describeRefusals(engineCase);
}
