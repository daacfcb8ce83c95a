// The six published experiments from their published command lines: killed midway and resumed, they end with the same checkpoint.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectSameAfterKill } from '../helpers/killed.ts';
import { createLabHome, type LabHome } from '../helpers/lab.ts';
import { hasShared, sharedPath } from '../helpers/shared.ts';

const long = ['1', 'all'].includes(process.env.VSGD_LAB_LONG ?? '');
const experiments = ['cifar100_vgg', 'cifar100_convmixer', 'cifar100_resnext', 'tiny_imagenet_vgg', 'tiny_imagenet_convmixer', 'tiny_imagenet_resnext'];
const settings = ['train/optimizer=vsgd', 'train.max_iter=20', 'dataset.data_module.test_batch_size=8',
  'dataset.data_module.limit_test=8', 'dataset.data_module.val_size=4', 'train.save_freq=4', 'train.seed=1'];

describe.skipIf(!hasShared || !long)('published experiments, 20 iterations each (needs ../shared and VSGD_LAB_LONG=1)', () => {
  let lab: LabHome;
  beforeAll(() => {
    lab = createLabHome();
    for (const archive of ['cifar-100-binary.tar.gz', 'tiny-imagenet-200.zip']) {
      const outcome = lab.lab('datasets', 'import', sharedPath(`data/${archive}`), '--accept-digest');
      expect(outcome.status, outcome.stderr).toBe(0);
    }
  });
  afterAll(() => lab.remove());

  test.each(experiments)('%s: killed by SIGKILL midway and resumed, it ends with the checkpoint of an uninterrupted run', async (experiment) => {
    // Two pictures are too few for ResNeXt's published rate: its validation loss becomes NaN.
    const command = ['run', `experiment=${experiment}`, `dataset.data_module.batch_size=${experiment === 'cifar100_resnext' ? 4 : 2}`, ...settings];
    await expectSameAfterKill(lab, command, { at: 10, total: 20 });
  }, 600_000);
});
