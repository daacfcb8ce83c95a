// Figures and saved comparisons as a user makes them, over runs that were really trained: the preview is the file, names bring all of it back.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunSummary } from '#contract';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { trainSix } from '../helpers/sixRuns.ts';

const [pdfToText, pdfToPpm] = ['/usr/bin/pdftotext', '/usr/bin/pdftoppm'];

describe.skipIf(chromiumPath === null)('exported figures and saved comparisons in Chromium (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  beforeAll(async () => {
    app = await openBrowserLab();
    trainSix(app.lab);
    const ids = app.lab.json<RunSummary[]>('runs', 'list').map(({ id }) => id);
    await app.page.goto(`${app.address}/#/compare?runs=${ids.join(',')}`);
    await app.page.getByText('6 runs in 3 groups').waitFor();
  }, 300_000);
  afterAll(() => app.close());

  /** Clicks Save in the export sheet: one download, an archive; its files by their names. */
  async function save(): Promise<Map<string, Buffer>> {
    const [download] = await Promise.all([app.page.waitForEvent('download'), app.page.getByRole('button', { name: /^Save \d files \(zip\)$/ }).click()]);
    expect(download.suggestedFilename()).toBe('test-accuracy-curves.zip');
    return new Map(Object.entries(unzipSync(readFileSync(await download.path()))).map(([name, bytes]) => [name, Buffer.from(bytes)]));
  }

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
    const files = await save();
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

  test('limits, serif type, names of groups and panels are drawn as they are typed, and the command says them', async () => {
    const { page } = app;
    await page.getByRole('button', { name: 'Export' }).click();
    const sheet = page.getByRole('dialog', { name: 'Export' });
    const type = async (label: string, text: string) => {
      await sheet.getByLabel(label, { exact: true }).click();
      await page.keyboard.press('Control+A');
      await page.keyboard.type(text);
    };
    await type('y from', '20');
    await type('y to', '2');
    await sheet.getByText('y from must be less than y to.').waitFor();
    expect(await sheet.getByRole('button', { name: /^Save/ }).isDisabled()).toBe(true);
    await type('y to', '200');
    await type('y ticks', '20, 110, 200');
    await type('Name of VSGD in the figure', 'Ours');
    await sheet.getByRole('button', { name: 'Serif' }).click();
    await sheet.getByLabel('test/loss').click();
    for (const shown of ['110', 'Ours (n = 2)', 'Test loss']) await sheet.locator(`svg [aria-label="${shown}"]`).first().waitFor();
    await sheet.getByText(/--font serif .*--y-min 20 --y-max 200 --y-ticks 20,110,200 --rename VSGD=Ours --panel test\/loss/).waitFor();
    for (const label of ['y from', 'y to', 'y ticks', 'Name of VSGD in the figure']) await type(label, '\b');
    await sheet.getByRole('button', { name: 'Inter' }).click();
    await sheet.getByLabel('test/loss').click();
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'hidden' });
  });

  test('a saved comparison keeps its looks over a reload, is told apart when it changes, and its command names it', async () => {
    const { page } = app;
    await page.reload();
    await page.getByText('6 runs in 3 groups').waitFor();
    await page.getByRole('button', { name: 'Export' }).click();
    const sheet = page.getByRole('dialog', { name: 'Export' });
    await expect.poll(() => sheet.getByLabel('Title').inputValue()).toBe('Six <small> runs, β₁'); // the saved comparison comes after the page
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
