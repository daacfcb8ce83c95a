// Command lines over trees of one's own, and sweeps, against the real Hydra: packages, lists of options, override lines, deletions, values.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { composeConfig, expandSweep } from '#config';
import { temporaryFolder } from '../helpers/folder.ts';
import { parseOverride } from '../../src-main/config/grammar/override.ts';
import { cases, expectOutcome, withOutcomes } from './fixtures/fixtures.ts';

function treeOf(files: Record<string, string>, folder = temporaryFolder()): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const folder = treeOf(cases.files, mkdtempSync(join(tmpdir(), 'vsgd-lab-test-')));
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

test.each(withOutcomes('composed'))('$input', ({ input: [configName, ...overrides], outcome }) => {
  expectOutcome(() => composeConfig({ overrides, configName, searchPath: [folder] }).exact, outcome);
});

describe('sweeps', () => {
  const valueOf = (text: string) => text.slice(text.indexOf('=') + 1);
  /** Texts differ in quotes and in how truth values are written; what they mean must not. */
  const meaning = (text: string) => parseOverride(`a=${text}`).value;

  test.each(withOutcomes('sweeps'))('$input', ({ input, outcome }) => {
    if ('error' in outcome) return expect(() => expandSweep([input])).toThrow();
    const texts = expandSweep([input]).map(([text = '']) => valueOf(text));
    expect(texts.map((text) => JSON.stringify(meaning(text)).replaceAll(',"quoted":true', ''))).toEqual((outcome.value as string[]).map((text) => JSON.stringify(meaning(text)).replaceAll(',"quoted":true', '')));
    for (const text of outcome.value as string[]) if (/^-?\d+\.\d|^\d+e/.test(text)) expect(texts).toContain(text);
  });
});

describe('what is said', () => {
  const said = (overrides: string[], files: Record<string, string> = {}) => {
    try {
      return composeConfig({ overrides, configDir: treeOf(files) }).warnings.join('\n');
    } catch (error) {
      return (error as Error).message;
    }
  };
  test.each([
    ['a group that the defaults list has is chosen without +', ['+experiment=cifar100_vgg'], {}, /leave the \+ out: experiment=cifar100_vgg/],
    ['the same option twice', ['+model=resnet18'], {}, /leave the \+ out: model=resnet18/],
    ['a nested group', ['+train/optimizer=sgd'], {}, /leave the \+ out: train\/optimizer=sgd/],
    ['the option that is there instead', ['~train/optimizer=adam'], {}, /The option chosen is adamW/],
    ['the entry meant', ['model@foo=vgg'], {}, /Could not override 'model@foo'.*\nDid you mean model\?/],
    ['++ of a group', ['++model=vgg'], {}, /Force-add of a group is not supported/],
    ['an index behind the end', ['model.depths.9=3'], {}, /the list 'model.depths' has no item '9'; its items are model.depths.0 to model.depths.3/],
    ['a key below a number', ['train.seed.x=3'], {}, /'train.seed' is 0, which has no keys/],
    ['a new key in a mapping', ['train.optimizer={lr: 0.1, lrr: 1}'], {}, /'train.optimizer' has no key 'lrr'/],
    ['a file of another ending', ['model=mine'], { 'model/mine.yml': 'name: x' }, /There is .*mine\.yml, but only files that end in \.yaml are read/],
    ['a header below a comment', ['experiment=e'], { 'experiment/e.yaml': '# mine\n# @package _global_\ntrain: {seed: 3}\n' }, /'# @package' counts for nothing/],
    ['an integer beyond 2^53', ['train.seed=9007199254740993'], {}, /'train.seed' is 9007199254740993, an integer beyond 2\^53/],
    ['a list over a mapping', ['experiment=e'], { 'experiment/e.yaml': '# @package _global_\ntrain: {optimizer: [1]}\n' }, /Cannot merge a list over the mapping 'optimizer'/],
    ['a file that includes itself', ['experiment=e'], { 'experiment/e.yaml': '# @package _global_\ndefaults:\n  - e\n' }, /'experiment\/e' includes itself: experiment\/e > experiment\/e/],
  ] as [string, string[], Record<string, string>, RegExp][])('%s', (...[, overrides, files, message]) => expect(said(overrides, files)).toMatch(message));
});

test('a byte order mark hides no header, and endings may be written', () => {
  const configDir = treeOf({ 'experiment/e.yaml': '\ufeff# @package _global_\ntrain:\n  seed: 77\n' });
  for (const overrides of [['experiment=e'], ['experiment=e.yaml']]) expect(composeConfig({ overrides, configDir, configName: 'defaults.yaml' }).config.train).toMatchObject({ seed: 77 });
});
