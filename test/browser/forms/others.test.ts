// The other forms used as people use them: settings, name, tags and notes, fork, target, figure, import. What stands in the fields is what is taken.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../../helpers/browser.ts';
import { startedRuns, typeOver, type StartedRun } from '../../helpers/typing.ts';

const small = ['model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8', 'train.max_iter=4', 'train.eval_test_freq=2', 'train.save_freq=2'];

describe.skipIf(chromiumPath === null)('forms under the hand (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  let id = '';
  beforeAll(async () => {
    app = await openBrowserLab();
    app.lab.lab('run', '--engine', 'wasm', '--name', 'the run', 'experiment=quickstart', ...small);
    id = startedRuns(app.lab.home)[0]!.id;
  }, 120_000);
  afterAll(() => app.close());
  const run = (): StartedRun & { notes: string } => startedRuns(app.lab.home).find((one) => one.id === id) as StartedRun & { notes: string };
  const settings = (): Record<string, unknown> => (existsSync(join(app.lab.home, 'settings.json')) ? JSON.parse(readFileSync(join(app.lab.home, 'settings.json'), 'utf8')) as Record<string, unknown> : {});
  const open = async (place: string): Promise<void> => {
    await app.page.goto('about:blank');
    await app.page.goto(`${app.address}/#/${place}`);
  };

  test('settings: a number is saved while one stays in its field; text by Enter, by Tab, and by going back', async () => {
    const { page } = app;
    await open('runs');
    await page.getByRole('link', { name: 'Settings' }).first().click();
    await typeOver(page, page.getByLabel('Save every'), '125');
    await expect.poll(() => settings().autosave).toBe(125);
    await typeOver(page, page.getByLabel('Runs at the same time'), '99');
    await page.keyboard.press('Tab');
    await page.getByRole('alert').getByText('From 1 to 64 runs').waitFor();
    expect(await page.getByLabel('Runs at the same time').inputValue()).toBe('1');
    const mirror = page.getByLabel('Mirror of data sets');
    await typeOver(page, mirror, 'http://one.test/');
    await page.keyboard.press('Enter');
    await expect.poll(() => settings().mirror).toBe('http://one.test/');
    await typeOver(page, mirror, 'http://two.test/');
    await page.keyboard.press('Tab');
    await expect.poll(() => settings().mirror).toBe('http://two.test/');
    await typeOver(page, mirror, 'http://three.test/');
    await page.goBack();
    await expect.poll(() => settings().mirror).toBe('http://three.test/');
  });

  test('a name is saved by Enter, by a click elsewhere and by going back; Escape keeps the former', async () => {
    const { page } = app;
    await open('runs');
    await page.getByRole('link', { name: 'the run', exact: true }).first().click();
    const name = page.getByLabel('Name', { exact: true });
    await typeOver(page, name, 'by Enter');
    await page.keyboard.press('Enter');
    await expect.poll(() => run().name).toBe('by Enter');
    await typeOver(page, name, 'by a click');
    await page.locator('.facts').click();
    await expect.poll(() => run().name).toBe('by a click');
    await expect.poll(() => name.inputValue()).toBe('by a click');
    await typeOver(page, name, 'never');
    await page.keyboard.press('Escape');
    expect(await name.inputValue()).toBe('by a click');
    await typeOver(page, name, 'by going back');
    await page.goBack();
    await expect.poll(() => run().name).toBe('by going back');
  });

  test('“Add notes” begins in the notes; Ctrl+Enter saves what stands in both fields', async () => {
    const { page } = app;
    await open(`runs/${id}`);
    await page.getByRole('button', { name: 'Add notes' }).click();
    await page.keyboard.type('First line');
    await page.keyboard.press('Enter');
    await page.keyboard.type('second line');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.type('paper, x');
    await page.keyboard.press('Control+Enter');
    await expect.poll(() => run().notes).toBe('First line\nsecond line');
    expect(run().tags).toEqual(['paper', 'x']);
  });

  test.each(['Enter', 'Control+Enter', 'the button'])('a fork has the changes that are typed, by %s', async (way) => {
    const { page } = app;
    await open(`runs/${id}?tab=files`);
    const before = startedRuns(app.lab.home).length;
    await page.getByRole('button', { name: 'Fork from here' }).first().click();
    await page.keyboard.type('train.seed=31 train.max_iter=3');
    if (way === 'the button') await page.getByRole('button', { name: 'Start the fork' }).click();
    else await page.keyboard.press(way);
    await page.waitForURL((url) => url.hash.startsWith('#/runs/') && !url.hash.includes(id));
    const made = startedRuns(app.lab.home).slice(before);
    expect(made.map(({ config: { train } }) => [train.seed, train.max_iter])).toEqual([[31, 3]]);
  });

  test('the target of a comparison follows with every key, and says when it is no number', async () => {
    const { page } = app;
    await open(`compare?runs=${id}&metric=test/accuracy`);
    await page.getByRole('button', { name: 'Target settings' }).click();
    await page.getByLabel('Target', { exact: true }).waitFor();
    await typeOver(page, page.getByLabel('Target', { exact: true }), '0,5');
    await page.getByRole('alert').getByText('write decimals with a point').waitFor();
    await typeOver(page, page.getByLabel('Target', { exact: true }), '0.5');
    await expect.poll(() => page.url()).toContain('target=0.5');
    await page.getByText(/steps to/i).first().waitFor();
  });

  test('the figure is saved with the numbers that are typed; one outside its limits blocks, with the reason', async () => {
    const { page } = app;
    await open(`compare?runs=${id}&metric=test/accuracy&export=1`);
    await page.getByRole('img', { name: 'Preview of the figure' }).locator('svg').waitFor();
    const width = page.getByLabel('Width (mm)');
    await typeOver(page, width, '12');
    await page.getByRole('alert').getByText('from 30 to 400').waitFor();
    expect(await page.getByRole('button', { name: /^Save 2 files/ }).isDisabled()).toBe(true);
    await page.keyboard.type('0');
    await page.getByText(/^120 × /).waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    const files = unzipSync(readFileSync(await download.path()));
    expect(strFromU8(files['test-accuracy-curves.svg']!)).toMatch(/width="120mm"/);
    await page.keyboard.press('Escape');
  });

  test('a path is imported by Enter, once', async () => {
    const { page } = app;
    await open('datasets');
    await typeOver(page, page.getByLabel('Path'), '/no/such/folder');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.getByText(/There is no file or folder/).first().waitFor();
    expect(await page.locator('p.mono', { hasText: 'folder' }).count()).toBe(1);
  });

  test('the page complained of nothing', () => {
    expect(app.complaints).toEqual([]);
  });
});
