// Seeds of one configuration in the queue, as a user meets them: a row for all, moved, taken out and stopped together, or unfolded one by one.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunSummary } from '#contract';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';

const small = ['experiment=quickstart', 'model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8'];
const endless = 'train.max_iter=1000000';

describe.skipIf(chromiumPath === null)('seeds in the queue in Chromium (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  beforeAll(async () => {
    app = await openBrowserLab();
    app.lab.lab('run', '--detach', '--name', 'before', ...small, endless);
    app.lab.lab('run', '--detach', '-m', '--name', 'seeds', ...small, endless, 'train/optimizer=vsgd,sgd', 'train.seed=1,2,3');
    app.lab.lab('run', '--detach', '--name', 'alone', ...small, 'train.max_iter=5');
    await app.page.goto(`${app.address}/#/runs?state=queue`);
  }, 120_000);
  afterAll(() => app.close());

  const queue = () => app.page.getByRole('table', { name: 'Queue' });
  const row = (name: RegExp) => queue().getByRole('row', { name });
  const vsgd = () => row(/\(vsgd\) × \d seeds/);
  const sgd = () => row(/\(sgd\) × \d seeds/);
  /** Names and places, from top to bottom. */
  const rows = () => queue().locator('tbody tr').evaluateAll((all) => all.map((one) => [...one.querySelectorAll('td')].filter((_, column) => column === 1 || column === 4).map((cell) => cell.innerText.trim().replaceAll(/\s+/g, ' ')).join(' @ ').trim()));
  const states = (name: string) => app.lab.json<RunSummary[]>('runs', 'list').filter((run) => run.name.startsWith(name)).map(({ state }) => state);

  test('they are one row, with how many are in which state, and move as one', async () => {
    const { page } = app;
    await row(/before/).getByText('Running').waitFor();
    await expect.poll(rows).toEqual(['before @', 'seeds (vsgd) × 3 seeds @ 1–3', 'seeds (sgd) × 3 seeds @ 4–6', 'alone @ 7']);
    await vsgd().getByText('Queued', { exact: true }).waitFor();
    expect(await page.getByText(/^\d+ of 8$/).count()).toBe(0); // no filter is at work
    for (const name of ['Condition', 'Columns']) expect(await page.getByRole('button', { name }).count()).toBe(0);
    expect(await page.getByLabel('Filter', { exact: true }).count()).toBe(0);
    await page.getByRole('button', { name: 'Move alone up' }).click();
    await expect.poll(rows).toEqual(['before @', 'seeds (vsgd) × 3 seeds @ 1–3', 'alone @ 4', 'seeds (sgd) × 3 seeds @ 5–7']);
    await vsgd().getByRole('button', { name: 'Move seeds (vsgd) down' }).click();
    await expect.poll(rows).toEqual(['before @', 'alone @ 1', 'seeds (vsgd) × 3 seeds @ 2–4', 'seeds (sgd) × 3 seeds @ 5–7']);
    await sgd().dragTo(vsgd());
    await expect.poll(rows).toEqual(['before @', 'alone @ 1', 'seeds (sgd) × 3 seeds @ 2–4', 'seeds (vsgd) × 3 seeds @ 5–7']);
    await sgd().getByRole('button', { name: /^Move seeds .* down$/ }).click();
    await expect.poll(rows).toEqual(['before @', 'alone @ 1', 'seeds (vsgd) × 3 seeds @ 2–4', 'seeds (sgd) × 3 seeds @ 5–7']);
  });

  test('by keyboard a row is moved again and again: its button keeps the focus, and at the end the other one has it', async () => {
    const { page } = app;
    const place = async () => (await rows()).find((row) => row.startsWith('alone'));
    await page.getByRole('button', { name: 'Move alone down' }).focus();
    for (const wanted of ['alone @ 4', 'alone @ 7', 'alone @ 4', 'alone @ 1']) {
      await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toMatch(/^Move alone/);
      await page.keyboard.press('Enter');
      await expect.poll(place).toBe(wanted);
    }
  });

  test('the palette tells them apart', async () => {
    const { page } = app;
    await page.keyboard.press('Control+k');
    await page.getByLabel('Command', { exact: true }).fill('open seeds sgd');
    await expect.poll(() => page.getByRole('option', { name: /^Open seeds/ }).allInnerTexts()).toEqual(expect.arrayContaining([1, 2, 3].map((seed) => expect.stringContaining(`Open seeds (sgd, seed ${seed})`) as string)));
    expect(await page.getByRole('option', { name: /^Open before/ }).count()).toBe(0);
    await page.keyboard.press('Escape');
  });

  test('the row unfolds by keyboard to its runs, which are moved and taken out one by one', async () => {
    const { page } = app;
    await vsgd().getByRole('button', { expanded: false }).focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(rows).toEqual(['before @', 'alone @ 1', 'seeds (vsgd) × 3 seeds @ 2–4', 'seed 1 @ 2', 'seed 2 @ 3', 'seed 3 @ 4', 'seeds (sgd) × 3 seeds @ 5–7']);
    await page.getByRole('button', { name: 'Move seeds (vsgd), seed 3 up' }).click();
    await expect.poll(async () => (await rows()).slice(3, 6)).toEqual(['seed 1 @ 2', 'seed 3 @ 3', 'seed 2 @ 4']);
    await row(/seed 2/).getByRole('button', { name: 'Take out' }).click();
    await expect.poll(async () => (await rows()).slice(2)).toEqual(['seeds (vsgd) × 2 seeds @ 2–3', 'seed 1 @ 2', 'seed 3 @ 3', 'seeds (sgd) × 3 seeds @ 4–6']);
    await page.keyboard.press('Escape');
    await vsgd().getByRole('button', { expanded: true }).click();
    await expect.poll(async () => (await rows()).length).toBe(4);
  });

  test('all are taken out at once, and come back by Undo', async () => {
    const { page } = app;
    await sgd().getByRole('button', { name: 'Take out 3' }).click();
    await expect.poll(async () => (await rows()).length).toBe(3);
    await page.locator('.notice', { hasText: 'Removed from the queue: 3 runs.' }).getByRole('button', { name: 'Undo' }).click();
    await expect.poll(rows).toEqual(['before @', 'alone @ 1', 'seeds (vsgd) × 2 seeds @ 2–3', 'seeds (sgd) × 3 seeds @ 4–6']);
  });

  test('while one trains the others wait in its row; all are paused, all are stopped', async () => {
    const { page } = app;
    await row(/before/).getByRole('button', { name: 'Stop' }).click();
    await vsgd().getByText('1 running, 1 queued').waitFor();
    await vsgd().getByRole('button', { name: 'Pause 2' }).click();
    await sgd().getByText('1 running, 2 queued').waitFor();
    expect(await vsgd().count()).toBe(0);
    await sgd().getByRole('button', { name: 'Stop 3' }).click();
    await page.getByText('Nothing is at work and nothing waits.').waitFor();
    expect(states('alone')).toEqual(['finished']);
    expect(states('seeds').toSorted()).toEqual(['paused', 'paused', 'stopped', 'stopped', 'stopped', 'stopped']);
    expect(app.complaints).toEqual([]);
  });
});
