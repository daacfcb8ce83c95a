// The command that the export sheet shows makes the very figure: every setting goes through its flags and back.
import { Command } from 'commander';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparisonSchema, figureSchema, type Figure } from '#contract';
import { addFigureFlags, choicesOf, figureOf, type FigureFlags } from '../../../src-main/cli/commands/figureFlags.ts';
import { compareCommand } from '../../../src-renderer/views/compare/comparison.ts';

/** The words of a command line as a shell splits them: single quotes and \' alone occur. */
function words(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|\\'|[^\s'\\])+/g)].map(([word]) => word.replaceAll(/'([^']*)'|\\(')/g, (_, quoted: string | undefined, apostrophe: string | undefined) => quoted ?? apostrophe ?? ''));
}

function readBack(line: string): Figure {
  const command = addFigureFlags(new Command('compare').argument('[runs...]').option('--out <file>')).exitOverride();
  command.parse(words(line).slice(2), { from: 'user' });
  return figureSchema.parse(figureOf(command.opts<FigureFlags>()));
}

const number = fc.integer({ min: -5000, max: 5000 }).map((value) => value / 100);
const text = fc.string({ unit: fc.constantFrom('a', 'β', ' ', "'", '%', '=', '"', '-', '$', '0') }).map((value) => value.trim()).filter((value) => value !== '' && !value.startsWith('-'));
const settings = fc.record({
  width: fc.integer({ min: 30, max: 400 }), height: fc.integer({ min: 20, max: 400 }), fontSize: fc.integer({ min: 4, max: 24 }), legend: fc.constantFrom('top', 'right', 'bottom', 'inside', 'none'), counts: fc.boolean(),
  title: text, xLabel: fc.option(text), yLabel: fc.option(text), xMin: fc.option(number), xMax: fc.option(number), yMin: fc.option(number), yMax: fc.option(number), xTicks: fc.option(fc.array(number, { minLength: 1, maxLength: 4 })), yTicks: fc.option(fc.array(number, { minLength: 1, maxLength: 4 })),
  xLog: fc.boolean(), font: fc.constantFrom('inter', 'serif'), lineWidth: fc.integer({ min: 1, max: 16 }).map((value) => value / 4), markers: fc.boolean(),
  panels: fc.uniqueArray(fc.constantFrom('train/loss', 'val/accuracy', 'lr'), { maxLength: 3 }),
  groups: fc.uniqueArray(fc.record({ group: fc.constantFrom('VSGD', 'a = b', "it's"), name: text.filter((value) => !value.includes('=')), color: fc.constantFrom('#D55E00', '#abcdef') }), { selector: ({ group }) => group, maxLength: 3 }),
}, { requiredKeys: [] });

test('any figure comes back from its command', () => {
  fc.assert(fc.property(settings, (made) => {
    const figure = figureSchema.parse(made);
    const line = compareCommand({ comparison: comparisonSchema.parse({ runs: ['a1'] }), figure, saved: null }, 'figure.pdf');
    expect(readBack(line)).toEqual(figure);
  }), { numRuns: 300, seed: 15 });
});

test('files of an archive by their names; another name is refused with those there are', () => {
  expect(choicesOf('pdf,pgfplots,latex,markdown,csv')).toEqual([{ figure: 'pdf' }, { figure: 'tex' }, { table: 'tex' }, { table: 'md' }, { figure: 'csv' }]);
  expect(() => choicesOf('pdf,docx')).toThrow("--formats has no 'docx'. It takes svg, pdf, png, csv, json, pgfplots, latex, markdown, separated by commas.");
  expect(() => choicesOf('constructor')).toThrow('--formats has no');
});
