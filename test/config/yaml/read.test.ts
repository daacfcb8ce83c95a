// YAML as OmegaConf loads it: every kind of scalar, merges, duplicate keys, and what it refuses.
import { expect, test } from 'vitest';
import { readYaml } from '../../../src-main/config/yaml/read.ts';
import { expectOutcome, withOutcomes } from '../fixtures/fixtures.ts';

test.each(withOutcomes('yaml'))('$input', ({ input, outcome }) => {
  // An empty file is an empty mapping to OmegaConf.
  expectOutcome(() => {
    const value = readYaml(input.replace(/^\ufeff/, ''), 'the text');
    return value ?? {};
  }, outcome);
});

test('aliases that multiply are refused', () => {
  const lines = Array.from({ length: 30 }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}]`);
  expect(() => readYaml(`a0: &a0 [1]\n${lines.join('\n')}\n`, 'the text')).toThrow(/more than 100,000 values/);
});
