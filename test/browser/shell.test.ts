// What frames the views: a view that cannot be drawn leaves the rest, steps back and forward, what stays as it was left.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';

const small = ['experiment=quickstart', 'model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8', 'train.eval_test_freq=5', 'train.max_iter=10'];

describe.skipIf(chromiumPath === null)('the frame of the app in Chromium (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  beforeAll(async () => {
    app = await openBrowserLab();
    for (const name of ['alpha', 'beta']) app.lab.lab('run', '--name', name, ...small);
  }, 120_000);
  afterAll(() => app.close());
  const go = (hash: string) => app.page.goto(`${app.address}/${hash}`);

  /** Loads the table anew, with what the server tells of the runs changed on the way. */
  async function loadWith(change: (text: string) => string): Promise<void> {
    const { page } = app;
    await page.route(/runs\.list/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: change(await response.text()) });
    });
    await page.goto('about:blank');
    await go('#/runs?group=none');
    await page.unroute(/runs\.list/);
  }

  test('a tag that stands twice in an old run is no reason for a blank page', async () => {
    await loadWith((text) => text.replaceAll('"tags":[]', '"tags":["twice","twice"]'));
    await app.page.getByRole('link', { name: 'alpha' }).waitFor();
    await app.page.getByText('twice').first().waitFor();
  });

  test('a run that cannot be drawn is told, with a way on, and the rest of the app stands', async () => {
    const { page } = app;
    await loadWith((text) => text.replaceAll('"tags":[]', '"tags":null'));
    await page.getByRole('heading', { name: 'This view could not be shown' }).waitFor();
    await page.getByRole('link', { name: 'Data sets' }).click();
    await page.getByRole('heading', { name: 'Data sets' }).waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'Reload the page' }).click();
    await page.getByRole('link', { name: 'alpha' }).waitFor();
  });

  test('a lone % in the address, and a column named twice', async () => {
    await app.page.goto('about:blank');
    await go('#/runs/50%');
    await app.page.getByRole('heading', { name: 'Run not found' }).waitFor();
    await go('#/runs?cols=name,name,best');
    await expect.poll(() => app.page.getByRole('columnheader').count()).toBe(3);
  });

  test('a dialog is typed into at once, and Enter confirms', async () => {
    const { page } = app;
    await go('#/runs?group=none');
    await page.getByLabel('Select alpha').check();
    await page.getByRole('button', { name: 'Tag', exact: true }).click();
    await page.keyboard.type('kept');
    await page.keyboard.press('Enter');
    await page.getByRole('row', { name: /alpha/ }).getByText('kept').waitFor();
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.keyboard.type('gamma');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'gamma' }).waitFor();
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.keyboard.type('disk');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await page.getByRole('columnheader', { name: 'Disk' }).waitFor();
  });

  test('the page complained of nothing', () => {
    expect(app.complaints).toEqual([]);
  });
});
