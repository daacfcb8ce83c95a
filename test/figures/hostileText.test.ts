// Names, titles and labels of any characters: every format stays one that its readers take, and holds nothing that they obey.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { figureSchema, type ComparisonTable } from '#contract';
import { toYaml } from '#config';
import { createScene, csvCell, numbersCsv, tableCsv, tableLatex, tableMarkdown, toPdf, toPgfplots, toSvg, type FigureData } from '#figures';
import { parse } from 'yaml';
import { expectCleanPrototypes } from '../helpers/prototypes.ts';

const long = ['1', 'all'].includes(process.env.VSGD_LAB_LONG ?? '');
/** Control characters but line feeds, line separators, what overrides the direction of text, noncharacters, halves of pairs. */
const forbidden = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]|\p{Surrogate}/u;

const unit = fc.oneof(fc.integer({ min: 0, max: 0x9f }), fc.integer({ min: 0x2028, max: 0x2069 }), fc.constantFrom(0xfffe, 0xffff, 0xd800, 0xdfff, 0x1f389)).map((code) => String.fromCodePoint(code));
const text = fc.array(fc.oneof(unit, fc.constantFrom('a', '"', '<', '&', '\\', '|', ',', '\r\n', '__proto__', 'constructor')), { maxLength: 8 }).map((parts) => parts.join(''));

const tableOf = (name: string): ComparisonTable => ({ columns: [{ key: name, label: name, unit: 'share' }], baseline: name, difference: name, notes: [], rows: [{ name, setting: name, description: name, color: 'vsgd', variant: 0, runs: ['1'], cells: [{ mean: 0.5, deviation: 0, count: 1 }], difference: null }] });
const barsOf = (name: string): FigureData => ({ kind: 'bars', yLabel: name, percent: false, banded: false, bars: [{ name, color: '#D55E00', count: 1, mean: 1, low: 1, high: 1 }] });

describe('text from outside', () => {
  test('in tables, numbers and LaTeX', () => {
    fc.assert(fc.property(text, (name) => {
      const [table, bars] = [tableOf(name), barsOf(name)];
      for (const made of [tableMarkdown(table), tableLatex(table), tableCsv(table), numbersCsv(bars), csvCell(name), toPgfplots(bars, figureSchema.parse({ title: name.slice(0, 100) })) ?? '']) expect(made).not.toMatch(forbidden);
      for (const write of [tableMarkdown, tableLatex]) expect(write(table).trimEnd().split('\n')).toHaveLength(write(tableOf('a')).trimEnd().split('\n').length); // a break in a name makes no row
      expectCleanPrototypes(name);
    }), { numRuns: long ? 20_000 : 1_000 });
  });

  test('in YAML, which is read back as it was', () => {
    fc.assert(fc.property(text.map((value) => value.toWellFormed()), (value) => {
      const yaml = toYaml({ key: value, list: [value] });
      expect(yaml).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u0084\u0086-\u009f]/);
      expect(parse(yaml)).toEqual({ key: value, list: [value] });
    }), { numRuns: long ? 100_000 : 1_000 });
  });

  test('in SVG, which stays well-formed', () => {
    fc.assert(fc.property(text, (name) => {
      const svg = toSvg(createScene(barsOf(name), figureSchema.parse({ title: name.slice(0, 100), xLabel: name.slice(0, 100) })));
      expect(svg).not.toMatch(forbidden);
      expect(svg.replaceAll(/&(amp|lt|gt|quot|#10);/g, '')).not.toContain('&');
      expect(svg.match(/aria-label="[^"<>]*"/g)?.length).toBe(svg.match(/aria-label=/g)?.length);
    }), { numRuns: long ? 500 : 50 });
  });

  test('in PDF, which is made', async () => {
    const pdf = await toPdf(createScene(barsOf('a\u0000\u001b[2J\u009b\u202eb\nc\ud800'), figureSchema.parse({ title: '\u0007\r\n' })));
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  });
});
