// Composition against the real Hydra over the published tree (76 command lines), over our own tree, and its error messages.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { LabError, type ConfigTree } from '#contract';
import { builtinTree, composeConfig, configHash, expandSweep, parseExperiment, toYaml } from '#config';
import { parse } from 'yaml';
import { floatText } from '../../src-main/config/values.ts';
import { hasShared, sharedPath } from '../helpers/shared.ts';
import { encode } from './fixtures/fixtures.ts';

type Vector = { overrides: string[]; config?: ConfigTree; error?: string; message?: string[] };
/** A number with a point or an exponent is a float, and stays one. */
const floats = (_: string, value: unknown, { source = '' }: { source?: string } = {}): unknown => (typeof value === 'number' && /[.e]/i.test(source) ? { $float: floatText(value) } : value);
const vectors = hasShared ? (JSON.parse(readFileSync(sharedPath('reference/hydra-vectors.json'), 'utf8'), floats) as { composed: Vector[] }).composed : [];
const published = fileURLToPath(new URL('./published', import.meta.url));

function errorOf(run: () => unknown): LabError {
  try {
    run();
  } catch (error) {
    return error as LabError;
  }
  throw new Error('nothing was thrown');
}

describe.skipIf(!hasShared)('Hydra\'s 76 command lines (needs ../shared)', () => {
  test.each(vectors)('over the published tree: $overrides', ({ overrides, config, error, message }) => {
    if (config) return expect(encode(composeConfig({ overrides, searchPath: [published] }).exact)).toEqual(config);
    const thrown = errorOf(() => composeConfig({ overrides, searchPath: [published] }));
    expect(thrown).toBeInstanceOf(LabError);
    expect(thrown.code).toBe(error === 'MissingConfigException' ? 'CONFIG_MISSING' : 'CONFIG_COMPOSITION');
    for (const option of (message ?? []).filter((line) => line.startsWith('\t'))) expect(thrown.message).toContain(option);
  });

  test.each(vectors.filter(({ config }) => config))('over our own tree: $overrides', ({ overrides, config }) => {
    expect(encode(composeConfig({ overrides }).exact)).toEqual(config);
  });

  test('a tree given by --config-dir goes first', () => {
    expect(composeConfig({ overrides: ['experiment=cifar100_vgg'], configDir: published }).searchPath).toEqual([published, builtinTree]);
  });
});

describe('our own tree', () => {
  test('a run without overrides trains ResNet-18 on CIFAR-10 with AdamW', () => {
    const { experiment } = parseExperiment(composeConfig({ overrides: [] }).config);
    expect([experiment.dataset.name, experiment.model.name, experiment.optimizer.name, experiment.scheduler]).toEqual(['cifar10', 'resnet', 'adamw', null]);
  });

  const options = ['cifar100_vgg', 'cifar100_convmixer', 'cifar100_resnext', 'tiny_imagenet_vgg', 'tiny_imagenet_convmixer', 'tiny_imagenet_resnext', 'mnist_convmixer', 'quickstart'];
  test.each(options)('experiment=%s is a whole experiment', (name) => {
    const { experiment } = parseExperiment(composeConfig({ overrides: [`experiment=${name}`, 'train.max_iter=20'] }).config);
    expect(experiment.train.max_iter).toBe(20);
  });

  test('the notebook\'s comparison is one command line', () => {
    const lists = expandSweep(['experiment=mnist_convmixer', 'train/optimizer=notebook_vsgd,notebook_sgd,notebook_adam', 'train.seed=1,2,3']);
    expect(lists).toHaveLength(9);
    expect(lists[1]).toEqual(['experiment=mnist_convmixer', 'train/optimizer=notebook_vsgd', 'train.seed=2']);
    const optimizers = lists.map((overrides) => parseExperiment(composeConfig({ overrides }).config).experiment.optimizer);
    expect(optimizers.map(({ name, options: { lr } }) => [name, lr])).toEqual(['vsgd', 'sgd', 'adam'].flatMap((name) => Array(3).fill([name, 0.01])));
    expect(optimizers[0]).toMatchObject({ options: { ps: 1e-7 } });
    expect(optimizers[3]).toMatchObject({ options: { momentum: 0.9 } });
  });

  test('keys that only a schema knows are set without +', () => {
    const { experiment } = parseExperiment(composeConfig({ overrides: ['train.val_freq=0', 'dataset.data_module.limit_train=100'] }).config);
    expect([experiment.train.val_freq, experiment.dataset.options.limit_train]).toEqual([0, 100]);
  });
});

