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
    const told = page.waitForResponse(/runs\.list/);
    await go('#/runs?group=none');
    await told;
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
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('columnheader', { name: 'Disk' }).waitFor();
  });

  test('back goes from tab to tab and from list to list, and finds the table as it was left', async () => {
    const { page } = app;
    await page.setViewportSize({ width: 1440, height: 260 });
    app.lab.lab('run', '--detach', '-m', '--name', 'many', ...small, 'train.seed=range(1,13)');
    await go('#/runs?group=none&sort=name');
    await page.keyboard.press('Escape');
    await page.getByLabel('Select beta').check();
    const view = page.locator('.view');
    await view.evaluate((box) => { box.scrollTop = 96; });
    await expect.poll(() => view.evaluate((box) => box.scrollTop)).toBe(96);
    await page.getByRole('link', { name: 'many' }).nth(4).dispatchEvent('click'); // a click of the pointer would scroll first
    await page.getByRole('tab', { name: 'Log' }).click();
    await page.getByRole('tab', { name: 'Files' }).click();
    await page.goBack();
    await page.getByRole('tab', { name: 'Log', selected: true }).waitFor();
    await page.goBack();
    await page.getByRole('tab', { name: 'Curves', selected: true }).waitFor();
    await page.goBack();
    await expect.poll(() => view.evaluate((box) => box.scrollTop)).toBe(96);
    await page.getByText('1 run', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Finished' }).click();
    await page.goBack();
    await page.getByRole('button', { name: 'All', exact: true, pressed: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test('Runs leads to the table as it was left, then to all of them; columns and pins outlast the page', async () => {
    const { page } = app;
    await go('#/runs?group=none&state=finished&sort=name');
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('button', { name: 'Remove Model' }).click();
    await page.getByRole('button', { name: 'Done' }).click();
    const left = page.url();
    await page.getByRole('link', { name: 'Data sets' }).click();
    await page.getByRole('heading', { name: 'Data sets' }).waitFor();
    const toRuns = page.getByRole('navigation').getByRole('link', { name: /^Runs/ });
    await toRuns.click();
    await page.waitForURL(left);
    await toRuns.click();
    await page.waitForURL((url) => !url.hash.includes('state=') && url.hash.includes('sort=name') && url.hash.includes('group=none'));
    await page.getByLabel('Select beta').check();
    await page.getByRole('button', { name: 'Pin', exact: true }).click();
    await page.goto('about:blank');
    await go('');
    await page.locator('tbody tr').first().getByText('pinned').waitFor();
    expect(await page.getByRole('columnheader', { name: 'Model' }).count()).toBe(0);
  });

  test('a filter without fits is cleared, and comes back by Undo', async () => {
    const { page } = app;
    await go('#/runs?group=none&text=nothing&where=seed>1');
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await page.getByRole('link', { name: 'beta' }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('No runs match this filter.').waitFor();
    expect(await page.locator('.chip').allInnerTexts()).toHaveLength(2);
  });

  test('a copy of what is shown in short is exact, of a cell and of rows', async () => {
    const { page } = app;
    await go('#/runs?group=none&cols=name,best,last:train/loss&sort=name');
    const cells = page.getByRole('row', { name: /beta/ }).getByRole('cell');
    await expect.poll(async () => (await cells.allInnerTexts())[2]).toMatch(/^\d+\.\d\d %$/);
    const copied = (from: number, to: number) => page.evaluate(([start, end]) => {
      const row = [...document.querySelectorAll('tbody tr')].find(({ textContent }) => textContent.includes('beta'))!;
      getSelection()!.setBaseAndExtent(row.children[start!]!, 0, row.children[end!]!, row.children[end!]!.childNodes.length);
      const event = new ClipboardEvent('copy', { bubbles: true, cancelable: true, clipboardData: new DataTransfer() });
      row.dispatchEvent(event);
      return event.clipboardData!.getData('text/plain').split('\t');
    }, [from, to]);
    const { best, loss } = await page.evaluate(() => { const row = [...document.querySelectorAll('tbody tr')].find(({ textContent }) => textContent.includes('beta'))!; return { best: row.children[2]!.getAttribute('title')!.split(/[ :]/)[0], loss: row.children[3]!.getAttribute('title') }; });
    expect(await copied(2, 2)).toEqual([best]);
    expect(await copied(1, 3)).toEqual(['beta', best, loss]);
    await page.evaluate(() => getSelection()!.removeAllRanges());
    await go('#/runs?group=none&sort=name');
  });

  test('on a fresh table an arrow goes to the first row', async () => {
    const { page } = app;
    await page.keyboard.press('ArrowDown');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('beta');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: 'Curves' }).waitFor();
  });

  test('the page complained of nothing', () => {
    expect(app.complaints).toEqual([]);
  });
});
