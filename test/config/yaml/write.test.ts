// YAML that is written is read back as it is, by PyYAML's rules and by those of YAML 1.2.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { floatNode, plainTree, plainValue, type Node, type NodeTree } from '../../../src-main/config/values.ts';
import { readYaml } from '../../../src-main/config/yaml/read.ts';
import { toYaml } from '../../../src-main/config/yaml/write.ts';
import { cases, encode } from '../fixtures/fixtures.ts';

const awkward = ['=', '<<', 'a\tb', 'a\u2028b', '\u007f', '\u0085', '1e-3', 'yes', 'y', '12:30', "it's", '- a', '-', '?', ': ', 'a: b', 'a:', ' a', 'a ', '#', 'a #b', '---', '...', '0o17', '0x', '1_000', '2020-01-01', '~', 'null', '', '!x', '&a', '*a', '%a', '@a', '`a', '{', '[', '|', '>', '"', "'", 'a\nb', '\ud800', '\ufeff', '${a}', '日本語', '.5', '+1', '.inf', 'inf', 'nan'];
const text = fc.oneof(fc.constantFrom(...awkward), fc.string({ unit: fc.constantFrom(...'ab1.-:#\'"{}[],&*!|>%@`?=~ \t\n\\_e+') }), fc.string({ unit: 'binary' }), fc.constantFrom(...cases.yaml));
const number = fc.oneof(fc.integer(), fc.double({ noNaN: true }).map(floatNode), fc.constantFrom<Node>(...[1e16, 1e22, 1e-7, 0, -0, 30].map(floatNode)));
const node: fc.Arbitrary<Node> = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof({ maxDepth: 3 }, fc.constantFrom<Node>(null, true, false), number, text, fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(text.filter((key) => !['__proto__', 'prototype', 'constructor'].includes(key)), tie('node'), { maxKeys: 4 })) as fc.Arbitrary<Node>,
})).node;

test('any tree', () => {
  fc.assert(fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'x.y'), node, { maxKeys: 3 }), (tree) => {
    const written = toYaml(tree as NodeTree);
    expect(encode(readYaml(written, 'the text'))).toEqual(encode(tree as NodeTree));
    expect(parse(written)).toEqual(plainTree(tree as NodeTree));
  }), { numRuns: 500 });
});

test('floats stay floats', () => {
  expect(toYaml({ a: floatNode(30), b: floatNode(0), c: floatNode(1e22), d: floatNode(-0), e: 1, f: [floatNode(1)] })).toBe('a: 30.0\nb: 0.0\nc: 1.0e+22\nd: -0.0\ne: 1\nf:\n  - 1.0\n');
  expect(plainValue(floatNode(30))).toBe(30);
});
