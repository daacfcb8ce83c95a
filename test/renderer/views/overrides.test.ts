// The form's overrides and the command line are one thing in two shapes.
import { describe, expect, test } from 'vitest';
import { commandLine, parseCommandLine, splitWords, tagsOf } from '../../../src-renderer/views/newRun/commandLine.ts';
import { getOverride, isSweep, setOverride, splitValues, sweepCount, sweepFormula } from '../../../src-renderer/views/newRun/overrides.ts';

describe('overrides', () => {
  test('a value is changed where it stands, added at the end, and taken out', () => {
    const list = ['experiment=quickstart', 'train.seed=1'];
    expect(setOverride(list, 'train.seed', '1,2')).toEqual(['experiment=quickstart', 'train.seed=1,2']);
    expect(setOverride(list, 'train.max_iter', '5')).toEqual([...list, 'train.max_iter=5']);
    expect(setOverride(list, 'train.seed', null)).toEqual(['experiment=quickstart']);
    expect(setOverride(['+a=1'], 'a', '2')).toEqual(['+a=2']);
    expect(getOverride(list, 'train.seed')).toBe('1');
    expect(getOverride(list, 'train.lr')).toBeNull();
    expect([getOverride(['~a'], 'a'), setOverride(['~a'], 'a', '3'), setOverride(['~a'], 'a', null)]).toEqual([null, ['a=3'], []]);
  });
  test.each([['a=1', false], ['a=1,2', true], ['a=[1,2]', false], ["a='1,2'", false], ['a={x:1,y:2}', false], ['a=range(1,4)', true], ['a=choice(1)', true], ['~a', false], ['sweep.vsgd.lr=0.1', true], ['sweep.vsgd={lr:[1,2]}', true], ['sweeper=1', false]])('%s is a sweep: %s', (text, sweep) => {
    expect(isSweep(text)).toBe(sweep);
  });
  test('the number of runs says how it comes about', () => {
    expect(sweepCount(['train/optimizer=vsgd,sgd', 'train.seed=1,2'], 4)).toBe('2 optimizers × 2 seeds = 4 runs');
    expect(sweepCount(['train/optimizer=vsgd,adam,sgd', 'sweep.vsgd.lr=0.1,0.01', 'train.seed=1,2,3'], 12)).toBe('3 optimizers: 12 runs');
    expect(sweepCount(['sweep.vsgd.lr=0.1,0.01', 'sweep.sgd.lr=1'], 3)).toBe('2 optimizers: 3 runs');
  });
  test('values are parted at outer commas', () => {
    expect(splitValues('a,[1,2],"x,y" , f(1,2)')).toEqual(['a', '[1,2]', '"x,y"', 'f(1,2)']);
  });
});

