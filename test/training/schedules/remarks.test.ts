// A schedule that does nothing in a run of its length is reported.
import { expect, test } from 'vitest';
import { composeRun, parseExperiment } from '#config';
import { checkExperiment } from '#training';

const remarks = (overrides: string[], lengths: { steps?: number | null; val?: number | null } = {}) =>
  checkExperiment(parseExperiment(composeRun({ overrides: ['experiment=quickstart', ...overrides] }).config).experiment, { input: { channels: 3, size: 28 }, steps: 600, val: 256, ...lengths });

test.each([
  [['train/scheduler=plateau', 'train.val_freq=0'], {}, /plateau schedule follows val\/loss, which is never measured: train\.val_freq is 0\. The learning rate stays at 0\.01\. Set train\.val_freq=1/],
  [['train/scheduler=plateau'], { val: 0 }, /there are no validation images/],
  [['train/scheduler=plateau', 'train.val_freq=50'], { steps: 49 }, /train\.val_freq is 50 and the run has 49 iterations/],
  [['train/scheduler=plateau', 'train.val_freq=10'], { steps: 110 }, /patience is 10 and the run has 11 validations, so the plateau schedule can never lower/],
  [['train/scheduler=cosine', 'train.scheduler.T_max=10000'], {}, /T_max is 10,000 and the run has 600 iterations: the learning rate ends at 0\.00991\d* of 0\.01 and not at 0\. Set train\.scheduler\.T_max=600/],
  [['train/scheduler=cosine', 'train.scheduler.T_max=100'], {}, /smallest rate at iteration 100 and rises again/],
  [['train/scheduler=stepLR', 'train.scheduler.step_size=600'], {}, /step_size is 600 and the run has 600 iterations: the learning rate stays at 0\.01/],
] as const)('%j %j', (overrides, lengths, told) => {
  expect(remarks([...overrides], lengths)).toEqual([expect.stringMatching(told)]);
});

test.each([
  [['train/scheduler=plateau', 'train.val_freq=10'], {}], [['train/scheduler=plateau', 'train.val_freq=10'], { steps: null, val: null }], [['train/scheduler=plateau'], { steps: 120 }],
  [['train/scheduler=cosine'], {}], [['train/scheduler=cosine'], { steps: null }],
  [['train/scheduler=stepLR', 'train.scheduler.step_size=599'], {}], [[], {}],
] as const)('nothing of %j %j', (overrides, lengths) => {
  expect(remarks([...overrides], lengths)).toEqual([]);
});
