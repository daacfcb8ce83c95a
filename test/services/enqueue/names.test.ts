// Names that tell runs apart: what a sweep varies stands in them, and what a fork changes.
import { expect, test } from 'vitest';
import { expandSweep, composeRun, parseExperiment } from '#config';
import { forkName, runNames } from '../../../src-main/services/enqueue/names.ts';

function namesOf(overrides: string[], name?: string): string[] {
  return runNames(expandSweep(overrides).map((list) => ({ overrides: list, experiment: parseExperiment(composeRun({ overrides: list }).config).experiment })), name);
}
const quick = 'experiment=quickstart';

test('a single run, and runs that their optimizers and seeds tell apart, are called as ever', () => {
  expect(namesOf([quick])).toEqual(['convmixer shapes vsgd seed 1']);
  expect(namesOf([quick, 'train.optimizer.lr=0.5'])).toEqual(['convmixer shapes vsgd seed 1']);
  expect(namesOf([quick, 'train/optimizer=adamW,sgd', 'train.seed=1,2'])).toEqual(['adamw seed 1', 'adamw seed 2', 'sgd seed 1', 'sgd seed 2'].map((end) => `convmixer shapes ${end}`));
});

test('what a sweep varies stands before the seed, component choices by their name alone', () => {
  expect(namesOf([quick, 'train.optimizer.lr=0.1,0.01', 'train.optimizer.weight_decay=0,0.1'])).toEqual(['lr 0.1 wd 0', 'lr 0.1 wd 0.1', 'lr 0.01 wd 0', 'lr 0.01 wd 0.1'].map((settings) => `convmixer shapes vsgd ${settings} seed 1`));
  expect(namesOf([quick, 'train/scheduler=cosine,stepLR'])).toEqual(['convmixer shapes vsgd cosine seed 1', 'convmixer shapes vsgd stepLR seed 1']);
});

test('a name that a person gave is kept, and has what differs behind it', () => {
  expect(namesOf([quick], 'mine')).toEqual(['mine']);
  expect(namesOf([quick, 'train.seed=1,2', 'train/optimizer=vsgd,sgd'], 'seeds')).toEqual(['seeds (vsgd, seed 1)', 'seeds (sgd, seed 1)', 'seeds (vsgd, seed 2)', 'seeds (sgd, seed 2)']);
  expect(namesOf([quick, 'train.experiment_name=paper', 'model.dim=8,16'])).toEqual(['paper (dim 8)', 'paper (dim 16)']);
});

test('a fork is called by what it changes, long values cut', () => {
  expect([forkName('a', []), forkName('a', ['train/optimizer=adam', 'train.optimizer.lr=0.01']), forkName('a (fork)', ['train.seed=2'])]).toEqual(['a (fork)', 'a (fork, adam, lr 0.01)', 'a (fork) (fork, seed 2)']);
  expect(forkName('a', [`train.experiment_name='${'x'.repeat(99)}'`, '~train.scheduler.step_size'])).toBe(`a (fork, experiment_name ${'x'.repeat(32)}…, step_size removed)`);
});
