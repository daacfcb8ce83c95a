// Tables and numbers as text: nothing in a name is a command of the format.
import { expect, test } from 'vitest';
import type { ComparisonTable } from '#contract';
import { chooseColumns, csvCell, numbersCsv, numbersJson, tableCsv, tableLatex, tableMarkdown } from '#figures';

const table: ComparisonTable = {
  columns: [{ key: 'final test accuracy', label: 'final test accuracy', unit: 'share' }, { key: 'duration', label: 'duration', unit: 'seconds' }], baseline: 'SGD', difference: 'final test accuracy', notes: ['Each group mixes 3 values of lr_x.'],
  rows: [
    { name: 'a_b & 50% | \\x', color: 'vsgd', variant: 0, runs: ['1', '2'], cells: [{ mean: 0.7019, deviation: 0.0021, count: 2 }, { mean: 61.4, deviation: 2, count: 2 }], setting: 'lr 0.1', description: 'a_b & 50% | \\x at lr 0.1, 2 seeds', difference: { mean: 0.0238, deviation: 0.001, count: 2, low: 0.012, high: 0.036, of: 2 } },
    { name: '=SUM(A1)', color: 'sgd', variant: 0, runs: ['3'], cells: [{ mean: 0.6781, deviation: 0, count: 1 }, null], setting: null, description: '=SUM(A1), 1 run', difference: null },
  ],
};

test('LaTeX with booktabs: no wider than the text, the best bold, every special character escaped', () => {
  expect(tableLatex(table)).toBe([
    '% \\usepackage{booktabs, graphicx}', '% caption: Each group mixes 3 values of lr\\_x.', '% caption: $\\pm$: standard deviation over the runs of a group.',
    '% caption: Difference of the final test accuracy: mean $\\pm$ standard deviation over seeds [95 \\% confidence interval of the mean].', '\\sbox0{%', '\\begin{tabular}{@{}lrrrr@{}}', '\\toprule', 'group & runs & \\shortstack[r]{final test\\\\accuracy (\\%)} & duration (s) & \\shortstack[r]{difference to SGD,\\\\paired by seed} \\\\', '\\midrule',
    'a\\_b \\& 50\\% | \\textbackslash{}x at lr 0.1 & 2 & \\textbf{70.19 $\\pm$ 0.21} & 61 $\\pm$ 2 & +2.38 $\\pm$ 0.10 [+1.20, +3.60] \\\\', '=SUM(A1) & 1 & 67.81 &  &  \\\\', '\\bottomrule', '\\end{tabular}}%',
    '\\ifdim\\wd0>\\linewidth\\resizebox{\\linewidth}{!}{\\usebox0}\\else\\usebox0\\fi', '',
  ].join('\n'));
});

test('the best of a loss is the smallest; equal ones are all bold; a duration has no best', () => {
  const row = (name: string, loss: number, seconds: number) => ({ ...table.rows[1]!, name, cells: [{ mean: loss, deviation: 0, count: 1 }, { mean: seconds, deviation: 0, count: 1 }] });
  const losses: ComparisonTable = { ...table, baseline: null, columns: [{ key: 'final test loss', label: 'final test loss', unit: 'number' }, { key: 'duration', label: 'duration', unit: 'seconds' }], rows: [row('a', 0.5, 20), row('b', 0.25, 10), row('c', 0.25, 30)] };
  expect(tableLatex(losses).match(/\\textbf\{[^}]*\}/g)).toEqual(['\\textbf{0.2500}', '\\textbf{0.2500}']);
});

test('chosen columns in their order; one that the table lacks is refused by name', () => {
  const chosen = chooseColumns(table, ['duration', 'final test accuracy']);
  expect(tableMarkdown(chosen).split('\n')[0]).toBe('| group | runs | duration (s) | final test accuracy (%) | difference to SGD, paired by seed |');
  expect(chooseColumns(table, [])).toBe(table);
  expect(() => chooseColumns(table, ['durations'])).toThrow("The table has no column 'durations'. Did you mean 'duration'?");
});

test('Markdown', () => {
  expect(tableMarkdown(table).split('\n').slice(1, 3)).toEqual(['| --- | --: | --: | --: | --: |', '| a\\_b & 50% \\| \\\\x at lr 0.1 | 2 | 70.19 ± 0.21 | 61 ± 2 | +2.38 ± 0.10 \\[+1.20, +3.60\\] |']);
});

test('CSV keeps full precision, and a name never becomes a formula', () => {
  expect(tableCsv(table).split('\n').slice(0, 5)).toEqual([
    'group,metric,mean,deviation,runs,of,median,low,high,setting,description', 'a_b & 50% | \\x,final test accuracy,0.7019,0.0021,2,2,,,,lr 0.1,"a_b & 50% | \\x at lr 0.1, 2 seeds"', 'a_b & 50% | \\x,duration,61.4,2,2,2,,,,lr 0.1,"a_b & 50% | \\x at lr 0.1, 2 seeds"',
    'a_b & 50% | \\x,difference,0.0238,0.001,2,2,,0.012,0.036,lr 0.1,"a_b & 50% | \\x at lr 0.1, 2 seeds"', '\'=SUM(A1),final test accuracy,0.6781,0,1,1,,,,,"\'=SUM(A1), 1 run"',
  ]);
  expect(['-1.5', 'a"b', 'a,b', '@x', -2].map(csvCell)).toEqual(['-1.5', '"a""b"', '"a,b"', "'@x", '-2']);
});

test('a mean over fewer runs than the group has says over how many', () => {
  const [first] = table.rows;
  const fewer: ComparisonTable = { ...table, rows: [{ ...first!, name: 'Adam', runs: ['1', '2', '3'], difference: { ...first!.difference!, of: 3 } }] };
  expect(tableMarkdown(fewer)).toContain('| Adam at lr 0.1 | 3 | 70.19 ± 0.21 (2 of 3) | 61 ± 2 (2 of 3) | +2.38 ± 0.10 \\[+1.20, +3.60\\] (2 of 3) |');
  expect(tableLatex(fewer)).toContain('70.19 $\\pm$ 0.21 (2 of 3)');
  expect(tableCsv(fewer)).toContain('Adam,final test accuracy,0.7019,0.0021,2,3,');
});

test('a target that no run reached is told', () => {
  const aimed: ComparisonTable = { ...table, baseline: null, columns: [{ key: 'steps to target', label: 'steps to 99 %', unit: 'steps', target: true }, { key: 'seconds to target', label: 'time to 99 %', unit: 'seconds', target: true }], rows: [{ ...table.rows[0]!, cells: [null, null], difference: null }] };
  expect(tableMarkdown(aimed)).toContain('| 2 | not reached (0 of 2) | not reached (0 of 2) |');
});

test('the numbers of a figure, as they are, as CSV and JSON', () => {
  const curve = { name: 'VSGD', color: '#D55E00', runs: 2, xs: Float64Array.of(1, 2), ys: Float64Array.of(0.5, NaN), low: Float64Array.of(0.4, NaN), high: Float64Array.of(0.6, NaN), banded: true };
  const data = { kind: 'curves', xLabel: 'Step', yLabel: 'y', percent: true, log: false, curves: [curve] } as const;
  expect(numbersCsv({ ...data, curves: [curve] })).toBe('group,runs,x,mean,low,high\nVSGD,2,1,0.5,0.4,0.6\nVSGD,2,2,NaN,NaN,NaN\n');
  expect(JSON.parse(numbersJson({ ...data, curves: [curve] }))).toMatchObject({ kind: 'curves', rows: [{ x: 1, mean: 0.5 }, { x: 2, mean: 'NaN' }] });
});
