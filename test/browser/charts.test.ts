// A chart under the pointer: zoomed by dragging, moved with Shift, whole again by a double click; extremes and clipped values told.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunSummary } from '#contract';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';

const small = ['model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8', 'train.eval_test_freq=10', 'train.max_iter=200'];

describe.skipIf(chromiumPath === null)('charts in Chromium (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  beforeAll(async () => {
    app = await openBrowserLab();
    expect(app.lab.lab('run', 'experiment=quickstart', ...small).status).toBe(0);
    const [run] = app.lab.json<RunSummary[]>('runs', 'list');
    await app.page.goto(`${app.address}/#/runs/${run!.id}`);
  }, 300_000);
  afterAll(() => app.close());

  test('drag zooms all charts, Shift and drag moves, a double click shows everything', async () => {
    const { page } = app;
    const canvas = page.getByRole('region', { name: 'Loss' }).locator('canvas');
    await canvas.waitFor();
    const { x, y, width, height } = (await canvas.boundingBox())!;
    const drag = async (from: number, to: number) => {
      await page.mouse.move(x + from * width, y + height / 2);
      await page.mouse.down();
      await page.mouse.move(x + to * width, y + height / 2, { steps: 5 });
      await page.mouse.up();
    };
    const whole = page.getByRole('button', { name: 'Whole range' });
    expect(await whole.count()).toBe(0);
    await drag(0.4, 0.7);
    await whole.waitFor();
    await page.keyboard.down('Shift');
    await drag(0.6, 0.5);
    await page.keyboard.up('Shift');
    await whole.waitFor();
    await canvas.dblclick();
    await whole.waitFor({ state: 'detached' });
  });

  test('by keyboard: a crosshair that is read out, zoom that the address keeps, pan, everything again', async () => {
    const { page } = app;
    const card = page.getByRole('region', { name: 'Loss' });
    const canvas = card.locator('canvas');
    await page.mouse.move(0, 0);
    await page.getByRole('checkbox', { name: 'Clip outliers' }).focus();
    await page.keyboard.press('Tab'); // the view
    await page.keyboard.press('Tab'); // the first chart
    await page.keyboard.press('Tab');
    expect(await canvas.evaluate((one) => one === document.activeElement)).toBe(true);
    const read = card.locator('[aria-live]');
    await expect.poll(() => read.innerText()).toMatch(/^Step 200: /);
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => read.innerText()).toMatch(/^Step 199: .*training \d/);
    await card.locator('.tip').getByText(/training: smallest .* at \d+, largest .* at \d+/).waitFor();
    await page.keyboard.press('+');
    await page.keyboard.press('Shift+ArrowLeft');
    await page.getByRole('button', { name: 'Whole range' }).waitFor();
    await expect.poll(() => page.url()).toMatch(/from=87\.5&to=187\.5/);
    await page.reload();
    await page.getByRole('button', { name: 'Whole range' }).waitFor();
    await canvas.focus();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Whole range' }).waitFor({ state: 'detached' });
    await expect.poll(() => page.url()).not.toContain('from=');
  });

  test('extremes with their steps; clipping says what it leaves out; a logarithmic axis', async () => {
    const { page } = app;
    await expect.poll(() => page.getByRole('region', { name: 'Loss' }).locator('.key', { hasText: 'training' }).getAttribute('title')).toMatch(/smallest \d.* at \d+, largest \d.* at \d+/);
    await page.getByLabel('Clip outliers').check();
    await page.getByText(/values outside .* … .* not shown/).first().waitFor();
    await page.getByLabel('Log', { exact: true }).check();
    await page.reload();
    expect(await page.getByLabel('Log', { exact: true }).isChecked()).toBe(true);
    await page.getByRole('region', { name: 'Loss' }).locator('canvas').waitFor();
  });

  test('the page complained of nothing', () => {
    expect(app.complaints).toEqual([]);
  });
});
