// Estimates: parameters without making the model, time from a run of the same kind, disk from what checkpoints hold.
import { expect, onTestFinished, test } from 'vitest';
import { composeConfig, parseExperiment } from '#config';
import { enqueueRuns, estimateRun, openLab } from '#services';
import { countParameters, createCpuEngine, createModel } from '#training';
import { journal, metrics } from '#test/journals.ts';
import { scratchFolder } from '#test/scratch.ts';

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
