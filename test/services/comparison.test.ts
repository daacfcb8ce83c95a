// Comparisons over a store with known curves: table, target, pairs, figures, saved ones.
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, onTestFinished, test } from 'vitest';
import { comparisonSchema, figureSchema, type ComparisonInput, type TableCell } from '#contract';
import { checkComparison, comparisonTable, describeUnfinished, enqueueRuns, figureData, getComparison, listComparisons, makeFigure, makeFiles, makeTable, openLab, presentRuns, removeComparison, saveComparison, type Lab } from '#services';
import { numbersCsv } from '#figures';
import { setState, setTrashed } from '#store';
import { journal, metrics } from '#test/journals.ts';
import { scratchFolder } from '#test/scratch.ts';

function createLab(): { lab: Lab; ids: string[] } {
  const lab = openLab(scratchFolder());
  onTestFinished(() => lab.close());
  const made = enqueueRuns(lab, { overrides: ['experiment=quickstart', 'train/optimizer=vsgd,sgd', 'train.seed=1,2'], multirun: true });
  const ids = made.map(({ id }) => id);
  // Accuracy of run r (VSGD 0 and 1, SGD 2 and 3) at step s: rises by 0.1 a step from 0.1 r.
  ids.forEach((id, run) => {
    const top = run < 2 ? 0.8 + 0.02 * run : 0.6 + 0.06 * (run - 2);
    journal(lab, id, [1, 2, 3, 4].map((step) => metrics(step, { 'test/accuracy': (top * step) / 4, 'test/loss': 5 - step })));
  });
  return { lab, ids };
}
const ask = (runs: string[], more: Partial<ComparisonInput> = {}) => comparisonSchema.parse({ runs, ...more });
const close = (mean: number, deviation: number, count: number) => ({ mean: expect.closeTo(mean, 9) as number, deviation: expect.closeTo(deviation, 9) as number, count });

describe('the table', () => {
  test('final and best values by optimizer, differences by seed with their 95 % interval', () => {
    const { lab, ids } = createLab();
    const { columns, rows, baseline } = comparisonTable(lab, ask(ids));
    expect(baseline).toBe('SGD');
    expect(columns.map(({ key, unit }) => [key, unit])).toEqual([['final test accuracy', 'share'], ['best test accuracy', 'share'], ['final test loss', 'number']]);
    expect(rows.map(({ name, color, runs }) => [name, color, runs])).toEqual([['VSGD', 'vsgd', ids.slice(0, 2)], ['SGD', 'sgd', ids.slice(2)]]);
    expect(rows[0]?.cells[0]).toEqual(close(0.81, 0.02 / Math.SQRT2, 2));
    // Differences 0.2 and 0.16: mean 0.18, deviation 0.04 / √2, error 0.02, t(1) = 12.7062.
    expect(rows[0]?.difference).toEqual({ ...close(0.18, 0.04 / Math.SQRT2, 2), low: expect.closeTo(0.18 - 0.02 * 12.7062, 6) as number, high: expect.closeTo(0.18 + 0.02 * 12.7062, 6) as number, of: 2 });
    expect(rows[1]?.difference).toBeNull();
  });

  test('steps to a target: the first that reaches it; who never does counts in no mean', () => {
    const { lab, ids } = createLab();
    const { columns, rows } = comparisonTable(lab, ask(ids, { target: 0.62 }));
    const at = columns.findIndex(({ key }) => key === 'steps to target');
    expect(rows.map(({ cells }) => cells[at] as TableCell)).toEqual([{ ...close(4, 0, 2), median: 4 }, { ...close(4, 0, 1), median: null }]);
    const seconds = comparisonTable(lab, ask(ids.slice(0, 1), { target: 0.4 }));
    expect(seconds.rows[0]?.cells.slice(-2)).toEqual([{ ...close(2, 0, 1), median: 2 }, { ...close(1, 0, 1), median: 1 }]); // rows are a second apart, from step 1
    const never = comparisonTable(lab, ask(ids, { target: 0.99 }));
    expect([never.columns.at(-2)?.label, never.rows.map(({ cells }) => cells.at(-2))]).toEqual(['steps to 99 %', [null, null]]);
    const loss = comparisonTable(lab, ask(ids.slice(0, 1), { metric: 'test/loss', target: 3 }));
    expect(loss.rows[0]?.cells.at(-2)).toEqual({ ...close(2, 0, 1), median: 2 }); // a loss reaches it from above
  });
});

