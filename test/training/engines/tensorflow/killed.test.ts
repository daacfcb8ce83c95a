// A run on TensorFlow from the command line, killed and resumed.
import { symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectSameAfterKill } from '../../../helpers/killed.ts';
import { createLabHome, type LabHome } from '../../../helpers/lab.ts';
import { hasTensorflow, needsTensorflow, tensorflowFolder } from '../../../helpers/tensorflow.ts';

describe.skipIf(!hasTensorflow)(`tensorflow ${needsTensorflow}`, () => {
  let lab: LabHome;
  beforeAll(() => {
    lab = createLabHome();
    symlinkSync(dirname(tensorflowFolder), join(lab.home, 'engines'));
  });
  afterAll(() => lab.remove());

  test('killed by SIGKILL and resumed, a run ends with the checkpoint of an uninterrupted one', async () => {
    const resumed = await expectSameAfterKill(lab, ['run', 'experiment=quickstart', '--engine', 'tensorflow', 'train.max_iter=200', 'train.save_freq=20', 'train.eval_test_freq=100'], { at: 30, total: 200 });
    expect(resumed.engine?.name).toBe('tensorflow');
  }, 240_000);
});
