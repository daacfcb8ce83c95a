// Every view in both themes under axe-core: no violation of any weight; nothing on the console; nothing against the content policy.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunSummary } from '#contract';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const small = ['model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8', 'train.eval_test_freq=5', 'train.optimizer_log_freq=5', 'train.max_iter=15'];
type Found = { id: string; nodes: { html: string; failureSummary?: string }[] };

describe.skipIf(chromiumPath === null)('accessibility in Chromium (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  let ids: string[];
  beforeAll(async () => {
    app = await openBrowserLab();
    await check('empty', '#/runs');
    const outcome = app.lab.lab('run', '-m', 'experiment=quickstart', ...small, 'train/optimizer=vsgd,sgd', 'train.seed=1,2');
    expect(outcome.status, outcome.stderr).toBe(0);
    ids = app.lab.json<RunSummary[]>('runs', 'list').map(({ id }) => id);
  }, 300_000);
  afterAll(() => app.close());

  /** What axe finds in the page as it is, in light and dark. */
  async function violations(): Promise<string[]> {
    const found: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await app.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      // Through the debugger, past the page's policy, which allows no script of a test.
      await app.page.evaluate(axe);
      const results = await app.page.evaluate(async () => (await (globalThis as unknown as { axe: { run(): Promise<{ violations: Found[] }> } }).axe.run()).violations);
      found.push(...results.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${colorScheme} ${id}: ${html.slice(0, 160)} ${failureSummary?.split('\n')[1] ?? ''}`)));
    }
    return found;
  }
  async function check(name: string, hash: string, open?: () => Promise<unknown>): Promise<void> {
    const { page } = app;
    await page.goto(`${app.address}/${hash}`);
    await page.locator('main h1, main h2').first().waitFor();
    await open?.();
    await page.waitForLoadState('networkidle').catch(() => {}); // the socket stays open
    expect([name, await violations()]).toEqual([name, []]);
    await page.keyboard.press('Escape');
  }
  const click = (name: string) => () => app.page.getByRole('button', { name, exact: true }).first().click();

  test('the table of runs, its dialogs, the queue, the trash', async () => {
    await check('runs', '#/runs?fold=x', () => app.page.getByRole('table', { name: 'Runs' }).waitFor());
    await check('folded by nothing, selected', '#/runs?group=none', () => app.page.getByLabel('Select all').check());
    await check('nested', '#/runs', async () => { await app.page.getByRole('button', { name: /2 optimizers/ }).click(); await app.page.getByRole('button', { name: /^VSGD/ }).click(); });
    await check('a condition', '#/runs?where=seed>=1', click('Condition'));
    await check('columns', '#/runs?group=none&cols=name,config:train.optimizer.lr', click('Columns'));
    await check('a wrong filter', '#/runs?text=lr<x');
    await check('an empty queue', '#/runs?state=queue');
    app.lab.lab('run', '-m', '--detach', 'experiment=quickstart', ...small, 'train.max_iter=1000000', 'train.seed=5,6');
    await check('queue', '#/runs?state=queue', () => app.page.getByRole('button', { name: /× 2 seeds/ }).click());
    await app.page.getByRole('button', { name: 'Stop 2' }).click();
    await app.page.getByText('Nothing is at work').waitFor();
    await check('trash', '#/runs?state=trash');
  });

  test('a run, every tab', async () => {
    await check('run', `#/runs/${ids[0]}`, () => app.page.getByRole('tab').first().waitFor());
    const tabs = await app.page.getByRole('tab').allInnerTexts();
    expect(tabs.length).toBeGreaterThan(2);
    for (const tab of tabs) await check(tab, `#/runs/${ids[0]}`, () => app.page.getByRole('tab', { name: tab }).click());
    for (const id of ids) await check('optimizer', `#/runs/${id}?tab=optimizer`, () => app.page.getByRole('table', { name: 'By layer' }).waitFor());
    await check('one layer', `#/runs/${ids[0]}?tab=optimizer&layer=backbone.0.weight`, () => app.page.getByLabel('Layer', { exact: true }).waitFor());
  });

  test('pictures of a cell, a fork, a tag', async () => {
    const cell = () => app.page.getByRole('table', { name: 'Confusion matrix' }).getByRole('button').first();
    await check('a cell', `#/runs/${ids[0]}?tab=evaluation`, () => cell().click().then(() => app.page.getByRole('region', { name: 'Pictures of a cell' }).locator('img').first().waitFor()));
    await check('fork', `#/runs/${ids[0]}?tab=files`, click('Fork from here'));
    await check('tag', '#/runs?group=none', async () => {
      await app.page.getByLabel('Select all').check();
      await click('Tag')();
    });
  });

  test('comparison, its kinds, the export sheet', async () => {
    const runs = ids.join(',');
    for (const kind of ['', 'bars', 'parallel']) await check(`compare ${kind}`, `#/compare?runs=${runs}&kind=${kind}`, () => app.page.getByRole('table', { name: 'Statistics by group' }).waitFor());
    await check('single runs', `#/compare?runs=${runs}&by=run`, click('Axes settings'));
    await check('a chart per metric', `#/compare?runs=${runs}&charts=metrics`, () => app.page.getByRole('region', { name: 'test/loss' }).waitFor());
    await check('nothing to compare', '#/compare');
    await check('export', `#/compare?runs=${runs}`, async () => {
      await click('Export')();
      await app.page.getByRole('dialog').locator('svg path[aria-label]').first().waitFor();
    });
  });

  test('the form, data sets, engines, settings, palette, keys', async () => {
    await check('new run', '#/new');
    await check('data sets', '#/datasets', () => app.page.getByRole('heading', { name: 'Tiny ImageNet' }).waitFor());
    await check('a data set', '#/datasets/shapes', () => app.page.locator('.pictures img').first().waitFor());
    await check('a data set that is not here', '#/datasets/mnist', () => app.page.getByRole('table', { name: 'Files' }).waitFor());
    await check('engines', '#/engines', () => app.page.getByText('In use', { exact: true }).waitFor());
    await check('settings', '#/settings');
    await check('palette', '#/settings', () => app.page.keyboard.press('Control+k'));
    await check('keys', '#/engines', () => app.page.keyboard.press('?'));
  });

  test('narrow', async () => {
    await app.page.setViewportSize({ width: 900, height: 700 });
    for (const hash of ['#/runs', `#/runs/${ids[0]}`, `#/runs/${ids[0]}?tab=optimizer`, `#/compare?runs=${ids.join(',')}`, '#/new', '#/datasets']) await check(hash, hash);
    expect(await app.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });

  test('the page complained of nothing', () => {
    expect(app.complaints).toEqual([]);
  });
});