describe('the final training loss', () => {
  /** Of a run with epochs of 4 iterations and these losses. */
  function lossOf(losses: (number | 'NaN')[]): TableCell {
    const lab = openLab(scratchFolder());
    onTestFinished(() => lab.close());
    const [made] = enqueueRuns(lab, { overrides: ['experiment=quickstart'] });
    const mean = (step: number) => {
      const epoch = losses.slice(step - 4, step);
      return epoch.includes('NaN') ? 'NaN' as const : (epoch as number[]).reduce((sum, loss) => sum + loss, 0) / 4;
    };
    journal(lab, made!.id, losses.map((loss, at) => metrics(at + 1, { 'train/loss': loss, 'test/loss': 1, ...((at + 1) % 4 === 0 ? { 'train/epoch_loss': mean(at + 1) } : {}) })));
    const { columns, rows } = comparisonTable(lab, ask([made!.id]));
    const at = columns.findIndex(({ key }) => key === 'final training loss');
    return at < 0 ? null : (rows[0]?.cells[at] ?? null);
  }

  test('is that of the last epoch, and of as many iterations where the run stopped within an epoch', () => {
    expect(lossOf([9, 9, 9, 9, 4, 3, 2, 1])).toEqual(close(2.5, 0, 1));
    expect(lossOf([9, 9, 9, 9, 4, 2])).toEqual(close(6, 0, 1));
    expect(lossOf([9, 7])).toEqual(close(7, 0, 1)); // no whole epoch: the last loss
  });

  test('is missing of a run that diverged, in whichever epoch', () => {
    expect(lossOf([4, 3, 2, 1, 'NaN', 'NaN', 'NaN', 'NaN'])).toBeNull();
    expect(lossOf([4, 3, 2, 1, 1, 'NaN'])).toBeNull();
    expect(lossOf([4, 3, 2, 'NaN'])).toBeNull();
  });
});

test('a run that is hidden by itself counts in no row, as in no curve', () => {
  const { lab, ids } = createLab();
  const { rows } = comparisonTable(lab, ask(ids, { hidden: ['SGD', ids[0]!] }));
  expect(rows.map(({ runs }) => runs)).toEqual([[ids[1]], ids.slice(2)]);
  expect([rows[0]?.cells[0], rows[0]?.difference]).toMatchObject([close(0.82, 0, 1), { mean: expect.closeTo(0.16) as number, count: 1, of: 1 }]);
});

test('the time to a target leaves out what lay between the sessions of a run', () => {
  const { lab, ids } = createLab();
  lab.database.prepare('UPDATE runs SET started_at = ?, ended_at = ?, pauses = ? WHERE id = ?').run(new Date(0).toISOString(), new Date(9000).toISOString(), '[[1500,2500]]', ids[0]);
  const { columns, rows } = comparisonTable(lab, ask(ids.slice(0, 1), { target: 0.6 }));
  expect(columns.flatMap(({ unit }, index) => (unit === 'seconds' ? [rows[0]?.cells[index]?.mean] : []))).toEqual([8, 2]);
});