describe('errors say what is wrong, where, and what there is', () => {
  const cases: [string[], string, RegExp][] = [
    [['train.optimzer.lr=0.1'], 'CONFIG_COMPOSITION', /Did you mean 'optimizer'/],
    [['train.optimizer.lrr=0.1'], 'CONFIG_COMPOSITION', /Did you mean 'lr'/],
    [['experiment=cifar100_vg'], 'CONFIG_MISSING', /Did you mean 'cifar100_vgg'/],
    [['train/optimiser=vsgd'], 'CONFIG_COMPOSITION', /Did you mean 'train\/optimizer'/],
    [['train/optimizer=nadam'], 'CONFIG_MISSING', /Did you mean 'adam'/],
    [['train.optimizer.lr=0.1,0.2'], 'CONFIG_COMPOSITION', /add -m/],
    [['hydra.run.dir=a,b'], 'CONFIG_COMPOSITION', /add -m/],
    [['experimen=cifar100_vgg'], 'CONFIG_COMPOSITION', /Did you mean 'experiment'/],
    [['+train.seed=3'], 'CONFIG_COMPOSITION', /remove the \+ prefix: 'train.seed=3'/],
    [['~train.sed'], 'CONFIG_COMPOSITION', /Did you mean 'seed'/],
    [['~train.seed=4'], 'CONFIG_COMPOSITION', /is 0 and not 4/],
  ];
  test.each(cases)('%s', (overrides, code, message) => {
    const error = errorOf(() => composeConfig({ overrides }));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  const invalid: [string[], string, RegExp][] = [
    [['train.optimizer.lr=-1'], 'train.optimizer.lr', /at least 0; it is -1/],
    [['train.optimizer.lr=fast'], 'train.optimizer.lr', /must be a number; it is "fast"/],
    [['train.optimizer.lr=1e400'], 'train.optimizer.lr', /must be a finite number; it is Infinity/],
    [['train.max_iter=1.5'], 'train.max_iter', /whole number/],
    [['dataset=image_folder'], 'dataset.data_module.folder', /names no image folder/],
    [['model=vgg', 'model.cfg_id=F'], 'model.cfg_id', /one of A, B, D, E/],
    [['+model.dpth=3', 'model=convmixer'], 'model', /Did you mean 'depth'/],
    [['model.num_classes=7'], 'model.num_classes', /the data set has 10 classes/],
  ];
  test.each(invalid)('%s', (overrides, key, message) => {
    const error = errorOf(() => parseExperiment(composeConfig({ overrides }).config));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.place.key).toBe(key);
    expect(error.message).toMatch(message);
  });
});

test('what experiment files leave of another schedule is put aside with a warning', () => {
  const { experiment, warnings } = parseExperiment(composeConfig({ overrides: ['experiment=cifar100_vgg', 'train/scheduler=cosine'] }).config);
  expect(experiment.scheduler).toMatchObject({ name: 'cosine', options: { T_max: 30000 } });
  expect(warnings[0]).toContain('step_size, gamma belong to another schedule');
});

test('the published ResNet is ours', () => {
  const [published18, own] = ['model=resnet', 'model=resnet18'].map((choice) => parseExperiment(composeConfig({ overrides: [choice] }).config).experiment.model);
  expect(published18).toEqual(own);
});

test('sweeps: globs, ranges, shuffles, nested lists; first key outermost', () => {
  expect(expandSweep(['train/optimizer=glob(*,exclude=notebook*)']).map(([text]) => text)).toEqual(['train/optimizer=adam', 'train/optimizer=adamW', 'train/optimizer=sgd', 'train/optimizer=vsgd']);
  expect(expandSweep(['a=1,2', 'b=range(2)'])).toEqual([['a=1', 'b=0'], ['a=1', 'b=1'], ['a=2', 'b=0'], ['a=2', 'b=1']]);
  expect(expandSweep(['a=[1,[2]],{x:1}'])).toEqual([['a=[1,[2]]'], ['a={x:1}']]);
  expect(expandSweep(["a='1',b"])).toEqual([["a='1'"], ['a=b']]);
  const shuffled = expandSweep(['a=shuffle(range(20))'], { seed: 1 }).map(([text]) => text);
  expect(shuffled).toEqual(expandSweep(['a=shuffle(range(20))'], { seed: 1 }).map(([text]) => text));
  expect(shuffled).not.toEqual(expandSweep(['a=range(20)']).map(([text]) => text));
  expect(errorOf(() => expandSweep(['a=interval(0,1)'])).message).toContain('optimizing sweeper');
  expect(errorOf(() => expandSweep(['hydra.run.dir=a,b'])).message).toContain("Sweeping over Hydra's configuration is not supported");
});

test('a configuration\'s hash does not depend on the order of its keys, and YAML brings it back', () => {
  const { config } = composeConfig({ overrides: ['experiment=quickstart'] });
  expect(configHash(Object.fromEntries(Object.entries(config).reverse()))).toBe(configHash(config));
  expect(configHash(composeConfig({ overrides: ['experiment=quickstart', 'train.seed=2'] }).config)).not.toBe(configHash(config));
  expect(parse(toYaml(config))).toEqual(config);
});

test('YAML is as PyYAML writes and reads it: no float that is text to it, no text that is a number or a truth value', () => {
  const numbers = { small: 1e-7, more: 1.5e-5, least: -1e-10, plain: 0.0001, whole: 3, large: 1e22, infinite: Infinity, nothing: NaN };
  expect(toYaml(numbers)).toBe('small: 1.0e-07\nmore: 1.5e-05\nleast: -1.0e-10\nplain: 0.0001\nwhole: 3\nlarge: 1.0e+22\ninfinite: .inf\nnothing: .nan\n');
  expect(parse(toYaml(numbers))).toEqual(numbers);
  expect(toYaml({ texts: ['yes', '1e-7', '12:30:00', '${x}'] })).toBe('texts:\n  - "yes"\n  - "1e-7"\n  - "12:30:00"\n  - ${x}\n');
});
