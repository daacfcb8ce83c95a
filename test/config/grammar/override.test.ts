// The override grammar against 116 texts that the real Hydra parsed, and against random text.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LabError, type ConfigValue } from '#contract';
import { quoteValue, toPlain, type Literal } from '../../../src-main/config/grammar/literal.ts';
import { parseOverride } from '../../../src-main/config/grammar/override.ts';
import { hasShared, sharedPath } from '../../helpers/shared.ts';

type Vector = { text: string; type?: string; key?: string; package?: string | null; value_type?: string | null; value?: unknown; sweep?: unknown; sweep_error?: string; error?: string[] };
const vectors = hasShared ? (JSON.parse(readFileSync(sharedPath('reference/hydra-vectors.json'), 'utf8')) as { parsed: Vector[] }).parsed : [];

const floatText = (value: number) => (Number.isNaN(value) ? 'nan' : Number.isFinite(value) ? (Number.isInteger(value) ? value.toFixed(1) : String(value)) : value > 0 ? 'inf' : '-inf');
function encode(literal: Literal): unknown {
  if (literal.kind === 'float') return { $float: floatText(literal.value) };
  if (literal.kind === 'list') return literal.items.map(encode);
  if (literal.kind === 'dict') return Object.fromEntries(literal.entries.map(([key, value]) => [key, encode(value)]));
  return toPlain(literal);
}

const types = { simple: 'SIMPLE_CHOICE_SWEEP', choice: 'CHOICE_SWEEP', range: 'RANGE_SWEEP', glob: 'GLOB_CHOICE_SWEEP', interval: 'INTERVAL_SWEEP' };

describe.skipIf(!hasShared)('Hydra\'s 116 override texts (needs ../shared)', () => {
  test.each(vectors)('$text', (vector) => {
    if (vector.error) {
      expect(() => parseOverride(vector.text)).toThrow(LabError);
      return;
    }
    const parsed = parseOverride(vector.text);
    expect({ type: parsed.type, key: parsed.key, package: parsed.package }).toEqual({ type: vector.type, key: vector.key, package: vector.package });
    if (parsed.value === null) return expect(vector.value_type).toBeNull();
    if ('literal' in parsed.value) {
      expect(vector.value_type).toBe('ELEMENT');
      return expect(encode(parsed.value.literal)).toEqual(vector.value);
    }
    const { sweep } = parsed.value;
    expect(types[sweep.kind]).toBe(vector.value_type);
    if (vector.sweep_error) return;
    if ('items' in sweep && sweep.shuffle) return expect(vector.sweep).toEqual({ $shuffle: true });
    expect('items' in sweep ? sweep.items.map(encode) : null).toEqual(vector.sweep);
  });
});

describe('quoting', () => {
  const value: fc.Arbitrary<ConfigValue> = fc.letrec<{ value: ConfigValue }>((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, fc.constant(null), fc.boolean(), fc.integer(), fc.double({ noDefaultInfinity: false, noNaN: true }), fc.string(),
      fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(fc.string({ minLength: 1 }).filter((key) => !['__proto__', 'prototype', 'constructor'].includes(key)), tie('value'), { maxKeys: 4 })) as fc.Arbitrary<ConfigValue>,
  })).value;

  test('any value parses back from its text', () => {
    fc.assert(fc.property(value, (wanted) => {
      const parsed = parseOverride(`a=${quoteValue(wanted)}`).value;
      expect(parsed && 'literal' in parsed ? toPlain(parsed.literal) : parsed).toEqual(wanted);
    }), { numRuns: 500 });
  });

  test('random text parses or is refused with a LabError', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'a1._-=,:[]{}()\'"\\ $+~@/é') }), (text) => {
      try {
        parseOverride(text);
      } catch (error) {
        expect(error).toBeInstanceOf(LabError);
      }
    }), { numRuns: 2000 });
  });
});
