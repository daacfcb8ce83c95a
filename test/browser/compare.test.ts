// Comparing and exporting as a user does it, over runs that were really trained: groups, bands, saved comparisons, files that are opened.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ComparisonTable, RunSummary } from '#contract';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const small = ['model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8', 'train.eval_test_freq=5', 'train.max_iter=20'];
const [pdfToText, pdfToPpm] = ['/usr/bin/pdftotext', '/usr/bin/pdftoppm'];

describe.skipIf(chromiumPath === null)('comparisons in Chromium (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  beforeAll(async () => {
    app = await openBrowserLab();
    const outcome = app.lab.lab('run', '-m', 'experiment=quickstart', ...small, 'train/optimizer=vsgd,adam,sgd', 'train.seed=1,2');
    expect(outcome.status, outcome.stderr).toBe(0);
  }, 300_000);
  afterAll(() => app.close());

  /** Clicks Save in the export sheet and returns the files by their names. */
  async function save(count: number): Promise<Map<string, Buffer>> {
    const files = new Map<string, Buffer>();
    const all = new Promise<void>((resolve) => {
      const take = async (download: { suggestedFilename(): string; path(): Promise<string> }) => {
        files.set(download.suggestedFilename(), readFileSync(await download.path()));
        if (files.size === count) resolve();
      };
      app.page.on('download', (download) => void take(download));
    });
    await app.page.getByRole('button', { name: /^Save \d files?$/ }).click();
    await all;
    app.page.removeAllListeners('download');
    return files;
  }

  test('runs chosen in the table are compared by optimizer, with the difference by seed', async () => {
    const { page } = app;
    await page.getByLabel('Select all').check();
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByText('6 runs in 3 groups').waitFor();
    const rows = page.getByRole('table', { name: 'Statistics by group' });
    await rows.getByRole('cell', { name: 'VSGD', exact: true }).waitFor();
    const shown = await rows.locator('tbody tr').first().innerText();
    const made = app.lab.json<ComparisonTable>('compare', ...app.lab.json<RunSummary[]>('runs', 'list').map(({ id }) => id));
    expect(shown).toContain(`${(100 * (made.rows[0]?.cells[0]?.mean as number)).toFixed(2)} %`);
    await page.getByLabel('Baseline').selectOption('SGD');
    await page.getByRole('group', { name: 'Band' }).getByRole('button', { name: '95 %' }).click();
    await page.getByRole('button', { name: 'Target settings' }).click();
    await page.getByRole('textbox', { name: 'Target' }).fill('0.01');
    await page.getByRole('textbox', { name: 'Target' }).blur();
    await rows.getByRole('columnheader', { name: /Steps to 1 %/ }).waitFor();
    await page.reload();
    await rows.getByRole('columnheader', { name: /Steps to 1 %/ }).waitFor();
    expect(await page.getByRole('button', { name: '95 %' }).getAttribute('aria-pressed')).toBe('true');
    await rows.getByRole('img', { name: /by seed: [+−].*, [+−]/ }).first().waitFor();
    expect(await rows.locator('tr', { hasText: 'baseline' }).innerText()).toContain('SGD');
  });

  test('groups are hidden, shown alone, unfolded to runs that lead to their pages', async () => {
    const { page } = app;
    const key = page.locator('.legend .key');
    const groups = page.getByRole('region', { name: 'Groups' });
    await expect.poll(() => key.count()).toBe(3);
    await groups.getByRole('button', { name: 'Show Adam' }).click();
    await expect.poll(() => key.allInnerTexts()).toEqual(['VSGD (2)', 'SGD (2)']);
    await groups.getByRole('button', { name: 'Only SGD' }).click();
    await expect.poll(() => key.allInnerTexts()).toEqual(['SGD (2)']);
    await groups.getByRole('button', { name: 'Only SGD' }).click();
    await expect.poll(() => key.count()).toBe(3);
    await groups.getByRole('button', { name: /^SGD/ }).click();
    await groups.getByRole('button', { name: /^Show .* sgd seed 2$/ }).click();
    await expect.poll(() => key.allInnerTexts()).toEqual(['VSGD (2)', 'Adam (2)', 'SGD']);
    await groups.getByRole('button', { name: /^Only .* sgd seed 2$/ }).click();
    await expect.poll(() => key.allInnerTexts()).toEqual(['SGD']);
    await groups.getByRole('button', { name: /^Only .* sgd seed 2$/ }).click();
    await groups.getByRole('button', { name: /^Take .* sgd seed 2 out$/ }).click();
    await page.getByText('5 runs in 3 groups').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('6 runs in 3 groups').waitFor();
    for (const name of ['VSGD', 'Adam', 'SGD']) await groups.getByRole('button', { name: `Show ${name}`, exact: true }).click();
    await page.getByText('Everything is hidden.').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await expect.poll(() => key.count()).toBe(3);
    await groups.getByRole('link', { name: 'seed 2' }).last().click();
    await page.waitForURL(/#\/runs\//);
    await page.goBack();
    await page.getByRole('group', { name: 'Charts' }).getByRole('button', { name: 'Per metric' }).click();
    await page.getByRole('region', { name: 'test/loss' }).locator('canvas').waitFor();
    await page.getByRole('group', { name: 'Charts' }).getByRole('button', { name: 'One chart' }).click();
  });

  test('single runs have names and looks of their own; their curve leads to the run; x by epochs', async () => {
    const { page } = app;
    await page.getByLabel('Group by').selectOption('run');
    const key = page.locator('.legend .key');
    await expect.poll(() => key.count()).toBe(6);
    expect(new Set(await key.allInnerTexts()).size).toBe(6);
    expect(new Set(await key.evaluateAll((keys) => keys.map((one) => one.getAttribute('style')))).size).toBe(6);
    await page.getByRole('button', { name: 'Axes settings' }).click();
    await page.getByRole('group', { name: 'Horizontal axis' }).getByRole('button', { name: 'Epochs' }).click();
    const canvas = page.locator('.mid canvas');
    const { x, y, width, height } = (await canvas.boundingBox())!;
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.locator('.tip').waitFor();
    const values = (await page.locator('.tip .line').allInnerTexts()).map((text) => Number(/([\d.]+) %/.exec(text)?.[1]));
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(await page.locator('.tip .near').count()).toBe(1);
    expect(await page.locator('.tip').innerText()).toContain('Epoch');
    for (let at = 0.02; at < 1 && !page.url().includes('#/runs/'); at += 0.02) await page.mouse.click(x + width / 2, y + at * height);
    await page.waitForURL(/#\/runs\//);
    await page.goBack();
    await page.getByRole('group', { name: 'Horizontal axis' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Axes settings' }).click();
    await page.getByRole('button', { name: 'Steps' }).click();
    await page.getByLabel('Group by').selectOption('');
    await page.locator('.key', { hasText: 'Adam (2)' }).waitFor();
  });

  test('on a narrow window nothing is cut off, and the groups fold away', async () => {
    const { page } = app;
    await page.setViewportSize({ width: 900, height: 700 });
    const sticksOut = () => page.evaluate(() => [...document.querySelectorAll('.head > *, .bar-of-chart > *, .mid th, .strip > *')].filter((one) => { const { right, width } = one.getBoundingClientRect(); return width > 0 && right > innerWidth + 0.5; }).length);
    expect(await sticksOut()).toBe(0);
    for (const name of ['Add runs', 'Copy table']) expect([name, await page.getByRole('button', { name, exact: true }).isVisible()]).toEqual([name, true]);
    const groups = page.getByRole('region', { name: 'Groups' });
    expect(await groups.isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Groups' }).click();
    await groups.getByRole('button', { name: 'Show Adam' }).waitFor();
    await page.keyboard.press('Escape');
    expect(await groups.isVisible()).toBe(false);
    await page.setViewportSize({ width: 1440, height: 900 });
    expect(await sticksOut()).toBe(0);
  });

  test('single runs of one name are told apart; a group is shown alone, and all again; values under the pointer are told, largest first', async () => {
    const { page } = app;
    await page.getByLabel('Group by').selectOption('run');
    await expect.poll(() => page.locator('.legend .key').count()).toBe(6);
    await page.getByLabel('Group by').selectOption('');
    await page.getByRole('button', { name: 'Only Adam' }).click();
    await expect.poll(() => page.locator('.legend .key').allInnerTexts()).toEqual(['Adam (2)']);
    await page.getByRole('button', { name: 'Only Adam' }).click();
    await expect.poll(() => page.locator('.legend .key').count()).toBe(3);
    const canvas = page.getByRole('region', { name: 'test/accuracy' }).locator('canvas');
    const { x, y, width, height } = (await canvas.boundingBox())!;
    await page.mouse.move(x + width / 2, y + height / 2);
    const told = await page.locator('.tip .line').allInnerTexts();
    const values = told.map((text) => Number(/([\d.]+) %/.exec(text)?.[1]));
    expect([told.length, values.toSorted((a, b) => b - a)]).toEqual([3, values]);
    expect(await page.locator('.tip .near').count()).toBe(1);
    await page.mouse.move(0, 0);
    const differing = page.getByRole('table', { name: 'Where the configurations differ' });
    expect(await differing.getByRole('row', { name: /momentum/ }).locator('td').allInnerTexts()).toHaveLength(4); // the key, and a value for each group
  });

  test('bars and parallel coordinates are the figures that go on paper', async () => {
    const { page } = app;
    await page.getByRole('button', { name: 'Bars' }).click();
    await page.getByRole('img', { name: 'bars of test/accuracy' }).locator('svg [aria-label="VSGD"]').first().waitFor();
    await page.locator('.paper .value').first().hover({ position: { x: 3, y: 3 } }); // beside the whisker
    await page.locator('.tip', { hasText: 'VSGD' }).getByText('2 runs').waitFor();
    const paper = () => page.locator('.paper svg > rect').evaluate((rect) => getComputedStyle(rect).fill);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await paper()).toBe('rgb(20, 20, 23)');
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await paper()).toBe('rgb(255, 255, 255)');
    await page.getByRole('button', { name: 'Parallel' }).click();
    await page.getByRole('img', { name: 'parallel of test/accuracy' }).locator('svg [aria-label="optimizer"]').first().waitFor();
    await page.goBack();
    await page.goForward();
    await page.getByRole('button', { name: 'Curves' }).click();
    await page.locator('.key', { hasText: 'Adam (2)' }).waitFor();
  });

  test('the preview is the file: SVG and PDF through the sheet, the same bytes by the command line from the saved comparison', async () => {
    const { page } = app;
    await page.getByRole('button', { name: 'Export' }).click();
    const sheet = page.getByRole('dialog', { name: 'Export' });
    await sheet.getByRole('button', { name: 'NeurIPS' }).click();
    await sheet.getByLabel('Title').fill('Six <small> runs, β₁ 字');
    await sheet.getByText(/has no 字/).waitFor();
    await sheet.getByLabel('Title').fill('Six <small> runs, β₁');
    await sheet.getByText(/has no/).waitFor({ state: 'detached' });
    await sheet.locator('svg [aria-label="Six <small> runs, β₁"]').first().waitFor();
    await sheet.getByText('140 × 78 mm').waitFor();
    for (const name of ['CSV', 'LaTeX table', 'pgfplots']) await sheet.getByLabel(name).check();
    const files = await save(5);
    expect([...files.keys()].sort()).toEqual(['comparison.tex', 'test-accuracy-curves-pgfplots.tex', 'test-accuracy-curves.csv', 'test-accuracy-curves.pdf', 'test-accuracy-curves.svg']);
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'hidden' });

    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByLabel('Name').fill('for the paper');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'for the paper' }).waitFor();
    const folder = scratchFolder();
    for (const [ending, saved] of [['svg', 'test-accuracy-curves.svg'], ['pdf', 'test-accuracy-curves.pdf'], ['csv', 'test-accuracy-curves.csv'], ['tex', 'test-accuracy-curves-pgfplots.tex']] as const) {
      const file = join(folder, `figure.${ending}`);
      const outcome = app.lab.lab('compare', '--saved', 'for the paper', '--out', file);
      expect([outcome.status, outcome.stderr]).toEqual([0, expect.stringContaining('Wrote') as string]);
      expect([ending, readFileSync(file).equals(files.get(saved) as Buffer)]).toEqual([ending, true]);
    }
    if (existsSync(pdfToText)) {
      const words = execFileSync(pdfToText, [join(folder, 'figure.pdf'), '-'], { encoding: 'utf8' });
      for (const word of ['Six <small> runs, β1', 'VSGD (n = 2)', 'Adam (n = 2)', 'SGD (n = 2)', 'Test accuracy (%)', 'Step']) expect(words).toContain(word);
    }
    if (existsSync(pdfToPpm)) { // the page as a printer would see it: white paper, the colors of three optimizers
      execFileSync(pdfToPpm, ['-r', '150', '-png', '-singlefile', join(folder, 'figure.pdf'), join(folder, 'page')]);
      const { data, info } = await sharp(join(folder, 'page.png')).removeAlpha().raw().toBuffer({ resolveWithObject: true });
      expect([info.width, info.height].map((pixels) => Math.round((pixels / 150) * 25.4))).toEqual([140, 78]);
      const seen = new Map<string, number>();
      for (let at = 0; at < data.length; at += 3) { const color = data.subarray(at, at + 3).toString('hex'); seen.set(color, (seen.get(color) ?? 0) + 1); }
      for (const color of ['d55e00', '0072b2', '009e73']) expect([color, (seen.get(color) ?? 0) > 20]).toEqual([color, true]);
      expect((seen.get('ffffff') ?? 0) / (data.length / 3)).toBeGreaterThan(0.5);
    }
    const other = await page.context().newPage();
    await other.setContent(readFileSync(join(folder, 'figure.svg'), 'utf8'));
    expect(await other.locator('svg').evaluate((svg) => svg.getBoundingClientRect().width)).toBeCloseTo((140 / 25.4) * 96, 0);
    await other.close();
  });

  test('a saved comparison keeps its looks over a reload, is told apart when it changes, and its command names it', async () => {
    const { page } = app;
    await page.reload();
    await page.getByText('6 runs in 3 groups').waitFor();
    await page.getByRole('button', { name: 'Export' }).click();
    const sheet = page.getByRole('dialog', { name: 'Export' });
    expect(await sheet.getByLabel('Title').inputValue()).toBe('Six <small> runs, β₁');
    await sheet.getByText(/^vsgd-lab compare --saved 'for the paper' --out/).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('group', { name: 'Band' }).getByRole('button', { name: '± se' }).click();
    await page.getByText('Changed since saved').waitFor();
    await page.getByRole('region', { name: 'Saved comparisons' }).getByRole('button', { name: 'for the paper', exact: true }).click();
    await page.getByText('Changed since saved').waitFor({ state: 'detached' });
  });

  test('a saved comparison is opened again, forgotten, and taken back', async () => {
    const { page } = app;
    await page.goto(`${app.address}/#/compare`);
    const saved = page.getByRole('region', { name: 'Saved comparisons' });
    await saved.getByRole('button', { name: 'for the paper', exact: true }).click();
    await page.getByText('6 runs in 3 groups').waitFor();
    await page.getByRole('button', { name: 'Forget' }).click();
    await saved.getByText('None yet').waitFor(); // Undo is offered for 10 s: no command line in between
    await page.getByRole('button', { name: 'Undo' }).click();
    await saved.getByRole('button', { name: 'for the paper', exact: true }).waitFor();
    await expect.poll(() => app.lab.json<object[]>('compare', '--list').length).toBe(1);
  });

  test('a comparison saved with a chart per metric opens with one, and the others without', async () => {
    const { page } = app;
    const layout = page.getByRole('group', { name: 'Charts' });
    const pressed = (name: string) => layout.getByRole('button', { name, pressed: true }).waitFor();
    const saved = page.getByRole('region', { name: 'Saved comparisons' });
    await page.goto(`${app.address}/#/compare`);
    await saved.getByRole('button', { name: 'for the paper', exact: true }).click();
    await layout.getByRole('button', { name: 'Per metric' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByLabel('Name').fill('each metric');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'each metric' }).waitFor();
    await pressed('Per metric');
    await saved.getByRole('button', { name: 'for the paper', exact: true }).click();
    await pressed('One chart');
    await saved.getByRole('button', { name: 'each metric', exact: true }).click();
    await pressed('Per metric');
    await page.getByRole('region', { name: 'test/loss' }).locator('canvas').waitFor();
    expect(app.lab.json<{ name: string; comparison: { charts: string } }[]>('compare', '--list').map(({ name, comparison }) => [name, comparison.charts])).toEqual([['each metric', 'metrics'], ['for the paper', 'one']]);
  });

  test('the command line says what is wrong with it', () => {
    const told = (...args: string[]) => { const { status, stderr } = app.lab.lab('compare', ...args); return [status !== 0, stderr]; };
    const [run] = app.lab.json<RunSummary[]>('runs', 'list');
    expect(told()).toEqual([true, expect.stringContaining('--saved NAME') as string]);
    expect(told('--saved', 'for the papr')).toEqual([true, expect.stringMatching(/no saved comparison.*for the paper/) as string]);
    expect(told(run!.id, '--out', 'x.gif')).toEqual([true, expect.stringContaining('.svg, .pdf, .png') as string]);
    expect(told(run!.id, '--width', '5')).toEqual([true, expect.stringContaining('width') as string]);
  });

  test('the page complained of nothing', () => {
    expect(app.complaints).toEqual([]);
  });
});
