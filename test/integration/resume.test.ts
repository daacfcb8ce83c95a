// Resuming is exact: from the checkpoint of every iteration, with every optimizer, with and without augmentation, the rest of the
// run has the same rows and ends with the same bytes: weights, running statistics, optimizer state, schedule.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importDataset } from '#datasets';
import type { Engine } from '#training';
import { cifar10Entries, tarGz } from '#test/archives.ts';
import { engines } from '#test/reference.ts';
import { tensorflowCase } from '#test/tensorflow.ts';
import { expectRestOf, experimentOf, runToEnd, type WholeRun } from '#test/training.ts';

const steps = 12;
// Batches of 16 out of 92 pictures: the sixth is smaller, the twelfth is in the second epoch.
const settings = ['dataset=cifar10', 'dataset.data_module.batch_size=16', 'dataset.data_module.val_size=8', 'dataset.data_module.limit_test=10', 'dataset.data_module.test_batch_size=4',
  'model=convmixer', 'model.dim=8', 'model.depth=1', 'model.kernel_size=3', 'model.patch_size=8', `train.max_iter=${steps}`, 'train.save_freq=1', 'train.eval_test_freq=5', 'train.optimizer_log_freq=4', 'train.seed=5'];
const optimizers = [
  ['vsgd', ['train.optimizer.lr=0.01', 'train.optimizer.weight_decay=0.01', 'train/scheduler=stepLR', 'train.scheduler.step_size=3']],
  ['adam', ['train.optimizer.lr=0.01', 'train/scheduler=cosine']],
  ['adamW', ['train.optimizer.lr=0.01', 'train/scheduler=plateau', 'train.scheduler.patience=1', 'train.best_metric=val/loss']],
  ['sgd', ['train.optimizer.lr=0.05', 'train.optimizer.momentum=0.9', 'train.grad_clip=1', 'train.grad_skip_thr=3']],
] as const;

describe.each([engines[1], ...(tensorflowCase.missing ? [] : [tensorflowCase])])('on $name', ({ create }) => {
  let folder: string;
  let engine: Engine;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vsgd-lab-resume-'));
    const archive = join(folder, 'cifar-10-binary.tar.gz');
    writeFileSync(archive, tarGz(cifar10Entries(20)));
    await importDataset({ root: join(folder, 'datasets'), path: archive, acceptDigest: true });
    engine = await create();
  });
  afterAll(async () => {
    await engine.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (overrides: readonly string[], options: Pick<WholeRun, 'from' | 'workers'> = {}) =>
    runToEnd({ engine, experiment: experimentOf(...settings, ...overrides), root: join(folder, 'datasets'), ...options });

  describe.each([['without augmentation', 'false'], ['with crop and flip', 'true']])('%s', (_what, augmented) => {
    test.each(optimizers)(`%s: resumed at each of ${steps - 1} steps`, async (optimizer, own) => {
      const overrides = [`dataset.data_module.use_augmentations=${augmented}`, `train/optimizer=${optimizer}`, ...own];
      const whole = await run(overrides);
      expect(whole.saved.map(({ step }) => step)).toEqual(Array.from({ length: steps }, (_, index) => index + 1));
      for (const { step, bytes } of whole.saved.slice(0, -1)) expectRestOf(whole, await run(overrides, { from: bytes, workers: step % 3 }), step);
    });
  });

  test('augmentation changes what is trained, so that the cases above differ', async () => {
    const [plain, augmented] = [await run(['dataset.data_module.use_augmentations=false']), await run(['dataset.data_module.use_augmentations=true'])];
    expect(plain.rows[0]?.values['train/loss']).not.toBe(augmented.rows[0]?.values['train/loss']);
  });
});
