// A configuration as overrides of the built-in tree: they compose to the same, wherever it came from.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { composeRun, expressConfig } from '#config';
import { scratchFolder } from '#test/scratch.ts';

test('as typed where that is enough', () => {
  const typed = ['experiment=quickstart', 'train.optimizer.lr=0.5'];
  expect(expressConfig(composeRun({ overrides: typed }).config, typed)).toEqual(typed);
});

test('what folders of one\'s own added is written out', () => {
  const configDir = scratchFolder();
  mkdirSync(join(configDir, 'experiment'));
  writeFileSync(join(configDir, 'experiment/mine.yaml'), '# @package _global_\ndefaults:\n  - override /train/optimizer: sgd\n  - _self_\ntrain:\n  optimizer: {lr: 1.0e-7, momentum: 0.9}\nnote: "a, b"\n');
  writeFileSync(join(configDir, 'light.yaml'), 'defaults:\n  - dataset: shapes\n  - model: convmixer\n  - train: defaults\n  - _self_\nmodel: {dim: 8, depth: 1}\ntrain: {max_iter: 7, scheduler: {_target_: torch.optim.lr_scheduler.CosineAnnealingLR, T_max: 7}}\n');
  for (const options of [{ overrides: ['experiment=mine', 'train.max_iter=5'], configDir }, { overrides: ['train.seed=3'], configDir, configName: 'light' }]) {
    const { config } = composeRun(options);
    const overrides = expressConfig(config, options.overrides) ?? [];
    expect(overrides.length).toBeLessThan(14);
    expect(composeRun({ overrides }).config).toEqual(config);
  }
});