describe('what a comparison names must be there', () => {
  test.each<[Partial<ComparisonInput>, RegExp]>([
    [{ metric: 'test/acuracy' }, /metric 'test\/acuracy'\. Did you mean 'test\/accuracy'.* They have test\/accuracy, test\/loss\.$/],
    [{ by: 'train.sed' }, /key 'train\.sed'\. Did you mean 'train\.seed'.* These runs differ in .*train\.seed/],
    [{ by: 'lr' }, /Did you mean 'train\.optimizer\.lr'/],
    [{ baseline: 'SDG' }, /group 'SDG'\. Did you mean 'SGD'.* There are 'VSGD', 'SGD'\./],
    [{ hidden: ['Adam'] }, /no run by the id, 'Adam'/],
  ])('%j', (asked, message) => {
    const { lab, ids } = createLab();
    expect(() => checkComparison(lab, ask(ids, asked), { metric: true })).toThrow(message);
  });

  test('what is there is no fault; runs that are not finished are named', () => {
    const { lab, ids } = createLab();
    const comparison = ask(ids, { by: 'train.optimizer._target_', baseline: 'SGD', hidden: ['VSGD', ids[0]!] });
    expect(() => checkComparison(lab, comparison, { metric: true })).not.toThrow();
    expect(() => checkComparison(lab, ask(ids, { metric: 'x' }), { metric: false })).not.toThrow();
    expect(describeUnfinished(lab, comparison)).toMatch(/^Not finished, .*\(queued, step 4 of \?\)/);
  });
});

describe('figures', () => {
  test('curves are means over the seeds with their band; a hidden group is left out', () => {
    const { lab, ids } = createLab();
    const data = figureData(lab, ask(ids, { band: 'range', hidden: ['SGD'] }));
    expect(data).toMatchObject({ kind: 'curves', percent: true, xLabel: 'Step', yLabel: 'Test accuracy (%)', curves: [{ name: 'VSGD (n = 2)', color: '#D55E00', banded: true }] });
    if (data.kind !== 'curves') throw new Error('not curves');
    expect([data.curves[0]?.ys[3], data.curves[0]?.low[3], data.curves[0]?.high[3]]).toEqual([expect.closeTo(0.81), expect.closeTo(0.8), expect.closeTo(0.82)]);
  });

  test('seeds that end early or were evaluated at other steps: the mean goes on over those that are left, and says so', async () => {
    const { lab, ids } = createLab();
    journal(lab, ids[0] as string, [5, 6].map((step) => metrics(step, { 'test/accuracy': 0.9 })));
    const made = figureData(lab, ask(ids.slice(0, 2)));
    if (made.kind !== 'curves') throw new Error('not curves');
    expect([Array.from(made.curves[0]?.xs ?? []), Array.from(made.curves[0]?.counts ?? [])]).toEqual([[1, 2, 3, 4, 5, 6], [2, 2, 2, 2, 1, 1]]);
    const captionOf = async (runs: string[]) => (await makeFigure(lab, { comparison: ask(runs), figure: figureSchema.parse({}), format: 'csv' })).caption;
    expect(await captionOf(ids.slice(0, 2))).toContain('VSGD over 1 of 2 runs at step 6, over all 2 until step 4');
    expect(numbersCsv(made)).toContain('VSGD (n = 2),1,6,0.9,,\n');
    expect(await captionOf(ids.slice(2))).toBe('Test accuracy, mean ± standard deviation over the runs of a group. SGD, 2 seeds (2 not finished).');
  });

  test('a run without a point of the metric is not counted in the legend', () => {
    const { lab, ids } = createLab();
    const [more] = enqueueRuns(lab, { overrides: ['experiment=quickstart', 'train/optimizer=vsgd', 'train.seed=3'], multirun: false });
    expect(figureData(lab, ask([...ids, more!.id], { hidden: ['SGD'] }))).toMatchObject({ curves: [{ name: 'VSGD (n = 2)', runs: 2 }] });
  });

  test('bars are final values; parallel coordinates have an axis for what differs, and the result', () => {
    const { lab, ids } = createLab();
    expect(figureData(lab, ask(ids, { kind: 'bars' }))).toMatchObject({ kind: 'bars', bars: [{ name: 'VSGD', count: 2, mean: expect.closeTo(0.81) as number }, { name: 'SGD' }] });
    const parallel = figureData(lab, ask(ids, { kind: 'parallel', by: 'run' }));
    if (parallel.kind !== 'parallel') throw new Error('not parallel');
    expect([parallel.axes[0], parallel.axes.at(-1)]).toMatchObject([{ label: 'optimizer', categories: ['SGD', 'VSGD'], values: [1, 1, 0, 0] }, { label: 'Test accuracy (%)', percent: true }]);
    expect(parallel.lines).toHaveLength(4);
  });

  test('axes whose keys end alike say more, and the optimizer stays where there are many', () => {
    const lab = openLab(scratchFolder());
    onTestFinished(() => lab.close());
    const made = enqueueRuns(lab, { overrides: ['experiment=quickstart', 'train/optimizer=vsgd,sgd', 'dataset.x_dim=32,40', 'model=convmixer,vgg', 'train.val_freq=5,10'], multirun: true });
    const parallel = figureData(lab, ask(made.map(({ id }) => id), { kind: 'parallel' }));
    const labels = parallel.kind === 'parallel' ? parallel.axes.map(({ label }) => label) : [];
    expect([labels[0], labels.at(-1), new Set(labels).size, labels.includes('val_freq')]).toEqual(['optimizer', 'Test accuracy (%)', labels.length, false]);
  });

  test('files of every format, and a clear word where a format cannot', async () => {
    const { lab, ids } = createLab();
    const figure = figureSchema.parse({});
    const make = async (format: 'svg' | 'pdf' | 'png' | 'tex' | 'csv' | 'json', kind: 'curves' | 'parallel' = 'curves') => Buffer.from(...Object.values((({ content, encoding }) => ({ content, encoding }))(await makeFigure(lab, { comparison: ask(ids, { kind }), figure, format }))) as [string, 'utf8']).toString('latin1').slice(0, 8);
    expect(await Promise.all((['svg', 'pdf', 'png', 'csv', 'json'] as const).map((format) => make(format)))).toEqual(['<svg xml', '%PDF-1.3', '\x89PNG\r\n\x1a\n', 'group,ru', '{"kind":']);
    await expect(make('tex', 'parallel')).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('take PDF') as string });
    expect(makeTable(lab, ask(ids), 'tex').content).toContain('VSGD & 2 & \\textbf{81.00 $\\pm$ 1.41}');
  });
});

