// What is logged of an optimizer by layer: against the formulas on the state itself, after a real training; the training stays as it is.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quantileShares, type Quantiles } from '#contract';
import { createInspector, createWasmEngine, runLoop, type Engine } from '#training';
import { createHooks, createSource, createState, disposeState, experimentOf, tiny } from '#test/training.ts';

let engine: Engine;
beforeAll(async () => { engine = await createWasmEngine({ threads: 1 }); });
afterAll(() => engine.dispose());

async function train(...overrides: string[]) {
  const experiment = experimentOf(...tiny, 'train.optimizer_log_freq=3', ...overrides);
  const state = createState(engine, experiment);
  const { heard, hooks } = createHooks(state);
  await runLoop({ state, experiment, source: createSource(), hooks });
  return { ...heard, state, experiment };
}

type Element = Record<string, number>;
/** Quantiles by sorting of a measure of each element of one parameter (null: of all). */
async function plainly({ state }: Awaited<ReturnType<typeof train>>, measure: (slots: Element) => number, only: number | null): Promise<number[]> {
  const values: number[] = [];
  for (const [index, { slots }] of state.optimizer.states.entries()) {
    if (only !== null && index !== only) continue;
    const read = await Promise.all(Object.entries(slots).map(async ([name, variable]) => [name, await engine.read(variable)] as const));
    for (let at = 0; at < read[0]![1].length; at += 1) values.push(measure(Object.fromEntries(read.map(([name, data]) => [name, data[at]!]))));
  }
  values.sort((a, b) => a - b);
  return quantileShares.map((share) => values[Math.max(0, Math.ceil(share * values.length) - 1)]!);
}

function expectNear(found: Quantiles, wanted: number[], what: string): void {
  found!.forEach((value, index) => expect(Math.abs(value - wanted[index]!), `${what} ${index}: ${value} and ${wanted[index]}`).toBeLessThanOrEqual(3e-4 * wanted[index]! + 1e-5 * Number(what === 'beta1')));
}

const pa2 = 2 * 1e-8 + 1 + 1e-4;
const optimizers: { name: string; overrides: string[]; measures: Record<string, (slots: Element) => number> }[] = [
  {
    // A model with tensors of which some are sorted and some counted.
    name: 'vsgd', overrides: ['train.optimizer.ps=1e-8', 'train.optimizer.weight_decay=0.01', 'model.dim=72'],
    measures: {
      beta1: ({ bg, bhg }) => bhg! / (bg! + bhg!),
      step: ({ mug, bg, bhg }) => {
        const [sg, sh] = [bg! / pa2, bhg! / pa2];
        return 0.01 / (Math.sqrt((sg * sh) / (sg + sh) + mug! ** 2) + 1e-8);
      },
      noise: ({ bg }) => Math.sqrt(bg!),
    },
  },
  ...['adam', 'adamW'].map((name) => ({
    name, overrides: ['train.optimizer.betas=[0.8,0.99]'],
    measures: { step: ({ exp_avg_sq: v }: Element) => 0.01 / (1 - 0.8 ** 6) / (Math.sqrt(v!) / Math.sqrt(1 - 0.99 ** 6) + 1e-8), root: ({ exp_avg_sq: v }: Element) => Math.sqrt(v!) },
  })),
  { name: 'sgd', overrides: ['train.optimizer.momentum=0.9'], measures: { step: () => 0.01, momentum: ({ momentum_buffer: buffer }) => Math.abs(buffer!) } },
];

describe.each(optimizers)('$name', ({ name, overrides, measures }) => {
  test('quantiles are those of the formulas, tensor by tensor and over all', async () => {
    const run = await train(`train/optimizer=${name}`, 'train.optimizer.lr=0.01', ...overrides);
    expect(run.layers.map(({ step }) => step)).toEqual([3, 6]);
    const last = run.layers[1]!;
    const { parameters } = run.state.model;
    expect(last.sizes.some((size) => size > 4096)).toBe(name === 'vsgd');
    expect(last.tensors).toEqual(parameters.map((parameter) => parameter.name));
    expect(last.sizes).toEqual(parameters.map(({ variable }) => variable.size));
    expect(Object.keys(last.total).sort()).toEqual(Object.keys(measures).sort());
    for (const [measure, formula] of Object.entries(measures)) {
      expectNear(last.total[measure]!, await plainly(run, formula, null), measure);
      for (const index of parameters.keys()) expectNear(last.measures[measure]![index]!, await plainly(run, formula, index), measure);
    }
    disposeState(run.state);
  });

  test('looking changes nothing: the same bits at the end, logged or not', async () => {
    const [often, never] = [await train(`train/optimizer=${name}`, ...overrides, 'train.optimizer_log_freq=1'), await train(`train/optimizer=${name}`, ...overrides, 'train.optimizer_log_freq=0')];
    expect([often.layers.length, never.layers.length]).toEqual([6, 0]);
    for (const [index, { parameter, slots }] of often.state.optimizer.states.entries()) {
      const other = never.state.optimizer.states[index]!;
      expect(await engine.read(parameter.variable)).toEqual(await engine.read(other.parameter.variable));
      for (const [slot, variable] of Object.entries(slots)) expect(await engine.read(variable)).toEqual(await engine.read(other.slots[slot]!));
    }
    [often, never].forEach(({ state }) => disposeState(state));
  });
});

test('before the first update there is nothing to tell by layer', async () => {
  const experiment = experimentOf(...tiny);
  const state = createState(engine, experiment);
  const { layers, histogram } = await createInspector(state, experiment).look(0.01);
  expect([layers, histogram?.counts.every((count) => count === 0)]).toEqual([null, true]);
  disposeState(state);
});
