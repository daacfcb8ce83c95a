// Configuring an experiment as a user does it: presets, estimate, sweep, the command line both ways, kept over a reload.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunSummary } from '#contract';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';

const small = 'model.dim=8 model.depth=1 dataset.data_module.train_size=60 dataset.data_module.test_size=20 dataset.data_module.val_size=10 dataset.data_module.batch_size=8 train.max_iter=10';

describe.skipIf(chromiumPath === null)('the form in Chromium (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  beforeAll(async () => { app = await openBrowserLab(); }, 120_000);
  afterAll(() => app.close());
  const line = () => app.page.getByLabel('Command line');
  const runs = () => app.lab.json<RunSummary[]>('runs', 'list');

  test('a published experiment tells its parameters, memory and disk before anything starts', async () => {
    const { page } = app;
    await page.goto(`${app.address}/#/new`);
    await page.getByRole('combobox', { name: /^Preset/ }).selectOption('=cifar100_vgg');
    const parameters = page.locator('dt', { hasText: 'Parameters' }).locator('xpath=following-sibling::dd[1]');
    await expect.poll(async () => Number((await parameters.innerText()).replaceAll(',', ''))).toBeGreaterThan(14_000_000);
    await page.getByText('no run of this kind has measured it yet').waitFor();
    expect(await line().inputValue()).toBe('vsgd-lab run experiment=cifar100_vgg');
  });

  test('two optimizers and two seeds by keyboard are four runs; a reload keeps them, the start is Ctrl+Enter', async () => {
    const { page } = app;
    await line().fill(`vsgd-lab run experiment=quickstart ${small}`);
    await line().blur();
    const seed = page.locator('[id="train.seed"]');
    await seed.focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('1,2');
    await page.keyboard.press('Tab');
    await page.getByRole('button', { name: 'vsgd', exact: true }).click();
    await page.getByRole('button', { name: 'sgd', exact: true }).click({ modifiers: ['Shift'] });
    await page.getByRole('button', { name: 'Start 4 runs' }).waitFor();
    const written = await line().inputValue();
    expect(written).toContain('vsgd-lab run -m experiment=quickstart');
    await page.reload();
    await page.getByRole('button', { name: 'Start 4 runs' }).waitFor();
    expect(await line().inputValue()).toBe(written);
    await page.keyboard.press('Control+Enter');
    await page.getByText('4 runs in 2 groups').waitFor();
    await expect.poll(() => runs().filter(({ state }) => state === 'finished').length, { timeout: 60_000 }).toBe(4);
    const [first] = runs();
    const composed = app.lab.lab('run', ...first!.overrides, '--cfg', 'job').stdout;
    expect(composed).toContain('seed: 1');
  });

  test('a short run measures what no run has, and is stopped as soon as it has', async () => {
    const { page } = app;
    await page.goto(`${app.address}/#/new`);
    await line().fill(`experiment=quickstart ${small} model.dim=12 train/optimizer=vsgd,adam train.seed=1,2,3`);
    await line().blur();
    await page.getByText('2 optimizers × 3 seeds = 6 runs').waitFor();
    await page.getByText('no run of this kind has measured it yet').waitFor();
    await page.getByRole('button', { name: 'Measure' }).click();
    await page.getByText(/as in/).waitFor({ timeout: 60_000 });
    expect(await page.getByRole('link', { name: 'Measurement' }).count()).toBe(1);
    const measured = runs().find(({ name }) => name === 'Measurement')!;
    await expect.poll(() => runs().find(({ id }) => id === measured.id)?.state).toMatch(/stopped|finished/);
  });

  test('a saving interval of one’s own is in the command line of a new form', async () => {
    const { page } = app;
    await page.goto(`${app.address}/#/settings`);
    await page.getByLabel('Save every').fill('250');
    await page.getByLabel('Save every').blur();
    await page.getByText('Saved', { exact: true }).waitFor();
    await page.goto(`${app.address}/#/new`);
    await expect.poll(() => line().inputValue()).toBe('vsgd-lab run experiment=quickstart train.save_freq=250');
    await page.goto(`${app.address}/#/settings`);
    await page.getByLabel('Save every').fill('');
    await page.getByLabel('Save every').blur();
    await page.getByText('Saved', { exact: true }).waitFor();
  });

  test('the estimate is now measured; a preset of one’s own is kept, chosen again and forgotten', async () => {
    const { page } = app;
    await page.goto(`${app.address}/#/new`);
    await line().fill(`experiment=quickstart ${small} train/optimizer=sgd`);
    await line().blur();
    await page.getByText(/as in/).waitFor();
    await page.getByRole('button', { name: 'Save as preset' }).click();
    await page.getByLabel('Preset name').fill('small ones');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Forget preset' }).waitFor();
    await page.getByRole('combobox', { name: /^Preset/ }).selectOption('=quickstart');
    await page.getByRole('combobox', { name: /^Preset/ }).selectOption('+small ones');
    expect(await line().inputValue()).toContain('train/optimizer=sgd');
    await page.getByRole('button', { name: 'Forget preset' }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Forget preset' }).waitFor();
  });

  test('a comma after a value makes chips; each chip is a run more, and goes with its cross or with Backspace', async () => {
    const { page } = app;
    await page.goto(`${app.address}/#/new`);
    await line().fill(`experiment=quickstart ${small}`);
    await line().blur();
    await page.locator('[id="train.optimizer.momentum"]').waitFor({ state: 'detached' }); // what the test before had chosen
    const rate = page.locator('[id="train.optimizer.lr"]');
    await rate.fill('0.1');
    await rate.press('End');
    await rate.press(',');
    await page.keyboard.type('0.01,0.001');
    await page.keyboard.press('Enter');
    await expect.poll(() => line().inputValue()).toContain('train.optimizer.lr=0.1,0.01,0.001');
    await page.getByRole('button', { name: 'Start 3 runs' }).waitFor();
    await page.getByRole('button', { name: 'Remove 0.01', exact: true }).click();
    await page.getByText('2 values of lr = 2 runs').waitFor();
    await page.getByLabel('Add a value of lr').press('Backspace');
    await expect.poll(() => line().inputValue()).toMatch(/train\.optimizer\.lr=0\.1$/);
    await page.getByRole('button', { name: 'Start run' }).waitFor();
  });

  test('what is typed stays when an answer comes later', async () => {
    const { page } = app;
    await page.goto(`${app.address}/#/new`);
    const iterations = page.locator('[id="train.max_iter"]');
    await line().fill('experiment=quickstart');
    await line().blur();
    await expect.poll(() => iterations.inputValue()).toBe('600');
    await line().fill('experiment=cifar100_vgg');
    await line().blur();
    await iterations.fill('77'); // before the fields of the other experiment are there
    await page.locator('[id="model.batch_norm"]').waitFor();
    expect(await iterations.inputValue()).toBe('77');
    await iterations.press('Tab');
    await expect.poll(() => line().inputValue()).toContain('train.max_iter=77');
  });

  test('a command line that is being typed stays when an answer changes the form', async () => {
    const { page } = app;
    await page.goto(`${app.address}/#/settings`);
    await page.getByLabel('Save every').fill('250');
    await page.getByLabel('Save every').blur();
    await page.getByText('Saved', { exact: true }).waitFor();
    const held = Promise.withResolvers<void>();
    await page.route(/settings\.get/, async (route) => {
      await held.promise;
      await route.continue();
    });
    await page.goto('about:blank');
    await page.goto(`${app.address}/#/new`);
    await line().fill('vsgd-lab run experiment=cifar');
    held.resolve();
    await page.waitForURL(/save_freq/); // the answer is in the form
    expect(await line().inputValue()).toBe('vsgd-lab run experiment=cifar');
    await line().pressSequentially('100_vgg');
    await line().blur();
    await expect.poll(() => line().inputValue()).toBe('vsgd-lab run experiment=cifar100_vgg');
    await page.unrouteAll({ behavior: 'wait' });
  });

  test('a clone carries the settings of its run into the form', async () => {
    const { page } = app;
    await page.goto(`${app.address}/#/runs/${runs()[0]!.id}`);
    await page.getByRole('button', { name: 'Clone' }).click();
    await expect.poll(() => line().inputValue()).toContain('train.seed=1');
  });

  test('the page complained of nothing', () => {
    expect(app.complaints).toEqual([]);
  });
});