describe('files for a paper', () => {
  test('several files are one archive with the same bytes every time; one is itself', async () => {
    const { lab, ids } = createLab();
    const request = { comparison: ask(ids), figure: figureSchema.parse({ counts: false, groups: [{ group: 'VSGD', name: 'Ours', color: '#123456' }], panels: ['test/loss'] }), files: [{ figure: 'svg' }, { figure: 'tex' }, { table: 'tex' }] as const };
    const [one, two] = [await makeFiles(lab, { ...request, files: [...request.files] }), await makeFiles(lab, { ...request, files: [...request.files] })];
    expect(one).toEqual(two);
    const files = unzipSync(Buffer.from(one.content, 'base64'));
    expect(Object.keys(files)).toEqual(['test-accuracy-curves.svg', 'test-accuracy-curves-pgfplots.tex', 'comparison.tex']);
    const svg = strFromU8(files['test-accuracy-curves.svg']!);
    expect(svg).toContain('aria-label="Ours"');
    expect(svg).toContain('#123456');
    expect(svg).toContain('aria-label="Test loss"');
    expect(svg).toContain('<desc>Test accuracy and Test loss, mean ± standard deviation over the runs of a group.');
    expect(strFromU8(files['test-accuracy-curves-pgfplots.tex']!)).toContain('\\addlegendentry{Ours}');
    expect((await makeFiles(lab, { ...request, files: [{ table: 'md' }] })).name).toBe('comparison.md');
  });
  test('columns are chosen by key; letters that pdflatex lacks are named', () => {
    const { lab, ids } = createLab();
    expect(makeTable(lab, ask(ids, { columns: ['final test loss'] }), 'md').content.split('\n')[0]).toMatch(/^\| group \| runs \| final test loss \|/);
    expect(() => makeTable(lab, ask(ids, { columns: ['nope'] }), 'md')).toThrow("The table has no column 'nope'.");
    lab.database.prepare('UPDATE runs SET name = ? WHERE id = ?').run('実験', ids[0]);
    expect(makeTable(lab, ask(ids, { by: 'run' }), 'tex')).toMatchObject({ unshown: '実験', content: expect.stringContaining('?? &') as string });
  });
});

