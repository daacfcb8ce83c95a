// Comparing as a user does it, over runs that were really trained: groups, bands, kinds of charts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ComparisonTable, RunSummary } from '#contract';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';
import { trainSix } from '../helpers/sixRuns.ts';

describe.skipIf(chromiumPath === null)('comparisons in Chromium (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  beforeAll(async () => {
    app = await openBrowserLab();
    trainSix(app.lab);
  }, 300_000);
  afterAll(() => app.close());

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

  test('the page complained of nothing', () => {
    expect(app.complaints).toEqual([]);
  });
});
