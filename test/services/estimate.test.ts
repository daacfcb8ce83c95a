// Estimates: parameters without making the model, time from a run of the same kind, disk from what checkpoints hold.
import { expect, onTestFinished, test } from 'vitest';
import { composeConfig, parseExperiment } from '#config';
import { changeSettings, enqueueRuns, estimateRuns, openLab, type Lab } from '#services';
import { countParameters, createCpuEngine, createModel } from '#training';
import { journal, metrics } from '#test/journals.ts';
import { scratchFolder } from '#test/scratch.ts';

const estimateRun = (lab: Lab, overrides: string[]) => estimateRuns(lab, { overrides });
const small = ['experiment=quickstart', 'model.dim=8', 'model.depth=1'];

test('the count is that of the model that is made', async () => {
  const { experiment } = parseExperiment(composeConfig({ overrides: small }).config);
  const input = { channels: 3, size: experiment.dataset.x_dim };
  const engine = await createCpuEngine();
  const model = createModel(experiment.model, { ...input, seed: 1 });
  expect(countParameters(experiment.model, input).parameters).toBe(model.parameterCount);
  model.dispose();
  await engine.dispose();
});

test('time per iteration comes from the newest run of the same model, batch and optimizer', () => {
  const lab = openLab(scratchFolder());
  onTestFinished(() => lab.close());
  expect(estimateRun(lab, small)).toMatchObject({ secondsPerStep: null, measuredIn: null });
  const [run] = enqueueRuns(lab, { overrides: [...small, 'train.seed=7'], name: 'before' });
  journal(lab, run!.id, [metrics(10, { train_time: 0.25, data_time: 0.05 })]);
  expect(estimateRun(lab, [...small, 'train.max_iter=50'])).toMatchObject({ secondsPerStep: expect.closeTo(0.3) as number, measuredIn: { id: run!.id, name: 'before' }, steps: 50 });
  expect(estimateRun(lab, [...small, 'model.dim=16'])).toMatchObject({ secondsPerStep: null });
});

test('one quick step at the end of a run is not the time of a step', () => {
  const lab = openLab(scratchFolder());
  onTestFinished(() => lab.close());
  const [run] = enqueueRuns(lab, { overrides: small });
  const seconds = (step: number): number => (step <= 5 ? 3 : step === 40 ? 0.01 : 0.04 + (step % 3) / 1000);
  journal(lab, run!.id, Array.from({ length: 40 }, (_, index) => metrics(index + 1, { train_time: seconds(index + 1), data_time: index === 39 ? 9 : 0.002, ...(index % 10 === 9 ? { test_time: index === 39 ? 50 : 1 } : {}) })));
  expect(estimateRun(lab, small).secondsPerStep).toBeCloseTo(0.043, 9);
  const plan = ['train.max_iter=100', 'train.val_freq=0', 'train.eval_test_freq=50'];
  expect(estimateRun(lab, [...small, ...plan]).seconds).toBeCloseTo(4.3 + 2, 6);
});

test('the disk holds the journal and its rows, too: by those of a run of the same kind, where there is one', () => {
  const lab = openLab(scratchFolder());
  onTestFinished(() => lab.close());
  const disk = (steps: number): number => estimateRun(lab, [...small, `train.max_iter=${steps}`]).diskBytes;
  const perStep = (disk(30_000) - disk(10_000)) / 20_000;
  expect(perStep).toBeGreaterThan(500);
  expect(perStep).toBeLessThan(2500);
  const [run] = enqueueRuns(lab, { overrides: small });
  const lines = Array.from({ length: 100 }, (_, index) => metrics(index + 1, { train_time: 0.1, ...Object.fromEntries(Array.from({ length: 60 }, (_value, at) => [`a-metric-of-ones-own-${at}`, 0.123456789])) }));
  journal(lab, run!.id, lines);
  const written = lines.reduce((sum, line) => sum + JSON.stringify(line).length + 1, 0) / 100;
  expect((disk(30_000) - disk(10_000)) / 20_000).toBeGreaterThan(2 * written);
});

test('disk and memory count the optimizer\u2019s tensors; a large model is counted without being made', () => {
  const lab = openLab(scratchFolder());
  onTestFinished(() => lab.close());
  const vsgd = estimateRun(lab, ['experiment=cifar100_vgg', 'train/optimizer=vsgd']);
  const sgd = estimateRun(lab, ['experiment=cifar100_vgg', 'train/optimizer=sgd']);
  expect(vsgd.parameters).toBe(sgd.parameters);
  expect(vsgd.parameters).toBeGreaterThan(14_000_000);
  expect(vsgd.diskBytes - sgd.diskBytes).toBe(2 * 4 * 2 * vsgd.parameters); // two checkpoints, two tensors more
  expect(vsgd.freeBytes).toBeGreaterThan(0);
});

test('a sweep is the sum of its runs on the slots there are, its largest run the memory', () => {
  const lab = openLab(scratchFolder());
  onTestFinished(() => lab.close());
  const plain = ['train.max_iter=100', 'train.val_freq=0', 'train.eval_test_freq=0', 'dataset.data_module.limit_test=1'];
  for (const [dim, train_time] of [[8, 0.1], [64, 0.3]] as const) {
    const [run] = enqueueRuns(lab, { overrides: [...small, `model.dim=${dim}`] });
    journal(lab, run!.id, [metrics(10, { train_time, data_time: 0, test_time: 2 })]);
  }
  const sweep = { overrides: [...small, ...plain, 'model.dim=8,64,16'], multirun: true };
  const both = estimateRuns(lab, { ...sweep, overrides: [...small, ...plain, 'model.dim=8,64'] });
  expect(both).toMatchObject({ seconds: expect.closeTo(12) as number, allSeconds: expect.closeTo(12 + 32) as number, untold: 0, atOnce: 1 });
  expect(estimateRuns(lab, sweep)).toMatchObject({ allSeconds: expect.closeTo(12 + 32) as number, untold: 1 });
  const large = estimateRun(lab, [...small, ...plain, 'model.dim=64']);
  expect(both).toMatchObject({ stateBytes: large.stateBytes, batchBytes: large.batchBytes });
  expect(both.diskBytes).toBe(large.diskBytes + estimateRun(lab, [...small, ...plain]).diskBytes);
  changeSettings(lab, { slots: 2 });
  expect(estimateRuns(lab, { ...sweep, overrides: [...small, ...plain, 'model.dim=8,64'] })).toMatchObject({ allSeconds: expect.closeTo(32) as number, atOnce: 2 });
});

test('evaluations are in the time, by their own measure, or a third of a step\u2019s per picture', () => {
  const lab = openLab(scratchFolder());
  onTestFinished(() => lab.close());
  const [run] = enqueueRuns(lab, { overrides: small });
  journal(lab, run!.id, [metrics(10, { train_time: 0.32, data_time: 0 })]);
  const plan = ['train.max_iter=100', 'train.val_freq=0', 'dataset.data_module.test_size=300'];
  expect(estimateRun(lab, [...small, ...plan, 'train.eval_test_freq=0']).seconds).toBeCloseTo(32 + 1);
  expect(estimateRun(lab, [...small, ...plan, 'train.eval_test_freq=50']).seconds).toBeCloseTo(32 + 2);
});
