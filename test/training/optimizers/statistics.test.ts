// Quantiles of an optimizer's steps and of the gradient's noise, against values computed by hand.
import { describe, expect, test } from 'vitest';
import type { OptimizerChoice, VsgdOptions } from '#contract';
import { optimizerStatistics, Tally } from '../../../src-main/training/optimizers/statistics.ts';

const options: VsgdOptions = { params: null, lr: 0.1, weight_decay: 0, ghattg: 30, ps: 1e-8, tau1: 0.81, tau2: 0.9, eps: 1e-8 } as VsgdOptions;
const vsgd: OptimizerChoice = { name: 'vsgd', options };
const close = (values: readonly number[] | null | undefined, expected: number[]): void => {
  expect(values).toHaveLength(3);
  expected.forEach((value, index) => expect(Math.abs((values as readonly number[])[index]! / value - 1)).toBeLessThan(1e-3));
};

describe('a tally', () => {
  test('tells quantiles to three digits over many orders of magnitude, weighted', () => {
    const tally = new Tally();
    for (let index = 0; index <= 1000; index += 1) tally.add(10 ** (index / 100 - 7), 1);
    close(tally.take(), [1e-6, 1e-2, 1e2]);
    expect(tally.take()).toBeNull();
    for (const [value, weight] of [[1, 89], [2, 2], [3, 9]] as const) tally.add(value, weight);
    close(tally.take(), [1, 1, 2]);
  });
  test('leaves out what is negative or not finite, and keeps zero', () => {
    const tally = new Tally();
    for (const value of [NaN, -1, Infinity, 0]) tally.add(value, 1);
    expect(tally.take()).toEqual([0, 0, 0]);
  });
});

test('VSGD: beta1, noise and step of each element', () => {
  const [mu, bg, bhg, pa2] = [0.3, 2, 6, Math.fround(2e-8 + 1 + 1e-4)];
  const slots = { mug: Float32Array.of(mu, -mu, 0), bg: Float32Array.of(bg, bg, 0), bhg: Float32Array.of(bhg, bhg, 0) };
  const found = optimizerStatistics(vsgd, [{ name: 'a', size: 3, slots }], { lr: 0.1, t: 5 });
  const variance = ((bg / pa2) * (bhg / pa2)) / (bg / pa2 + bhg / pa2);
  const step = (0.1 * mu) / (Math.sqrt(variance + mu * mu) + 1e-8);
  close(found?.layers[0]?.beta1, Array(3).fill(0.75) as number[]);
  close(found?.layers[0]?.noise, Array(3).fill(Math.sqrt(bhg / pa2)) as number[]);
  close(found?.layers[0]?.stepSize, Array(3).fill(step) as number[]);
  expect(found?.all).toEqual({ beta1: found?.layers[0]?.beta1, stepSize: found?.layers[0]?.stepSize, noise: found?.layers[0]?.noise });
});

test('Adam and SGD have steps; without momentum, or before the first step, there is nothing', () => {
  const adam: OptimizerChoice = { name: 'adam', options: { params: null, lr: 0.1, weight_decay: 0, eps: 0, betas: [0.9, 0.99] } };
  const slots = { exp_avg: Float32Array.of(0.2), exp_avg_sq: Float32Array.of(0.04) };
  close(optimizerStatistics(adam, [{ name: 'a', size: 1, slots }], { lr: 0.1, t: 1 })?.all.stepSize, Array(3).fill((0.1 * 0.2) / 0.1 / Math.sqrt(0.04 / 0.01)) as number[]);
  const sgd = (momentum: number): OptimizerChoice => ({ name: 'sgd', options: { params: null, lr: 0.1, momentum, dampening: 0, nesterov: false, weight_decay: 0 } });
  const moving = optimizerStatistics(sgd(0.9), [{ name: 'a', size: 1, slots: { momentum_buffer: Float32Array.of(-2) } }], { lr: 0.1, t: 1 });
  close(moving?.all.stepSize, [0.2, 0.2, 0.2]);
  expect([moving?.all.beta1, moving?.all.noise]).toEqual([null, null]);
  expect([optimizerStatistics(sgd(0), [], { lr: 0.1, t: 1 }), optimizerStatistics(vsgd, [], { lr: 0.1, t: 0 })]).toEqual([null, null]);
});

test('a large tensor is sampled, and counts by its size', () => {
  const of = (size: number, value: number) => ({ name: String(size), size, slots: { momentum_buffer: new Float32Array(size).fill(value) } });
  const sgd: OptimizerChoice = { name: 'sgd', options: { params: null, lr: 1, momentum: 0.9, dampening: 0, nesterov: false, weight_decay: 0 } };
  const found = optimizerStatistics(sgd, [of(90_000, 1), of(20_000, 2)], { lr: 1, t: 1 });
  close(found?.all.stepSize, [1, 1, 2]);
});
