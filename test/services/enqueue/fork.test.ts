// Forks: what they are called, and which are refused before they are queued.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { enqueueRuns, forkRun, openLab } from '#services';
import { runPaths } from '#runs';
import { listRuns } from '#store';
import { scratchFolder } from '#test/scratch.ts';

/** A run with a checkpoint of step 20. */
function createOrigin(overrides: string[]) {
  const lab = openLab(scratchFolder());
  onTestFinished(() => lab.close());
  const [made] = enqueueRuns(lab, { overrides });
  const id = made!.id;
  const file = join(runPaths(lab.home, id).root, 'checkpoints/last.safetensors');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, 'weights');
  lab.database.prepare('INSERT INTO checkpoints (run_id, path, offset, step, bytes, sha256, kind) VALUES (?, ?, 0, 20, 7, ?, ?)').run(id, 'checkpoints/last.safetensors', '', 'last');
  return { lab, fork: (...changes: string[]) => forkRun(lab, { id, overrides: changes }), names: () => listRuns(lab.database).map(({ name }) => name) };
}

test('another optimizer, other rates, another seed: queued, and called by what they change', () => {
  const { fork, names } = createOrigin(['experiment=quickstart']);
  fork();
  fork('train/optimizer=adam', 'train.optimizer.lr=0.01', 'dataset.data_module.batch_size=32');
  expect(names().slice(1)).toEqual(['convmixer shapes vsgd seed 1 (fork)', 'convmixer shapes vsgd seed 1 (fork, adam, lr 0.01, batch 32)']);
});

test.each([
  ['model.dim=64', /keeps the model of its checkpoint: model.dim is \d+ there and would be 64 here. Start a new run/],
  ['model=vgg', /model is convmixer there and would be vgg here/],
  ['dataset=mnist', /it has [\d,]+ numbers there and would have [\d,]+ for pictures of mnist/],
])('%s is refused at once, for its parameters have other shapes', (change, told) => {
  const { fork, names } = createOrigin(['experiment=quickstart']);
  expect(() => fork(change)).toThrow(expect.objectContaining({ code: 'CHECKPOINT_MISMATCH', message: expect.stringMatching(told) as string }));
  expect(names()).toHaveLength(1);
});
