// Overrides on a stored configuration: they change what they say, and nothing that has become of the files.
import { expect, test } from 'vitest';
import { composeRun, diffTrees, overrideStored } from '#config';

const changed = (origin: string[], overrides: string[]) => {
  const stored = composeRun({ overrides: origin });
  return Object.fromEntries(diffTrees(stored.config, overrideStored(stored, overrides).config).map(({ key, before, after }) => [key, [before, after]]));
};

test('a value changes alone, and what is interpolated from it', () => {
  expect(changed(['experiment=quickstart'], ['train.max_iter=40'])).toEqual({ 'train.max_iter': [600, 40] });
  expect(changed(['train/scheduler=cosine'], ['train.max_iter=40'])).toEqual({ 'train.max_iter': [10000, 40], 'train.scheduler.T_max': [10000, 40] });
  expect(changed(['train/scheduler=cosine', 'train.scheduler.T_max=7'], ['train.max_iter=40'])).toEqual({ 'train.max_iter': [10000, 40] });
  expect(changed(['experiment=quickstart'], [])).toEqual({});
});

test('a group is replaced by its option, with none of the values that it had', () => {
  const changes = changed(['experiment=quickstart', 'train.optimizer.lr=0.3'], ['train/optimizer=sgd', 'train.optimizer.momentum=0.5']);
  expect(changes).toMatchObject({ 'train.optimizer._target_': ['vsgd.VSGD', 'torch.optim.SGD'], 'train.optimizer.lr': [0.3, 0.1], 'train.optimizer.momentum': [undefined, 0.5], 'train.optimizer.ps': [1e-7, undefined] });
  expect(Object.keys(changes).every((key) => key.startsWith('train.optimizer.'))).toBe(true);
  expect(changed(['train/scheduler=cosine'], ['~train/scheduler'])).toMatchObject({ 'train.scheduler.T_max': [10000, undefined] });
  expect(changed(['train.max_iter=50'], ['train/scheduler=cosine'])).toMatchObject({ 'train.scheduler.T_max': [undefined, 50] });
  expect(overrideStored(composeRun({ overrides: [] }), ['train/optimizer=sgd']).replaced).toEqual([{ override: 'train/optimizer=sgd', files: [expect.stringMatching(/train.optimizer.sgd\.yaml$/) as string] }]);
});

test('an experiment changes what it sets', () => {
  const changes = changed(['train.seed=9', 'train.optimizer.lr=0.3'], ['experiment=cifar100_vgg']);
  expect(changes).toMatchObject({ 'dataset.name': ['cifar10', 'cifar100'], 'train.seed': [9, 124], 'train.scheduler.step_size': [undefined, 10000] });
  expect(changes).not.toHaveProperty('train.optimizer.lr');
});

test('unknown keys and groups are refused as on a command line', () => {
  const stored = composeRun({ overrides: [] });
  expect(() => overrideStored(stored, ['train.max_itr=4'])).toThrow(/has no key 'max_itr'\. Did you mean 'max_iter'/);
  expect(() => overrideStored(stored, ['train/optimiser=sgd'])).toThrow(/there is no such group/);
  expect(() => overrideStored(stored, ['train/optimizer=sgdd'])).toThrow(/Could not find 'train\/optimizer\/sgdd'/);
  expect(() => overrideStored(stored, ['~train/scheduler'])).toThrow(/this run's configuration has no 'train.scheduler'/);
});

test('text that looks like an interpolation stays text, and a run of an older version has no interpolations', () => {
  const { config } = composeRun({ overrides: ['train/scheduler=cosine'] });
  const stored = { config: { ...config, note: 'costs ${train.seed}' } };
  expect(diffTrees(stored.config, overrideStored(stored, ['train.max_iter=40']).config)).toEqual([{ key: 'train.max_iter', before: 10000, after: 40 }]);
});
