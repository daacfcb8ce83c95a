// Optimizers, schedules and clipping against PyTorch: 40 trajectories, in float64 by the element formulas and in float32 on each engine.
import { readFileSync } from 'node:fs';
import { tensor, tidy, type Tensor1D } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { optimizerComponents, type OptimizerChoice, type OptimizerName, type SchedulerChoice } from '#contract';
import { createOptimizer, createSchedule, measuresOf, type Engine, type NamedTensor } from '#training';
import { ParameterList } from '../../src-main/training/models/parameters.ts';
import { vsgdPriors } from '../../src-main/training/optimizers/vsgd.ts';
import { adamElement, sgdElement, vsgdElement, type ElementUpdate } from '../../src-main/training/operations/reference/update.ts';
import { gradientControl } from '../../src-main/training/operations/update.ts';
import { engines, u } from '../helpers/reference.ts';
import { hasShared, sharedPath } from '../helpers/shared.ts';
import { tensorflowCase } from '../helpers/tensorflow.ts';
import { webgpuCase } from '../helpers/webgpu.ts';
import { tolerances } from './tolerances.ts';

type Snapshot = { step: number; params: number[][]; state: Record<string, number[]>[]; beta1: number[][] | null };
type Case = { gradient: string; optimizer: string; options: Record<string, number>; shapes: number[][]; snapshots: Snapshot[] };

const read = <T>(name: string): T => JSON.parse(readFileSync(sharedPath(`reference/${name}`), 'utf8')) as T;
const { salt, cases } = hasShared ? read<{ salt: number; cases: Case[] }>('optimizers.json') : { salt: 1, cases: [] };

/** The gradient of tensor i at step t, element by element, as optimizers.json describes it. */
function gradientOf(kind: string, t: number, { index, count }: { index: number; count: number }): Float32Array {
  return Float32Array.from({ length: count }, (_, element) => {
    switch (kind) {
      case 'noisy': return 0.1 * u(1000 + 10 * t + index, element, salt) + 0.02;
      case 'decaying': return u(5000 + index, element, salt) / t;
      case 'mostly_zero': return element % 3 === 0 ? u(7000 + 10 * t + index, element, salt) : 0;
      case 'huge': return 1e6 * u(9000 + 10 * t + index, element, salt);
      default: return 1e-7 * u(11000 + 10 * t + index, element, salt);
    }
  });
}

function choiceOf({ optimizer, options }: Case): OptimizerChoice {
  const name = optimizer.toLowerCase() as OptimizerName;
  const defaults: Record<string, number> = name === 'vsgd' ? {} : name === 'sgd' ? {} : { lr: 0.001, weight_decay: name === 'adamw' ? 0.01 : 0 };
  return { name, options: optimizerComponents[name].schema.parse({ ...defaults, ...options }) } as OptimizerChoice;
}

function expectClose(actual: ArrayLike<number>, wanted: number[], relative: number): void {
  const size = Math.max(...wanted.map(Math.abs));
  const worst = Math.max(...wanted.map((value, index) => Math.abs(value - (actual[index] as number))));
  expect(worst, `largest difference ${worst} of ${size}`).toBeLessThanOrEqual(relative * size);
}

