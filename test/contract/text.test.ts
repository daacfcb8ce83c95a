// Text from outside, as it is shown and written: nothing in it that a terminal, an editor or a file format obeys.
import { describe, expect, test } from 'vitest';
import { checkNotes, checkPlainName, documentLines, documentText, isPlainName, visibleJson, visibleLines, visibleText } from '#contract';

const hostile = [0x00, 0x07, 0x08, 0x0b, 0x1b, 0x7f, 0x85, 0x9b, 0x9d, 0x2028, 0x202a, 0x202e, 0x2066, 0x2069].map((code) => String.fromCharCode(code));

describe.each(hostile.map((character) => [`U+${character.charCodeAt(0).toString(16).padStart(4, '0')}`, character]))('%s', (_, character) => {
  test('is shown as an escape', () => {
    for (const shown of [visibleText, visibleLines].map((show) => show(`a${character}b`))) {
      expect(shown).toMatch(/^a\\(e|u[0-9a-f]{4})b$/);
      expect(shown).not.toContain(character);
    }
    expect(JSON.parse(visibleJson(JSON.stringify(`a${character}b`)))).toBe(`a${character}b`);
    expect(visibleJson(JSON.stringify(`a${character}b`))).not.toContain(character);
  });
  test('is not written into a document', () => {
    expect(documentText(`a${character}b`)).toMatch(/^a ?b$/);
    expect(documentLines(`a${character}b`)).toMatch(/^a ?b$/);
  });
  test('is not possible in a name', () => {
    expect(isPlainName(`a${character}b`)).toBe(false);
    expect(() => checkPlainName('name of a run', `a${character}b`)).toThrow(/must have visible characters.*'a\\/);
    expect(() => checkNotes(`a${character}b`)).toThrow(/no other control characters/);
  });
});

test('ordinary text of any script stays as it is', () => {
  for (const text of ['β₁ ± 2 · 10⁻³', 'имя запуска', '名前', 'שלום \u200f!', 'a\u0301', '🎉👩‍🔬']) {
    expect([visibleText(text), visibleLines(text), documentText(text), documentLines(text)]).toEqual([text, text, text, text]);
    expect(isPlainName(text)).toBe(true);
  }
});

test('lines stay lines where there may be some, and are one elsewhere', () => {
  expect(visibleLines('a\r\nb\tc')).toBe('a\nb\tc');
  expect(visibleText('a\r\nb\tc')).toBe('a\\r\\nb\\tc');
  expect(documentText('a\r\n\n\tb')).toBe('a b');
  expect(documentLines('a\r\nb')).toBe('a\nb');
  expect(documentText('half \ud83d pair\uffff')).toBe('half \ufffd pair');
  for (const text of ['', '   ', '\n', 'two\nlines', 'tab\tbed']) expect(isPlainName(text)).toBe(false);
  checkNotes('several\nlines\tand tabs');
});