describe('the command line', () => {
  const plain = { engine: 'auto', name: '', tags: [], unknown: [] };
  test('what the form says comes back from its own line', () => {
    const overrides = ['experiment=cifar100_vgg', 'train/optimizer=vsgd,sgd', 'train.seed=1,2,3', "model.name='it''s $HOME'", 'a={b: 1}', '~train.scheduler', '+x.y=null', 'p="q\\"r"'];
    expect(parseCommandLine(commandLine({ overrides }))).toEqual({ ...plain, overrides });
    const launch = { overrides: ['train.seed=1'], engine: 'tensorflow', name: 'It’s "one" of\nmine', tags: ['paper', 'a b'] };
    expect(parseCommandLine(commandLine(launch))).toEqual({ ...launch, unknown: [] });
  });
  test('a sweep has its flag; a tilde is quoted, which shells make a home folder of', () => {
    expect(commandLine({ overrides: ['model=vgg', '~model.depth', 'train.seed=1,2'] })).toBe("vsgd-lab run -m model=vgg '~model.depth' train.seed=1,2");
    expect(commandLine({ overrides: [], name: 'first try', tags: ['a', 'b'] })).toBe("vsgd-lab run --name 'first try' --tag a --tag b");
  });
  test('a pasted line of the published repository fills the form', () => {
    const text = 'python main.py experiment=cifar100_vgg \\\n  train/optimizer=vsgd \\\n  train.optimizer.weight_decay=0.01';
    expect(parseCommandLine(text)).toEqual({ ...plain, overrides: ['experiment=cifar100_vgg', 'train/optimizer=vsgd', 'train.optimizer.weight_decay=0.01'] });
    expect(parseCommandLine('npm run lab -- run -m train.seed=1,2 --engine wasm --tag=x --tag x')).toEqual({ ...plain, overrides: ['train.seed=1,2'], engine: 'wasm', tags: ['x'] });
    expect(parseCommandLine('$ vsgd-lab run')).toEqual({ ...plain, overrides: [] });
  });
  test.each([
    ['hello world', ['hello', 'world']], ['vsgd-lab run train.seed=1 oops --needed', ['oops', '--needed']], ["train.seed=1 'abc def", ["'abc def"]], ['train.seed=1 a="b c', ['"b c']], ['vsgd-lab run --name', ['--name']], ['vsgd-lab train a=1', ['train']],
  ])('%s: what is not understood is told', (text, unknown) => {
    expect(parseCommandLine(text).unknown).toEqual(unknown);
  });
  test.each([
    'vsgd-lab run', 'run', 'npm run -s lab -- run', 'npm run lab --silent -- run', 'npm -s run lab -- run', 'npm --prefix /opt/vsgd run lab -- run', 'npm.cmd run lab -- run', 'npx vsgd-lab run', 'npx --yes vsgd-lab run', 'pnpm exec vsgd-lab run',
    'node scripts/vsgd-lab.mjs run', 'node --no-warnings /opt/vsgd/scripts/vsgd-lab.mjs run', 'node src-main/cli/main.ts run', './node_modules/.bin/vsgd-lab run', 'C:/tools/vsgd-lab.cmd run',
    'VSGD_LAB_HOME=/data/lab vsgd-lab run', 'CUDA_VISIBLE_DEVICES=0 NODE_OPTIONS=--max-old-space-size=4096 npm run -s lab -- run', 'env LC_ALL=C time npx vsgd-lab run', '$ npm run -s lab -- run', 'python main.py', 'CUDA_VISIBLE_DEVICES=1 python3.11 train.py', '',
  ])('%s: pasted before its overrides', (program) => {
    for (const text of [`${program} experiment=cifar100_vgg train.seed=3 --name x`, `  ${program} \\\n  experiment=cifar100_vgg \\\r\n  train.seed=3 --name x\n`]) {
      expect(parseCommandLine(text)).toEqual({ ...plain, overrides: ['experiment=cifar100_vgg', 'train.seed=3'], name: 'x' });
    }
  });
  test('an option of the command that the form has no place for is not passed over', () => {
    expect(parseCommandLine('npm run -s lab -- run --needed train.seed=1').unknown).toEqual(['--needed']);
    expect(parseCommandLine('npx vsgd-lab --home /x run train.seed=1').unknown).toEqual(['--home', '/x', 'run']);
    expect(parseCommandLine('LR=1 train.seed=1').overrides).toEqual(['LR=1', 'train.seed=1']);
  });
  test('words with quotes inside', () => {
    expect(splitWords(`a='b c'd "e\\"f" g\\ h ''`)).toEqual(['a=b cd', 'e"f', 'g h', '']);
    expect(splitWords("a=1 'b c")).toEqual(['a=1', "'b c"]);
  });
  test('tags are told apart by commas, each once', () => {
    expect(tagsOf(' x, y,z ,z,')).toEqual(['x', 'y', 'z']);
  });
});

test('a sweep says how it comes to its number of runs', () => {
  expect(sweepFormula(['experiment=a', 'train/optimizer=vsgd,sgd', 'train.seed=1,2,3'], 6)).toBe('2 optimizers × 3 seeds');
  expect(sweepFormula(['train.optimizer.lr=0.1,0.2', 'model.dim=8'], 2)).toBe('2 values of lr');
  expect([sweepFormula(['train.seed=range(1,5)'], 4), sweepFormula(['a=1'], 1)]).toEqual(['', '']);
});