describe.each([...engines, tensorflowCase, webgpuCase])('optimizers on $name', ({ create, missing }) => {
  let engine: Engine;
  beforeAll(async () => { if (!missing) engine = await create(); });
  afterAll(async () => { if (!missing) await engine.dispose(); });

  test.skipIf(missing !== undefined).each(cases)('$optimizer $options, $gradient gradients', async (reference) => {
    const list = new ParameterList(0);
    const parameters: NamedTensor[] = reference.shapes.map((shape, index) => {
      list.add(`p${index}`, shape, { init: { kind: 'constant', value: 0 } });
      return list.parameters[index]!;
    });
    for (const [index, parameter] of parameters.entries()) {
      await engine.write(parameter.variable, Float32Array.from({ length: parameter.variable.size }, (_, i) => u(200 + index, i, salt)));
    }
    const choice = choiceOf(reference);
    const optimizer = createOptimizer(choice, parameters);
    for (let t = 1; t <= 50; t += 1) {
      tidy(() => {
        const gradients = parameters.map((parameter, index) => tensor(gradientOf(reference.gradient, t, { index, count: parameter.variable.size }), parameter.shape));
        optimizer.apply(gradients, tensor(optimizer.hyper(choice.options.lr)) as Tensor1D, tensor([1, 1, 1]) as Tensor1D);
      });
      optimizer.t = t;
      const snapshot = reference.snapshots.find(({ step }) => step === t);
      if (!snapshot) continue;
      for (const [index, state] of optimizer.states.entries()) {
        expectClose(await engine.read(state.parameter.variable), snapshot.params[index]!, tolerances.optimizer32);
        for (const [slot, variable] of Object.entries(state.slots)) {
          const wanted = snapshot.state[index]![slot];
          if (wanted) expectClose(await engine.read(variable), wanted, tolerances.optimizer32 * 3);
        }
        if (choice.name === 'vsgd' && snapshot.beta1) {
          const [mug, bg, bhg] = [await engine.read(state.slots.mug!), await engine.read(state.slots.bg!), await engine.read(state.slots.bhg!)];
          const out = Array.from({ length: 3 }, () => new Float32Array(bg.length));
          measuresOf(choice, { lr: 1, t: snapshot.step }).fill([mug, bg, bhg], out);
          expectClose(out[0]!, snapshot.beta1[index]!, 1e-5);
        }
      }
    }
    optimizer.dispose();
    parameters.forEach(({ variable }) => variable.dispose());
  });

  test.skipIf(missing !== undefined)('one huge gradient leaves VSGD no NaN', async () => {
    const list = new ParameterList(0);
    list.add('w', [5], { init: { kind: 'constant', value: 1 } });
    const options = { params: null, lr: 0.01, ps: 1e-8, weight_decay: 0.01, ghattg: 30, tau1: 0.81, tau2: 0.9, eps: 1e-8 };
    const optimizer = createOptimizer({ name: 'vsgd', options }, list.parameters);
    let wanted: [number, ...number[]] = [1, 0, 0, 0];
    for (let t = 1; t <= 4; t += 1) {
      const gradient = t === 2 ? 1e15 : 0.1;
      const hyper = optimizer.hyper(0.01);
      tidy(() => optimizer.apply([tensor(new Float32Array(5).fill(gradient))], tensor(hyper) as Tensor1D, tensor([1, 1, 1]) as Tensor1D));
      optimizer.t = t;
      wanted = vsgdElement(hyper)(wanted[0], gradient, wanted.slice(1)) as typeof wanted;
    }
    const { parameter, slots } = optimizer.states[0]!;
    for (const [index, variable] of [parameter.variable, slots.mug!, slots.bg!, slots.bhg!].entries()) expectClose(await engine.read(variable), Array.from({ length: 5 }, () => wanted[index] as number), 1e-5);
    optimizer.dispose();
    parameter.variable.dispose();
  });

  test.skipIf(!hasShared || missing !== undefined)('global norm and clipping (needs ../shared)', async () => {
    for (const { grad_norm, max_norm, returned, clipped } of read<{ grad_norm: number; max_norm: number; returned: number; clipped: number[] }[]>('clipping.json')) {
      const size = Math.hypot(...clipped);
      const gradient = clipped.map((value) => (value / size) * grad_norm);
      const made = tidy(() => gradientControl({ loss: tensor(1) as never, limits: tensor([max_norm, 0]) as Tensor1D, gradients: [tensor(gradient)] }));
      const control = await made.data();
      made.dispose();
      expect(Math.abs(control[0]! - returned) / returned).toBeLessThan(1e-6);
      gradient.forEach((value, index) => expect(Math.abs(value * control[1]! - clipped[index]!)).toBeLessThan(1e-5 * size));
    }
  });
});