describe('saved comparisons', () => {
  test('come back as they were, also after the database is gone, and give the same bytes', async () => {
    const { lab, ids } = createLab();
    const asked = { name: 'paper / Abb. 1', comparison: ask(ids.map((id) => id.slice(0, 36)), { band: 'ci95', charts: 'metrics' }), figure: figureSchema.parse({ width: 140 }) };
    const saved = saveComparison(lab, asked);
    const before = await makeFigure(lab, { ...saved, format: 'pdf' });
    const again = openLab(lab.home.root);
    onTestFinished(() => again.close());
    expect(listComparisons(again)).toEqual([{ version: 1, ...asked }]);
    expect(await makeFigure(again, { ...getComparison(again, 'paper / Abb. 1'), format: 'pdf' })).toEqual(before);
    expect(existsSync(join(lab.home.root, 'paper '))).toBe(false);
  });

  test('of before the layout of charts was kept have one chart', () => {
    const { lab, ids } = createLab();
    saveComparison(lab, { name: 'old', comparison: ask(ids, { charts: 'metrics' }), figure: figureSchema.parse({}) });
    const folder = join(lab.home.root, 'comparisons');
    const file = join(folder, readdirSync(folder)[0] as string);
    const { charts, ...comparison } = getComparison(lab, 'old').comparison;
    writeFileSync(file, JSON.stringify({ version: 1, name: 'old', comparison, figure: {} }));
    expect([charts, listComparisons(lab).map((one) => one.comparison)]).toEqual(['metrics', [ask(ids)]]);
  });

  test('tell which of their runs are left', () => {
    const { lab, ids } = createLab();
    const saved = saveComparison(lab, { name: 'paper', comparison: ask(ids, { hidden: [ids[0]!] }), figure: figureSchema.parse({}) });
    for (const id of ids.slice(0, 2)) { setState(lab.database, id, { state: 'stopped', reason: '' }); setTrashed(lab.database, id, true); }
    expect(presentRuns(lab, saved)).toEqual(ids.slice(2));
    const left = { ...saved.comparison, runs: ids.slice(2) };
    expect(() => checkComparison(lab, left, { metric: true, groups: false })).not.toThrow(); // names a run that is gone
    expect(() => presentRuns(lab, { ...saved, comparison: { ...left, runs: ids.slice(0, 2) } })).toThrow(/gone or in the trash/);
  });

  test('are replaced, forgotten, and told apart from what is not there', () => {
    const { lab, ids } = createLab();
    saveComparison(lab, { name: 'one', comparison: ask(ids), figure: figureSchema.parse({}) });
    saveComparison(lab, { name: 'one', comparison: ask(ids.slice(1)), figure: figureSchema.parse({}) });
    expect(getComparison(lab, 'one').comparison.runs).toHaveLength(3);
    expect(() => getComparison(lab, 'two')).toThrow(/Saved are: one/);
    expect(() => saveComparison(lab, { name: 'x', comparison: ask(['nosuch']), figure: figureSchema.parse({}) })).toThrow(/There is no run/);
    expect(removeComparison(lab, 'one').name).toBe('one');
    expect(listComparisons(lab)).toEqual([]);
    rmSync(join(lab.home.root, 'comparisons'), { recursive: true });
    expect(listComparisons(lab)).toEqual([]);
  });
});
