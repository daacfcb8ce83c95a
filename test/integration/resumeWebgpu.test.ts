// Resuming on webgpu is exact too: a run that goes on from a checkpoint, on a newly opened device, ends with the same bytes.
import { expect, test } from 'vitest';
import { openLoader } from '#datasets';
import { decodeSafetensors, restoreState, runLoop } from '#training';
import { temporaryFolder } from '#test/folder.ts';
import { createHooks, createState, disposeState, experimentOf, untimed, type Heard } from '#test/training.ts';
import { openWebgpu, webgpu } from '#test/webgpu.ts';

const settings = ['experiment=quickstart', 'model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=40', 'dataset.data_module.test_size=10', 'dataset.data_module.val_size=8',
  'dataset.data_module.batch_size=8', 'train.max_iter=6', 'train.val_freq=2', 'train.save_freq=1', 'train.eval_test_freq=3', 'train.optimizer_log_freq=2', 'train.seed=5'];

async function run(from?: Buffer): Promise<Heard> {
  const experiment = experimentOf(...settings);
  const engine = await openWebgpu();
  const source = await openLoader({ root: temporaryFolder(), dataset: experiment.dataset, seed: experiment.train.seed, workers: 0 });
  const state = createState(engine, experiment);
  if (from) await restoreState(state, decodeSafetensors(from, 'checkpoint'), { path: 'checkpoint' });
  const { heard, hooks } = createHooks(state);
  await runLoop({ state, experiment, source, hooks });
  disposeState(state);
  await source.close();
  await engine.dispose();
  return heard;
}

test.skipIf(!webgpu.usable)('a run on webgpu resumed from its checkpoints has the same rows and ends with the same bytes (needs an adapter)', async () => {
  const whole = await run();
  expect(whole.saved).toHaveLength(6);
  for (const { step, bytes } of [whole.saved[0]!, whole.saved[3]!]) {
    const rest = await run(bytes);
    expect(untimed(rest.rows)).toEqual(untimed(whole.rows.slice(step)));
    expect(rest.histograms).toEqual(whole.histograms.filter((histogram) => histogram.step > step));
    expect(rest.saved.at(-1)!.bytes.equals(whole.saved.at(-1)!.bytes)).toBe(true);
  }
}, 240_000);
