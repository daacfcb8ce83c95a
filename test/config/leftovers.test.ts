// Another model or data set than the experiment's: what the experiment sets for its own is left out, and the run says so in its overrides.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { composeConfig, composeRun, parseExperiment } from '#config';
import { scratchFolder } from '#test/scratch.ts';

const deletions = (overrides: string[]) => composeRun({ overrides }).overrides.filter((text) => text.startsWith('~'));

test.each([
  [['experiment=quickstart', 'model=vgg'], ['~model.dim', '~model.depth', '~model.kernel_size', '~model.patch_size']],
  [['experiment=quickstart', 'model=resnet18'], ['~model.dim', '~model.depth', '~model.kernel_size', '~model.patch_size']],
  [['experiment=cifar100_vgg', 'model=convmixer'], ['~model.cfg_id']],
  [['experiment=quickstart', 'model=resnext', '~model.depth'], ['~model.depth', '~model.dim', '~model.kernel_size', '~model.patch_size']],
  [['experiment=quickstart', 'dataset=mnist', 'train/optimizer=sgd'], []],
])('%s', (overrides, wanted) => {
  const { config, warnings, ...run } = composeRun({ overrides });
  expect(run.overrides.filter((text) => text.startsWith('~'))).toEqual(wanted);
  expect(config).toEqual(composeConfig({ overrides: run.overrides }).config);
  expect(() => parseExperiment(config)).not.toThrow();
  expect(warnings.length).toBe(wanted.length > 0 ? 1 : 0);
});

test('what both have keeps the meaning that Hydra gives it', () => {
  expect(composeRun({ overrides: ['experiment=cifar100_resnext', 'model=convmixer'] }).config.model).toMatchObject({ depth: 18, dim: 256 });
});

test('what somebody sets is not left out: a wrong key stays an error', () => {
  expect(deletions(['experiment=quickstart', 'model=vgg', 'model.dim=8'])).not.toContain('~model.dim');
  expect(() => parseExperiment(composeRun({ overrides: ['experiment=quickstart', 'model=vgg', 'model.dim=8'] }).config)).toThrow(/'model.dim' is not an option here/);
});

test('nothing but an experiment\u2019s own keys go', () => {
  expect(() => parseExperiment(composeRun({ overrides: ['model=vgg', '+model.dpth=3'] }).config)).toThrow(/'model.dpth'/);
});

const warningsOf = (...overrides: string[]): string[] => composeRun({ overrides }).warnings;

test('a key that nothing reads is said', () => {
  expect(warningsOf('+train.foo=1')).toEqual(["'train.foo' has no effect here: nothing reads it."]);
  expect(warningsOf('hydra.run.dir=/tmp/x', 'wandb.setup.mode=offline')).toEqual([expect.stringMatching(/hydra.run.dir.*home folder/), expect.stringMatching(/Weights & Biases/)]);
  expect(warningsOf('train.resume_id=x')).toHaveLength(1);
});

test('a key of PyTorch that nothing reads is said, unless it asks for nothing', () => {
  expect(warningsOf('train/scheduler=stepLR', 'train.scheduler.last_epoch=25')).toEqual(["'train.scheduler.last_epoch' has no effect here: nothing reads it."]);
  expect(warningsOf('train/scheduler=stepLR', 'train.scheduler.last_epoch=-1', 'train.start_iter=0')).toEqual([]);
});

test('so is one that a file sets', () => {
  const configDir = scratchFolder();
  mkdirSync(join(configDir, 'experiment'));
  writeFileSync(join(configDir, 'experiment/mine.yaml'), '# @package _global_\ntrain: {warmup: 100, rate: 0.5, grad_clip: "${train.rate}", start_iter: 3, scheduler: {_target_: torch.optim.lr_scheduler.StepLR, last_epoch: 7}}\n');
  const { warnings } = composeRun({ overrides: ['experiment=mine'], configDir });
  expect(warnings).toEqual(['train.warmup', 'train.start_iter', 'train.scheduler.last_epoch'].map((key) => `'${key}' has no effect here: nothing reads it.`));
});

test('what is read, or referred to, or a group is not', () => {
  expect(warningsOf('experiment=quickstart', 'train/optimizer=sgd', 'train/scheduler=cosine', 'train.optimizer.lr=0.1', 'model.dim=8', 'dataset.num_classes=10', 'train.val_freq=0', '+rate=0.1', 'train.grad_clip=${rate}')).toEqual([]);
  expect(warningsOf('experiment=quickstart', 'train={seed: 3}', '~train.seed')).toEqual([]);
});

test('a max_iter beside the max_epochs of an experiment is said', () => {
  expect(warningsOf('experiment=mnist_convmixer', 'train.max_iter=150')).toEqual(['train.max_epochs=3 goes before train.max_iter; add train.max_epochs=null to train by iterations.']);
  expect(warningsOf('experiment=mnist_convmixer', 'train.max_iter=150', 'train.max_epochs=null')).toEqual([]);
  expect(warningsOf('experiment=mnist_convmixer', 'train.max_iter=150', 'train.max_epochs=2')).toEqual([]);
  expect(warningsOf('experiment=quickstart', 'train.max_iter=150')).toEqual([]);
});
