// Hostile keys: whatever an override, a dict value, a YAML file or a package says, no shared prototype changes and the key is refused.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LabError, type ConfigTree, type ConfigValue } from '#contract';
import { composeConfig, expandSweep, parseOverride } from '#config';
import { deleteAt, getAt, mergeTrees, nest, setAt } from '../../src-main/config/merge.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { expectCleanPrototypes } from '../helpers/prototypes.ts';

const long = ['1', 'all'].includes(process.env.VSGD_LAB_LONG ?? '');
const numRuns = long ? 50_000 : 1_000;

/** What it does, or that it refuses by the product's own error. */
function outcomeOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    expect(error).toBeInstanceOf(LabError);
    return error;
  }
}

const part = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'length', '0', '-1', '4294967294', 'a', 'train', 'optimizer', 'x'), fc.string({ maxLength: 3 }));
const dotted = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));
const hostileTree = fc.letrec<{ value: ConfigValue; tree: ConfigTree }>((tie) => ({
  value: fc.oneof({ maxDepth: 3, withCrossShrink: true }, fc.constantFrom<ConfigValue>(null, true, 1, 'text'), fc.array(tie('value'), { maxLength: 3 }), tie('tree')) as fc.Arbitrary<ConfigValue>,
  // As JSON and YAML make it: `__proto__` is a key of its own.
  tree: fc.array(fc.tuple(part, tie('value')), { maxLength: 3 }).map((entries) => Object.fromEntries(entries) as ConfigTree),
})).tree;

describe('keys that name a prototype', () => {
  const refused = ['+__proto__.x=1', '++__proto__.x=1', '__proto__.x=1', '~__proto__', '++train.__proto__.x=1', '+train.optimizer.constructor.prototype.x=1', '+constructor.prototype.x=1',
    '+x={__proto__:{y:1}}', '+x={a:{constructor:1}}', "+x={'__proto__':1}", '+x=[{__proto__:1}]', '+model@__proto__=vgg', '+model@a.__proto__=vgg', 'train/__proto__=adam', '+x={prototype:1}'];
  test.each(refused)('%s is refused', (override) => {
    expect(() => composeConfig({ overrides: [override] })).toThrow(expect.objectContaining({ code: 'CONFIG_SYNTAX', message: expect.stringMatching(/names an object's prototype/) }));
    expectCleanPrototypes(override);
  });

  test.each([['a key', 'train:\n  __proto__:\n    polluted: 1\n'], ['a package', '# @package __proto__\npolluted: 1\n'], ['a package below', '# @package train.__proto__.x\npolluted: 1\n'], ['a defaults list', 'defaults:\n  - /model@__proto__.x: vgg\n']])('%s of a YAML file is refused', (_, text) => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'experiment'));
    writeFileSync(join(folder, 'experiment/hostile.yaml'), text);
    expect(() => composeConfig({ overrides: ['experiment=hostile'], configDir: folder })).toThrow(expect.objectContaining({ message: expect.stringMatching(/names an object's prototype/) }));
    expectCleanPrototypes(text);
  });

  test('a list is not lengthened by an index behind its end', () => {
    for (const override of ['++x.7=1', '++x.4294967294=1', '++x.length=1', '++x.4294967294.a=1']) expect(() => composeConfig({ overrides: ['+x=[1,2]', override] }), override).toThrow(/A list has no item/);
    expect(composeConfig({ overrides: ['+x=[1,2]', '++x.1=3'] }).config.x).toEqual([1, 3]);
  });
});

/** A tree of two files: what is tried is the keys, not the product's own tree. */
function smallTree(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'train'));
  writeFileSync(join(folder, 'defaults.yaml'), 'defaults:\n  - _self_\n  - train: a\na: {x: 1}\nlist: [1, {y: 2}]\n');
  writeFileSync(join(folder, 'train/a.yaml'), 'optimizer: {lr: 1}\n');
  return folder;
}

test.each(['+a=${oc.create:{__proto__:{x:1}}}', "+a=${oc.decode:'{constructor: 1}'}", "+a=${oc.create:'{\"__proto__\": 1}'}"])('%s, whose resolver makes such a key, is refused', (override) => {
  expect(() => composeConfig({ overrides: ['experiment=quickstart', override] })).toThrow(LabError);
});

test('a path that leaves the configuration folders names no file, and lists none', () => {
  const secret = temporaryFolder();
  writeFileSync(join(secret, 'cred.yaml'), 'token: s3cret\n');
  const path = `${'../'.repeat(20)}${secret.slice(1)}/cred`;
  for (const override of [`model=${path}`, `+experiment@_here_=${path}`, `+other=${path.replace('cred', 'nothing')}`]) {
    let said = '';
    try {
      said = JSON.stringify(composeConfig({ overrides: [override] }).config);
    } catch (error) {
      said = String(error);
    }
    expect(said).not.toMatch(/s3cret|options.*cred/s);
  }
  expect(composeConfig({ overrides: ['dataset=../dataset/shapes'] }).config).toMatchObject({ dataset: { name: 'shapes' } });
});

describe('no input changes a shared prototype', () => {
  test('trees merged, set, deleted and nested at any path', () => {
    fc.assert(fc.property(hostileTree, hostileTree, dotted, (a, b, path) => {
      const copy = structuredClone(a);
      for (const run of [() => mergeTrees(a, b), () => setAt(copy, path, b), () => setAt(copy, path, 1), () => deleteAt(copy, path), () => nest(path, b), () => getAt(a, path)]) {
        outcomeOf(run);
        expectCleanPrototypes({ a, b, path });
      }
      expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    }), { numRuns });
  });

  test('overrides of any key, parsed, swept and composed', () => {
    const separator = fc.constantFrom('.', '.', '.', '/', '@');
    const key = fc.array(fc.tuple(part, separator), { minLength: 1, maxLength: 4 }).map((parts) => parts.flatMap(([name, by], index) => (index === 0 ? [name] : [by, name])).join(''));
    const value = fc.oneof(fc.constantFrom('1', '[1,2]', '{a:1}', '{__proto__:{x:1}}', '{constructor:{prototype:{x:1}}}', '1,2', '${__proto__.x}', '${constructor.name}', ''), fc.string({ maxLength: 6 }));
    const override = fc.tuple(fc.constantFrom('', '+', '++', '~'), key, value).map(([prefix, name, text]) => `${prefix}${name}=${text}`);
    const small = smallTree();
    fc.assert(fc.property(fc.array(override, { minLength: 1, maxLength: 3 }), (overrides) => {
      outcomeOf(() => overrides.map(parseOverride));
      outcomeOf(() => expandSweep(overrides));
      outcomeOf(() => composeConfig({ overrides, searchPath: [small] }));
      expectCleanPrototypes(overrides);
    }), { numRuns });
  });
});
