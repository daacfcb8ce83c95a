// Interpolations as OmegaConf resolves them, and the limits that keep hostile ones from filling the memory.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { resolveTree } from '../../../src-main/config/interpolation/resolve.ts';
import type { Node, NodeTree } from '../../../src-main/config/values.ts';
import { readYaml } from '../../../src-main/config/yaml/read.ts';
import { cases, expectOutcome, withOutcomes } from '../fixtures/fixtures.ts';

beforeAll(() => { for (const [name, value] of Object.entries(cases.environment)) vi.stubEnv(name, value); });
afterAll(() => { vi.unstubAllEnvs(); });

const resolved = (tree: NodeTree, choices?: Map<string, string | null>): NodeTree => resolveTree(tree, choices).exact;

test.each(withOutcomes('interpolations'))('$input', ({ input, outcome }) => {
  expectOutcome(() => resolved({ ...(readYaml(cases.base, 'the base') as NodeTree), a: input }).a as Node, outcome);
});

describe('limits', () => {
  const doubled = (count: number, join: (key: string) => Node): NodeTree => Object.fromEntries([['a0', 'x'.repeat(10)], ...Array.from({ length: count }, (_, index) => [`a${index + 1}`, join(`\${a${index}}`)])] as [string, Node][]);

  test('references that double are resolved once each, and refused where the text grows too long', () => {
    expect((resolved(doubled(15, (key) => key + key)).a15 as string).length).toBe(10 * 2 ** 15);
    expect(() => resolved(doubled(60, (key) => key + key))).toThrow(/more than 1,000,000 characters or items/);
    expect(() => resolved(doubled(60, (key) => [key, key]))).toThrow(/more than 1,000,000 characters or items/);
  });

  test('too many look-ups, and nesting without end', () => {
    expect(() => resolved({ x: 1, list: Array.from({ length: 10_001 }, () => '${x}') })).toThrow(/more than 10,000 interpolations/);
    expect(() => resolved({ a: `${'${'.repeat(4000)}x${'}'.repeat(4000)}` })).toThrow(/nested more than 100 deep/);
    const chain = Object.fromEntries(Array.from({ length: 9000 }, (_, index) => [`a${index}`, `\${a${index + 1}}`]));
    expect(() => resolved(chain)).toThrow(/nested too deeply|finds no key/);
  });
});

test('times, choices of the defaults list, and a refusal for the rest of Hydra', () => {
  const choices = new Map([['model', 'vgg']]);
  expect(resolved({ a: '${now:%Y}-x', b: '${hydra:runtime.choices.model}' }, choices)).toEqual({ a: expect.stringMatching(/^\d{4}-x$/) as string, b: 'vgg' });
  expect(() => resolved({ a: '${hydra:job.name}' }, choices)).toThrow(/Hydra's own configuration does not exist here/);
  expect(() => resolved({ a: '${now:%q}' })).toThrow(/%q is not supported/);
  expect(() => resolved({ a: '${env:X}' })).toThrow(/no resolver 'env'.*write oc\.env/s);
});
