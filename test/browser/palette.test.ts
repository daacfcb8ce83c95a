// The palette, the keys, the settings: everything by keyboard.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunSummary } from '#contract';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';

const small = ['model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8'];

describe.skipIf(chromiumPath === null)('keys and settings in Chromium (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  beforeAll(async () => { app = await openBrowserLab(); }, 120_000);
  afterAll(() => app.close());
  const running = () => app.lab.json<RunSummary[]>('runs', 'list').filter(({ state }) => state === 'running').length;

  test('keys go to views; ? lists them; the filter takes the focus', async () => {
    const { page } = app;
    for (const [keys, title] of [['gd', 'Data sets'], ['ge', 'Engines'], ['gs', 'Settings'], ['gc', 'Compare'], ['gn', 'New run']] as const) {
      await page.keyboard.press('Escape');
      await page.locator('#main').focus();
      for (const key of keys) await page.keyboard.press(key);
      await page.getByRole('heading', { name: title, level: 1 }).waitFor();
      await expect.poll(() => page.title()).toContain(title);
    }
    await page.locator('#main').focus();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).getByText('Command palette').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'hidden' });
  });

  test('a changed number of slots works at once', async () => {
    const { page } = app;
    for (const seed of [1, 2]) app.lab.lab('run', '--detach', '--name', `long ${seed}`, 'experiment=quickstart', ...small, 'train.max_iter=1000000', `train.seed=${seed}`);
    await expect.poll(running, { timeout: 90_000 }).toBe(1);
    await page.goto(`${app.address}/#/settings`);
    await page.getByLabel('Runs at the same time').fill('2');
    await page.getByLabel('Runs at the same time').blur();
    await page.getByText('Saved', { exact: true }).waitFor();
    await expect.poll(running, { timeout: 90_000 }).toBe(2);
  });

  test('a pointer that rests where the list appears chooses nothing; one that moves does', async () => {
    const { page } = app;
    await page.keyboard.press('Control+k');
    await page.getByLabel('Command', { exact: true }).fill('theme');
    const other = page.getByRole('option', { name: /Theme: light/ });
    const chosen = () => page.getByRole('option', { selected: true }).innerText();
    const first = await chosen();
    expect(first).not.toContain('light');
    await other.dispatchEvent('mousemove', { movementX: 0, movementY: 0, bubbles: true });
    expect(await chosen()).toBe(first);
    await other.dispatchEvent('mousemove', { movementX: 2, movementY: 0, bubbles: true });
    await expect.poll(chosen).toContain('light');
    await page.keyboard.press('Escape');
  });

  test('the palette opens again however soon after Escape, and gives the focus back', async () => {
    const { page } = app;
    await page.getByLabel('Runs at the same time').focus();
    for (let time = 0; time < 10; time++) {
      await page.keyboard.press('Control+k');
      await page.getByLabel('Command', { exact: true }).fill('theme', { timeout: 10_000 });
      await page.keyboard.press('Escape');
    }
    await page.keyboard.press('Control+k');
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await page.getByLabel('Runs at the same time').evaluate((field) => field === document.activeElement)).toBe(true);
  });

  test('the palette finds a run by a few letters and does things to it', async () => {
    const { page } = app;
    await page.keyboard.press('Control+k');
    await page.getByLabel('Command', { exact: true }).fill('stop lng 2');
    await page.getByRole('option', { name: /Stop long 2/ }).waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(running, { timeout: 90_000 }).toBe(1);
    await page.keyboard.press('Control+k');
    await page.getByLabel('Command', { exact: true }).fill('theme dark');
    await page.keyboard.press('Enter');
    await page.reload();
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    await page.getByRole('heading', { level: 1 }).waitFor(); // keys are heard once the page stands
    await page.keyboard.press('Control+k');
    await page.getByLabel('Command', { exact: true }).fill('open long 1');
    await page.getByRole('option', { name: /Open long 1/, selected: true }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.locator('.facts').getByText('Running').waitFor({ timeout: 90_000 });
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.locator('.facts').getByText('Stopped').waitFor();
  });

  test('a run that ends while nobody sees the page is told by a notification, once that is allowed', async () => {
    const { page } = app;
    const other = await page.context().newPage();
    await page.context().grantPermissions(['notifications'], { origin: app.address });
    await other.addInitScript(`globalThis.told = [];
      globalThis.Notification = class { static permission = 'default'; static async requestPermission() { this.permission = 'granted'; return 'granted'; } constructor(title, { body }) { globalThis.told.push(title + ': ' + body); } };
      Object.defineProperty(document, 'hidden', { get: () => true });`);
    await other.goto(`${app.address}/#/settings`);
    await other.getByRole('button', { name: 'Allow notifications' }).click();
    await other.getByText('On', { exact: true }).waitFor();
    app.lab.lab('run', '--detach', '--name', 'unseen', 'experiment=quickstart', 'model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8', 'train.eval_test_freq=5', 'train.max_iter=20');
    await expect.poll(() => other.evaluate('globalThis.told')).toEqual([expect.stringMatching(/^Run finished: unseen: best test accuracy \d+\.\d\d %$/)]);
    await other.close();
  });

  test('the page complained of nothing', () => {
    expect(app.complaints).toEqual([]);
  });
});
