// Runs to compare: three optimizers with two seeds each, trained within seconds.
import { expect } from 'vitest';
import type { LabHome } from './lab.ts';

const small = ['model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8', 'train.eval_test_freq=5', 'train.max_iter=20'];

/** Trains them to their end. */
export function trainSix(lab: LabHome): void {
  const outcome = lab.lab('run', '-m', 'experiment=quickstart', ...small, 'train/optimizer=vsgd,adam,sgd', 'train.seed=1,2');
  expect(outcome.status, outcome.stderr).toBe(0);
}
