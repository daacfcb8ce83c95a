// The log of a run at work: its end stays in sight while it grows, until one scrolls up; the button goes back to it.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunSummary } from '#contract';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';

const small = ['model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8'];

describe.skipIf(chromiumPath === null)('the log of a run in Chromium (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  let id = '';
  let written = 0;
  beforeAll(async () => {
    app = await openBrowserLab();
    app.lab.lab('run', '--detach', 'experiment=quickstart', ...small, 'train.max_iter=1000000');
    [{ id }] = app.lab.json<[RunSummary]>('runs', 'list');
    write(200);
    await app.page.goto(`${app.address}/#/runs/${id}?tab=log`);
  }, 120_000);
  afterAll(() => app.close());

  const log = () => app.page.getByRole('group', { name: 'Log' });
  const follow = () => app.page.getByRole('button', { name: 'Follow' });
  /** As the trainer's output gets there: at the end of the file. */
  function write(lines: number): void {
    appendFileSync(join(app.lab.home, 'runs', id, 'log.txt'), Array.from({ length: lines }, () => `line ${++written}.\n`).join(''));
  }
  const arrived = () => log().getByText(`line ${written}.`).waitFor();
  const place = () => log().evaluate(({ scrollTop, scrollHeight, clientHeight }) => ({ top: scrollTop, below: Math.round(scrollHeight - clientHeight - scrollTop) }));
  const atEnd = () => expect.poll(async () => (await place()).below).toBe(0);

  test('its end is in sight, and stays so while the run writes', async () => {
    await app.page.locator('.facts').getByText('Running').waitFor();
    await arrived();
    await atEnd();
    const { top } = await place();
    write(100);
    await arrived();
    await atEnd();
    expect((await place()).top).toBeGreaterThan(top);
    expect(await follow().count()).toBe(0);
  });

  test('who scrolls up stays there while more comes, in a search too', async () => {
    await log().hover();
    await app.page.mouse.wheel(0, -600);
    await expect.poll(async () => (await place()).below).toBe(600);
    const before = await place();
    write(100);
    await arrived();
    expect((await place()).top).toBe(before.top);
    await app.page.getByLabel('Search the log').fill(`line ${written}`);
    await app.page.getByText(/^1 of \d+ lines$/).waitFor();
    await app.page.getByLabel('Search the log').fill('');
    await follow().waitFor();
  });

  test('the button goes to the end and follows again, and so does who scrolls there', async () => {
    const { page } = app;
    await follow().click();
    await atEnd();
    write(100);
    await arrived();
    await atEnd();
    await page.keyboard.press('Home'); // the button left the keys with the log
    await follow().waitFor();
    await page.keyboard.press('End');
    await follow().waitFor({ state: 'detached' });
    write(100);
    await arrived();
    await atEnd();
  });

  test('of a run that rests there is nothing to follow', async () => {
    const { page } = app;
    await page.keyboard.press('Home');
    await follow().waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.locator('.facts').getByText('Stopped').waitFor();
    await follow().waitFor({ state: 'detached' });
    expect(app.complaints).toEqual([]);
  });
});
