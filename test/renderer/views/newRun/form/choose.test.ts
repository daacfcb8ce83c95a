// Choosing another model: nothing of the one before stays, and what the experiment meant for its own does not reach it.
import { describe, expect, test } from 'vitest';
import { composeView, describeConfiguration } from '#services';
import { chooseOptions, resetField } from '../../../../../src-renderer/views/newRun/form/choose.ts';
import { ownTextOf, sectionsOf, sharedFields, summaryOf, textOf, type Form } from '../../../../../src-renderer/views/newRun/form/fields.ts';

const form = describeConfiguration() as Form;
const model = { group: 'model', path: 'model' };
const choose = (overrides: string[], ...options: string[]) => chooseOptions(form, overrides, { ...model, options });
const faults = (overrides: string[]) => composeView({ overrides, multirun: true }).faults;

describe('every model of every experiment can be chosen, alone and together', () => {
  const options = (group: string) => form.groups.find((found) => found.group === group)!.options.map(({ name }) => name);
  test.each(options('experiment').filter((name) => !name.startsWith('mnist')))('%s', (experiment) => {
    for (const name of options('model')) expect(faults(choose([`experiment=${experiment}`], name)), name).toEqual([]);
    expect(faults(choose([`experiment=${experiment}`], 'vgg', 'resnext', 'convmixer'))).toEqual([]);
  });
});

test('generated pictures grow to what VGG needs; those of a data set cannot, and the form says so', () => {
  expect(choose(['experiment=quickstart'], 'vgg')).toEqual(['experiment=quickstart', 'model=vgg', 'dataset.x_dim=32']);
  expect(choose(['experiment=quickstart', 'dataset.x_dim=64'], 'vgg')).toEqual(['experiment=quickstart', 'dataset.x_dim=64', 'model=vgg']);
  expect(faults(choose(['experiment=mnist_convmixer'], 'vgg')).map(({ error }) => error.message)).toEqual([expect.stringContaining('needs at least 32 pixels')]);
});

test('what both know is taken out, and comes back with the experiment’s own model', () => {
  const resnext = choose(['experiment=quickstart', 'train.seed=3'], 'resnext');
  expect(resnext).toEqual(['experiment=quickstart', 'train.seed=3', 'model=resnext', '~model.depth']);
  expect(choose(resnext, 'convmixer')).toEqual(['experiment=quickstart', 'train.seed=3', 'model=convmixer']);
  expect(choose(resnext)).toEqual(['experiment=quickstart', 'train.seed=3']);
});

test('what was set for another model goes with it; what both know stays', () => {
  expect(choose(['experiment=quickstart', 'model.dim=8', 'model.depth=20'], 'resnext')).toEqual(['experiment=quickstart', 'model.depth=20', 'model=resnext']);
});

test('a field that is reset is not the other model’s again', () => {
  const set = ['experiment=quickstart', 'model=resnext', 'model.depth=20'];
  expect(resetField(form, set, { ...model, key: 'model.depth' })).toEqual(['experiment=quickstart', 'model=resnext', '~model.depth']);
  expect(resetField(form, set, { ...model, key: 'train.seed' })).toEqual(set);
});

test('another data set keeps the batch size, and loses what only the one before had', () => {
  expect(chooseOptions(form, ['experiment=quickstart', 'dataset.data_module.noise=0.2', 'dataset.data_module.batch_size=8'], { group: 'dataset', path: 'dataset.data_module', options: ['mnist'] }))
    .toEqual(['experiment=quickstart', 'dataset.data_module.batch_size=8', 'dataset=mnist']);
});

test('a closed section says what is chosen and what differs from the defaults', () => {
  const lineOf = (overrides: string[]) => {
    const given = { overrides, config: composeView({ overrides, multirun: true }).config };
    return sectionsOf(form, given.config).map((section) => summaryOf(form, section, given));
  };
  expect(lineOf(['experiment=quickstart', 'model.dim=8,16'])).toEqual([
    'shapes · batch size 32 · test batch size 500',
    'convmixer · dim 8, 16 · depth 3 · kernel size 3',
    'notebook_vsgd · lr 0.01 · ps 1e-7',
    'no schedule · seed 1 · 600 iterations · eval test freq 100 · val freq 10 · save freq 200 · optimizer log freq 20',
  ]);
  expect(lineOf(['experiment=cifar100_vgg', 'train.max_epochs=3'])[3]).toBe('stepLR · seed 124 · 3 epochs');
});

test('the text of a field is what is set, else what is composed', () => {
  const overrides = ['experiment=quickstart', 'train.seed=5,6'];
  const given = { overrides, config: composeView({ overrides, multirun: true }).config };
  const fields = sectionsOf(form, given.config).flatMap((section) => section.fields);
  expect(['train.seed', 'train.max_iter', 'model.depth'].map((path) => textOf(fields.find((field) => field.path === path)!, given))).toEqual(['5,6', '600', '3']);
});

describe('several optimizers', () => {
  const optimizer = { group: 'train/optimizer', path: 'train.optimizer' };
  const chosen = (overrides: string[], ...options: string[]) => chooseOptions(form, overrides, { ...optimizer, options });
  test('what only some of them have becomes their own setting; what all have stays shared', () => {
    const several = chosen(['experiment=quickstart', 'train/optimizer=vsgd', 'train.optimizer.lr=0.1', 'train.optimizer.ghattg=20'], 'vsgd', 'adam', 'sgd');
    expect(several).toEqual(['experiment=quickstart', 'train/optimizer=vsgd,adam,sgd', 'train.optimizer.lr=0.1', 'sweep.vsgd.ghattg=20']);
    expect(faults(several)).toEqual([]);
  });
  test('settings of an optimizer go with it; of the last one they are those of the run', () => {
    const own = ['train/optimizer=vsgd,adam,sgd', 'sweep.vsgd.lr=0.1,0.01', 'sweep.sgd.momentum=0.9'];
    expect(chosen(own, 'vsgd', 'adam')).toEqual(['train/optimizer=vsgd,adam', 'sweep.vsgd.lr=0.1,0.01']);
    expect(chosen(own, 'sgd')).toEqual(['train/optimizer=sgd', 'train.optimizer.momentum=0.9']);
  });
  test('each has a column: its own value, else the shared one, else what is composed for it', () => {
    const overrides = ['experiment=quickstart', 'train/optimizer=vsgd,notebook_vsgd,sgd', 'sweep.sgd.lr=0.5', 'train.seed=1,2'];
    const view = composeView({ overrides, multirun: true });
    const fields = sharedFields(form, optimizer, ['vsgd', 'notebook_vsgd', 'sgd']);
    const cell = (key: string, option: string) => { const field = fields.find((one) => one.key === key)?.fields[option]; return field && ownTextOf(overrides, { option, field, composed: view.optimizers[option] }); };
    expect([view.runs.length, cell('lr', 'sgd'), cell('ghattg', 'sgd'), cell('momentum', 'vsgd')]).toEqual([6, '0.5', undefined, undefined]);
    expect([cell('ps', 'vsgd'), cell('ps', 'notebook_vsgd')]).toEqual(['vsgd', 'notebook_vsgd'].map((option) => String(view.optimizers[option]?.ps)));
  });
  test('a wrong setting is a fault of its own column', () => {
    expect(faults(['train/optimizer=vsgd,sgd', 'sweep.sgd.ghattg=20']).map(({ index, error }) => [index, error.place.key])).toEqual([[1, 'sweep.sgd.ghattg']]);
  });
});
