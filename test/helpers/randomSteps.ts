// Steps drawn at random over state that is read, exchanged, shared and renewed in place: what a recording makes of any of them.
import { add, clone, mul, reshape, scalar, sum, tensor, tidy, variable, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { gelu, relu } from '../../src-main/training/operations/activation.ts';
import { runMany, runOne } from '../../src-main/training/operations/run.ts';
import { sgdUpdate } from '../../src-main/training/operations/update.ts';
import { expect, test } from 'vitest';
import type { Engine, InputSpec, StepFunction } from '#training';
import { u } from './reference.ts';

const shape = [1, 2, 2, 8];
const specs: Record<string, InputSpec> = Object.fromEntries([['x', shape], ['y', shape], ['gamma', [8]], ['beta', [8]]].map(([name, side]) => [name, { shape: side as number[], dtype: 'float32' as const }]));
const numbers = (stream: number, count: number) => Float32Array.from({ length: count }, (_, index) => u(stream, index));

/** The step of a seed; every call draws the same. */
const stepOf = (seed: number, state: Variable[]): StepFunction => (inputs) => {
  let drawn = 0;
  const draw = (count: number) => Math.floor(((u(seed, drawn++, 7) + 1) / 2) * count);
  const given = inputs as Record<string, Tensor>;
  const pool = [given.x, given.y] as Tensor[];
  const some = () => state[draw(state.length)] as Variable;
  const value = (): Tensor => [() => clone(some()), some, () => pool[draw(pool.length)] as Tensor, () => pool.at(-1) as Tensor][draw(4)]!();
  const fresher = () => add(value(), value());
  const outputs: Record<string, Tensor> = {};
  const affine = { gamma: given.gamma as Tensor, beta: given.beta as Tensor };
  const assign = (target: Variable, source: Tensor) => { if (target.dataId !== source.dataId) target.assign(source); };
  const numbersOfUpdate = { hyper: tensor([0.1, 0.01, 0.9, 1, 0, 0]), control: tensor([1, 0.5, 1]) };
  const update = (parameter: Tensor, buffer: Tensor) => sgdUpdate({ parameter, gradient: value(), buffer, ...numbersOfUpdate } as Parameters<typeof sgdUpdate>[0], draw(2) === 0) as [Tensor, Tensor];
  const acts: (() => unknown)[] = [
    () => pool.push(add(value(), value())), () => pool.push(mul(value(), value())), () => pool.push(reshape(reshape(value(), [4, 8]), shape)), () => pool.push(relu(mul(value(), scalar(2)))),
    () => assign(some(), value()), () => assign(some(), value()),
    () => { const target = some(); const [fresh, buffer] = update(target, draw(6) ? fresher() : value()); target.assign(fresh); pool.push(buffer); },
    () => { if (!draw(4)) pool.push(...update(some(), some())); },
    () => { outputs[`o${drawn}`] = draw(6) ? fresher() : value().clone(); }, () => { outputs[`s${drawn}`] = sum(value()); },
    // What is joined where nothing is between: GELU and batch norm, forward and back.
    () => {
      const x = value();
      const activated = gelu(x);
      const [y, mean, variance] = runMany('LabBatchNormTraining', { x: activated, ...affine }, { eps: 0.1 }) as [Tensor, Tensor, Tensor];
      const [between, dgamma] = runMany('LabBatchNormGradient', { dy: value(), x: activated, gamma: affine.gamma, mean, variance }, { eps: 0.1 }) as [Tensor, Tensor];
      const dx = runOne<Tensor>('LabGeluGradient', { dy: between, x: draw(4) ? x : value() });
      Object.assign(outputs, { [`g${drawn}`]: dgamma, ...(draw(3) ? { [`b${drawn}`]: runOne('LabBiasGradient', { dy: dx }) } : {}) });
      pool.push(y, ...(draw(3) ? [dx] : [dx, between]), ...(draw(4) ? [] : [activated]));
    },
  ];
  for (let count = 3 + draw(10); count > 0; count -= 1) acts[draw(acts.length)]!();
  return { ...outputs, last: draw(6) ? fresher() : pool.at(-1) as Tensor };
};

const inputsOf = (turn: number) => Object.fromEntries(Object.entries(specs).map(([name, { shape: sides }], index) => [name, numbers(900 + 10 * turn + index, sides.reduce((a, b) => a * b))]));

type Run = { refused: string } | { turns: Record<string, number[]>[] };

/** Two runs of a seed's step, compiled or eager: outputs, and the state after each; or why it is refused, the state then being what it was. */
async function runRandomStep(engine: Engine, seed: number, compiled: boolean): Promise<Run> {
  const state = Array.from({ length: 1 + (seed % 4) }, (_, index) => tidy(() => variable(tensor(numbers(950 + index, 32), shape)) as Variable));
  const step = stepOf(seed, state);
  const read = async () => {
    const values: [string, number[]][] = [];
    for (const [index, one] of state.entries()) values.push([`state ${index}`, Array.from(await engine.read(one))]);
    return Object.fromEntries(values);
  };
  const before = await read();
  const eager = async (values: Record<string, Float32Array>) => {
    const made = tidy(() => step(Object.fromEntries(Object.entries(values).map(([name, given]) => [name, tensor(given, specs[name]!.shape)]))) as Record<string, Tensor>);
    const outputs: Record<string, Float32Array> = {};
    for (const [name, one] of Object.entries(made)) outputs[name] = (await one.data()) as Float32Array;
    for (const one of Object.values(made)) if (!state.includes(one as Variable)) one.dispose();
    return outputs;
  };
  try {
    const program = compiled ? await engine.compile(step, specs, state) : { run: eager, dispose: () => {} };
    const turns: Record<string, number[]>[] = [];
    for (const turn of [0, 1]) {
      const outputs = await program.run(inputsOf(turn));
      turns.push({ ...Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, Array.from(values)])), ...await read() });
    }
    program.dispose();
    return { turns };
  } catch (error) {
    if ((error as { code?: string }).code !== 'RECORDING_REFUSED' || JSON.stringify(await read()) !== JSON.stringify(before)) throw error;
    return { refused: (error as Error).message };
  } finally {
    for (const one of state) one.dispose();
  }
}

/** Declares the test: compiled, each step gives the bits of the eager one or is refused, and leaves nothing of what `counts` counts. */
export function testRandomSteps(engineOf: () => Promise<Engine>, counts: () => object): void {
  test('drawn at random give the bits of eager ones or are refused, and leave nothing', async () => {
    const engine = await engineOf();
    let refused = 0;
    for (let seed = 0; seed < 300; seed += 1) {
      const eager = await runRandomStep(engine, seed, false);
      const before = counts();
      const compiled = await runRandomStep(engine, seed, true);
      expect(counts(), `seed ${seed}`).toEqual(before);
      if ('refused' in compiled) refused += 1;
      else expect(compiled, `seed ${seed}`).toEqual(eager);
    }
    expect(refused).toBeGreaterThan(10);
    expect(refused).toBeLessThan(200);
  }, 120_000);
}
