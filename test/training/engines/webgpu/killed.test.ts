// A run on WebGPU from the command line, killed and resumed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectSameAfterKill } from '../../../helpers/killed.ts';
import { createLabHome, type LabHome } from '../../../helpers/lab.ts';
import { webgpu } from '../../../helpers/webgpu.ts';

describe.skipIf(!webgpu.usable)('webgpu (needs an adapter)', () => {
  let lab: LabHome;
  beforeAll(() => { lab = createLabHome(); });
  afterAll(() => lab.remove());

  test('killed by SIGKILL and resumed, a run ends with the checkpoint of an uninterrupted one', async () => {
    const small = ['model.dim=8', 'model.depth=1', 'dataset.data_module.batch_size=8', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=8'];
    const resumed = await expectSameAfterKill(lab, ['run', 'experiment=quickstart', '--engine', 'webgpu', ...small, 'train.max_iter=80', 'train.save_freq=10', 'train.eval_test_freq=0'], { at: 15, total: 80 });
    expect(resumed.engine?.name).toBe('webgpu');
  }, 240_000);
});
