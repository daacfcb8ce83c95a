// Sweeps with settings of single optimizers: one parser, plain overrides of every run, errors that name optimizer and key.
import { describe, expect, test } from 'vitest';
import { composeRun, expandSweep } from '#config';

const lines = (overrides: string[]) => expandSweep(overrides).map((list) => list.join(' '));

describe('settings of single optimizers', () => {
  const wanted = [
    'train/optimizer=vsgd train.optimizer.lr=0.1 train.optimizer.ps=1e-8 train.seed=1', 'train/optimizer=vsgd train.optimizer.lr=0.1 train.optimizer.ps=1e-8 train.seed=2',
    'train/optimizer=vsgd train.optimizer.lr=0.01 train.optimizer.ps=1e-8 train.seed=1', 'train/optimizer=vsgd train.optimizer.lr=0.01 train.optimizer.ps=1e-8 train.seed=2',
    'train/optimizer=adam train.seed=1', 'train/optimizer=adam train.seed=2', 'train/optimizer=sgd train.optimizer.lr=0.5 train.seed=1', 'train/optimizer=sgd train.optimizer.lr=0.5 train.seed=2',
  ];
  test.each([
    [['sweep.vsgd.lr=0.1,0.01', 'sweep.vsgd.ps=1e-8', 'sweep.sgd.lr=0.5']], [['sweep.vsgd={lr: [0.1, 0.01], ps: 1e-8}', 'sweep.sgd={lr:0.5}']], [['sweep={vsgd: {lr: [0.1, 0.01], ps: 1e-8}, sgd: {lr: 0.5}}']], [['+sweep.vsgd.lr=choice(0.1,0.01)', '+sweep.vsgd.ps=1e-8', '+sweep.sgd.lr=0.5']],
  ])('%j', (own) => {
    expect(lines(['train/optimizer=vsgd,adam,sgd', ...own, 'train.seed=1,2']).map((line) => line.replace('1e-08', '1e-8'))).toEqual(wanted); // in braces a float is written as Python writes it
  });

  test('every list composes to a run', () => {
    const made = expandSweep(['experiment=quickstart', 'sweep.vsgd={lr: [0.1, 0.01], ghattg: 20}', 'sweep.adamW={lr: 0.001, betas: [0.8, 0.99]}', 'sweep.sgd={lr: 0.1, momentum: [0, 0.9]}', 'train.seed=1,2']);
    expect(made).toHaveLength(10);
    const optimizers = made.map((overrides) => (composeRun({ overrides }).config.train as { optimizer: Record<string, unknown> }).optimizer);
    expect([optimizers[0], optimizers[4], optimizers.at(-1)]).toMatchObject([{ lr: 0.1, ghattg: 20 }, { lr: 0.001, betas: [0.8, 0.99] }, { lr: 0.1, momentum: 0.9 }]);
  });

  test('a list of lists sweeps over a setting that is a list', () => {
    expect(lines(['sweep.adam={betas: [[0.9, 0.999], [0.8, 0.99]]}'])).toEqual(['train/optimizer=adam train.optimizer.betas=[0.9,0.999]', 'train/optimizer=adam train.optimizer.betas=[0.8,0.99]']);
  });

  test("an optimizer's own setting takes the place of the shared one", () => {
    expect(lines(['train.optimizer.lr=0.1,0.2', 'train/optimizer=adam,sgd', 'sweep.sgd.lr=1'])).toEqual(['train.optimizer.lr=0.1 train/optimizer=adam', 'train.optimizer.lr=0.2 train/optimizer=adam', 'train/optimizer=sgd train.optimizer.lr=1']);
  });
});

test('a shared node comes before own settings, and the last choice of optimizers counts', () => {
  const lists = expandSweep(['train/optimizer=vsgd', 'train/optimizer=sgd,vsgd', 'train.optimizer={lr:0.3}', 'sweep.vsgd.lr=0.5']);
  expect(lists.map((list) => (composeRun({ overrides: list }).config as { train: { optimizer: { lr: number } } }).train.optimizer.lr)).toEqual([0.3, 0.5]);
});

test.each([
  [['sweep.sgd.ghattg=20'], /^'sweep\.sgd\.ghattg' gives sgd the setting 'ghattg', which it does not have\. It has lr, momentum/], [['sweep.vsgd={lr: 0.1, pss: 1}'], /^'sweep\.vsgd' gives vsgd the setting 'pss', .* Did you mean 'ps'/],
  [['sweep.adma.lr=1'], /names the optimizer 'adma', which there is not\. Did you mean 'adam'/], [['train/optimizer=vsgd,adam', 'sweep.sgd.lr=1'], /^'sweep\.sgd' gives settings to sgd, which is none of the optimizers of this command line: vsgd, adam\./],
  [['sweep.vsgd=0.1'], /^'sweep\.vsgd' takes settings in braces/], [['sweep=1'], /^'sweep' takes the settings of each optimizer in braces/],
])('%j is refused', (overrides, message) => {
  expect(() => expandSweep(overrides)).toThrow(message);
});

test('a setting that some optimizers of a sweep lack is to be given to one, not added to all', () => {
  const shared = ['train/optimizer=vsgd,adam,sgd', 'train.optimizer.ghattg=20,30'];
  expect(() => expandSweep(shared)).toThrow("'train.optimizer.ghattg' is no setting of adam, sgd, which this sweep has too. Give it to vsgd alone: sweep.vsgd.ghattg=20,30");
  expect(() => expandSweep(shared)).not.toThrow(/use \+/);
  expect(() => expandSweep([...shared, 'sweep.vsgd.lr=1'])).toThrow(/Give it to vsgd alone/);
  expect(expandSweep(['train/optimizer=vsgd,adam,sgd', 'sweep.vsgd.ghattg=20,30'])).toHaveLength(4);
});

test('without -m they are refused with what to do', () => {
  expect(() => composeRun({ overrides: ['sweep.vsgd.lr=0.1'] })).toThrow(/'sweep\.vsgd\.lr=0\.1' gives settings to one optimizer of a sweep\. Add -m/);
});
