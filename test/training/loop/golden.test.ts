// Golden losses: the numbers of seeded runs, which no change of the loop, the models or the optimizers may move.
// A change that is meant to move them says so in its commit and writes the new ones here.
import { describe, expect, test } from 'vitest';
import { runLoop } from '#training';
import { engines } from '#test/reference.ts';
import { createHooks, createSource, createState, disposeState, experimentOf, tiny } from '#test/training.ts';

const golden: { name: string; settings: string[]; losses: number[]; testLoss: number }[] = [
  { name: 'vsgd', settings: [], losses: [2.2251, 2.1298, 2.4793, 2.2372, 2.5354, 2.5893], testLoss: 2.3127 },
  { name: 'adamW', settings: [], losses: [2.2251, 2.1106, 2.4335, 2.2096, 2.5282, 2.5812], testLoss: 2.301 },
  { name: 'sgd', settings: ['train.optimizer.momentum=0.9', 'train.grad_clip=1'], losses: [2.2251, 2.1551, 2.5538, 2.2833, 2.5246, 2.5363], testLoss: 2.352 },
];

describe.each(engines)('on the engine $name', ({ create }) => {
  test.each(golden)('seeded losses of $name', async ({ name, settings, losses, testLoss }) => {
    const engine = await create();
    const experiment = experimentOf(...tiny, `train/optimizer=${name}`, 'train.optimizer.lr=0.01', ...settings);
    const state = createState(engine, experiment);
    const { heard, hooks } = createHooks(state);
    await runLoop({ state, experiment, source: createSource(), hooks });
    for (const [index, { values }] of heard.rows.entries()) expect(values['train/loss'], `step ${index + 1}`).toBeCloseTo(losses[index]!, 3);
    expect(heard.rows.at(-1)!.values['test/loss']).toBeCloseTo(testLoss, 3);
    disposeState(state);
    await engine.dispose();
  });
});