describe.skipIf(!hasShared)('element formulas in float64 (needs ../shared)', () => {
  test.each(cases)('$optimizer $options, $gradient gradients', (reference) => {
    const choice = choiceOf(reference);
    reference.shapes.forEach((shape, index) => {
      const count = shape.reduce((product, side) => product * side, 1);
      let w = Array.from({ length: count }, (_, i) => u(200 + index, i, salt));
      let slots: number[][] = w.map(() => []);
      for (let t = 1; t <= 50; t += 1) {
        const update = elementOf(choice, t);
        const gradient = gradientOf(reference.gradient, t, { index, count });
        const next = w.map((value, i) => update(value, gradient[i]!, slots[i]!));
        w = next.map(([value]) => value);
        slots = next.map(([, ...rest]) => rest);
        const snapshot = reference.snapshots.find(({ step }) => step === t);
        if (snapshot) expectClose(w, snapshot.params[index]!, choice.name === 'vsgd' ? tolerances.vsgd64 : tolerances.optimizer64);
      }
    });
  });
});

/** The hyper numbers in float64, where the engines' vector is float32. */
function elementOf({ name, options }: OptimizerChoice, t: number): ElementUpdate {
  if (name === 'vsgd') {
    const { lr, weight_decay, tau1, tau2, ps, ghattg, eps } = options;
    const { pa2, pbg2, pbhg2 } = vsgdPriors({ ps, ghattg });
    const first = t === 1 ? 1 / (pa2 - 1) : 0;
    return vsgdElement([lr, 1 - lr * weight_decay, t ** -tau1, t ** -tau2, 1 / pa2, pbg2, pbhg2, eps, pbg2 * first, pbhg2 * first]);
  }
  if (name === 'sgd') return sgdElement([options.lr, options.weight_decay, options.momentum, t === 1 || options.momentum === 0 ? 1 : 1 - options.dampening], options.nesterov);
  const { lr, weight_decay, betas: [b1, b2], eps } = options;
  return adamElement([lr / (1 - b1 ** t), name === 'adamw' ? 1 - lr * weight_decay : weight_decay, b1, 1 - b1, b2, 1 - b2, 1 / Math.sqrt(1 - b2 ** t), eps], name === 'adamw');
}

describe.skipIf(!hasShared)('schedules (needs ../shared)', () => {
  type Curve = { lr: number[]; metric?: number[] } & Record<string, number>;
  const file = hasShared ? read<Record<string, Curve>>('schedulers.json') : {};
  const choices: [string, (curve: Curve) => SchedulerChoice][] = [
    ['step', ({ step_size, gamma }) => ({ name: 'step', options: { step_size: step_size!, gamma: gamma!, last_epoch: -1 } })],
    ['cosine', ({ T_max, eta_min }) => ({ name: 'cosine', options: { T_max: T_max!, eta_min: eta_min!, last_epoch: -1 } })],
    ['cosine_eta', ({ T_max, eta_min }) => ({ name: 'cosine', options: { T_max: T_max!, eta_min: eta_min!, last_epoch: -1 } })],
    ['plateau', ({ factor, patience, threshold, cooldown, min_lr }) => ({ name: 'plateau', options: { mode: 'min', factor: factor!, patience: patience!, threshold: threshold!, threshold_mode: 'rel', cooldown: cooldown!, min_lr: min_lr!, eps: 1e-8 } })],
  ];
  test.each(choices)('%s', (name, choiceOfCurve) => {
    const curve = file[name]!;
    const schedule = createSchedule(choiceOfCurve(curve), 0.1);
    curve.lr.forEach((wanted, index) => {
      expect(Math.abs(schedule.lr - wanted), `step ${index}`).toBeLessThan(1e-12);
      schedule.step(curve.metric?.[index]);
    });
  });
});
