// Forks: what they are called, and which are refused before they are queued.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { configurationOf, enqueueRuns, forkRun, openLab, retryRun, type EnqueueInput } from '#services';
import { runPaths } from '#runs';
import { composeRun, configHash } from '#config';
import type { RunDocument } from '#contract';
import { listRuns } from '#store';
import { journal } from '#test/journals.ts';
import { scratchFolder } from '#test/scratch.ts';

/** A run with a checkpoint of step 20. */
function createOrigin(overrides: string[], files: Pick<EnqueueInput, 'configDir' | 'configName'> = {}) {
  const lab = openLab(scratchFolder());
  onTestFinished(() => lab.close());
  const [made] = enqueueRuns(lab, { overrides, ...files });
  const id = made!.id;
  const file = join(runPaths(lab.home, id).root, 'checkpoints/last.safetensors');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, 'weights');
  journal(lab, id, [{ type: 'checkpoint', step: 20, time: 1, path: 'checkpoints/last.safetensors', bytes: 7, sha256: 'ab', kind: 'last' }]);
  return { lab, id, fork: (...changes: string[]) => forkRun(lab, { id, overrides: changes }), names: () => listRuns(lab.database).map(({ name }) => name) };
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

describe('of a run with configuration files of its own', () => {
  const experiment = (lr: number) => `# @package _global_\ndefaults:\n  - override /train/optimizer: sgd\n  - _self_\ntrain:\n  optimizer: {lr: ${lr}, momentum: 0.9}\n`;
  function createOwn() {
    const folder = scratchFolder();
    const write = (lr: number) => writeFileSync(join(folder, 'experiment/mine.yaml'), experiment(lr));
    for (const group of ['experiment', 'train/optimizer']) mkdirSync(join(folder, group), { recursive: true });
    writeFileSync(join(folder, 'train/optimizer/own.yaml'), '_target_: torch.optim.SGD\nlr: 0.07\n');
    write(0.01);
    const origin = createOrigin(['dataset=shapes', 'experiment=mine'], { configDir: relative(process.cwd(), folder) });
    const documents = () => listRuns(origin.lab.database).map(({ document }) => JSON.parse(document) as RunDocument);
    return { ...origin, folder, write, documents };
  }
  const changes: [string, (own: ReturnType<typeof createOwn>) => void][] = [['edited', ({ write }) => write(0.5)], ['deleted', ({ folder }) => rmSync(folder, { recursive: true })]];

  test.each(changes)('that were %s since: fork, run again and clone have the configuration that the run had', (_, change) => {
    const own = createOwn();
    change(own);
    expect(own.fork('train.max_iter=2').differences).toEqual([{ key: 'train.max_iter', before: 10000, after: 2 }]);
    retryRun(own.lab, own.id);
    const [origin, fork, again] = own.documents();
    expect(origin?.configDir).toBe(own.folder); // absolute, though it was given as a relative path
    expect(fork?.config.train).toMatchObject({ max_iter: 2, optimizer: { lr: 0.01, momentum: 0.9 } });
    expect([again?.config, again?.configHash, again?.name]).toEqual([origin?.config, origin?.configHash, origin?.name]);
    expect(configHash(composeRun({ overrides: configurationOf(own.lab, own.id).overrides ?? [] }).config)).toBe(origin?.configHash);
  });

  test('a group of its own can be chosen while the files are as they were; a changed folder counts no more', () => {
    const own = createOwn();
    expect(own.fork('train/optimizer=own').replaced).toEqual([{ override: 'train/optimizer=own', files: [join(own.folder, 'train/optimizer/own.yaml')] }]);
    own.write(0.5);
    expect(() => own.fork('train/optimizer=own')).toThrow(/Could not find 'train\/optimizer\/own'/);
  });
});

test('run again starts a fork from its checkpoint, and says so where that is gone', () => {
  const { lab, fork } = createOrigin(['experiment=quickstart']);
  const made = fork('train.max_iter=3');
  const { id } = retryRun(lab, made.id);
  const again = JSON.parse(listRuns(lab.database).find((run) => run.id === id)!.document) as RunDocument;
  expect([again.fork, again.config]).toMatchObject([{ step: 20 }, { train: { max_iter: 3 } }]);
  rmSync(join(runPaths(lab.home, made.id).checkpoints, 'fork-source.safetensors'));
  expect(() => retryRun(lab, made.id)).toThrow(/started from a checkpoint that is gone/);
});
