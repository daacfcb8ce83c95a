// The documentation of the options equals the schemas, and its defaults are what a run has.
import { expect, test } from 'vitest';
import { composeConfig, configurationHelp, describeComponents } from '#config';
import type { ConfigTree } from '#contract';

test('every option has a description, and help shows it', () => {
  const rows = describeComponents().flatMap(({ rows: list }) => list);
  expect(rows.filter(({ description }) => description === '').map(({ key }) => key)).toEqual([]);
  expect(configurationHelp()).toContain('train.optimizer.ghattg');
});

test('a default is what a bare run has; beside it what counts where no file sets the key', () => {
  const [training] = describeComponents();
  const train = composeConfig({ overrides: [] }).config.train as ConfigTree;
  const told = Object.fromEntries((training?.rows ?? []).filter(({ key }) => key in train).map((row) => [row.key, row.default]));
  expect(told).toEqual(Object.fromEntries(Object.keys(told).map((key) => [key, JSON.stringify(train[key])])));
  expect(training?.rows.find(({ key }) => key === 'save_freq')).toMatchObject({ default: '1', unset: '500' });
  expect(training?.rows.find(({ key }) => key === 'val_freq')).toMatchObject({ default: '1', unset: '' });
});
