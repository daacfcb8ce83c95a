// Resuming on webgpu is exact too: a run that goes on from a checkpoint, on a newly opened device, ends with the same bytes.
import { expect, test } from 'vitest';
import { temporaryFolder } from '#test/folder.ts';
import { expectRestOf, experimentOf, runToEnd } from '#test/training.ts';
import { webgpuCase } from '#test/webgpu.ts';

const { create, missing } = webgpuCase;
const settings = ['experiment=quickstart', 'model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=40', 'dataset.data_module.test_size=10', 'dataset.data_module.val_size=8',
  'dataset.data_module.batch_size=8', 'train.max_iter=6', 'train.val_freq=2', 'train.save_freq=1', 'train.eval_test_freq=3', 'train.optimizer_log_freq=2', 'train.seed=5'];

async function run(from?: Buffer) {
  const engine = await create();
  const heard = await runToEnd({ engine, experiment: experimentOf(...settings), root: temporaryFolder(), from });
  await engine.dispose();
  return heard;
}

test.skipIf(missing)(`a run on webgpu resumed from its checkpoints has the same rows and ends with the same bytes${missing ?? ''}`, async () => {
  const whole = await run();
  expect(whole.saved).toHaveLength(6);
  for (const { step, bytes } of [whole.saved[0]!, whole.saved[3]!]) expectRestOf(whole, await run(bytes), step);
}, 240_000);
