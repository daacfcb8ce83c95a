// Configuring an experiment as a user does it: presets, estimate, sweep, the command line both ways, kept over a reload.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunSummary } from '#contract';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';
import { startMirror } from '../helpers/mirror.ts';
import { hasShared, sharedPath } from '../helpers/shared.ts';

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

  test('the command line of a link is shown as text; it is composed after a click, and a reload then keeps it', async () => {
    const { page } = app;
    const asked: string[] = [];
    page.on('request', (request) => { if (/configuration\.|augmented|enqueue/.test(request.url())) asked.push(request.url()); });
    await page.goto('about:blank');
    await page.goto(`${app.address}/#/new?line=${encodeURIComponent(`vsgd-lab run experiment=quickstart ${small} train.seed=7 '+note=a\u001b[2Jb'`)}`);
    const shown = page.getByRole('group', { name: 'Command line' });
    await shown.waitFor();
    expect(await shown.innerText()).toContain("'+note=a\\e[2Jb'"); // control characters are visible
    await page.waitForLoadState('networkidle');
    expect(asked).toEqual([]);
    expect(await page.locator('textarea').count()).toBe(0);
    await page.goto(`${app.address}/#/new?line=${encodeURIComponent(`vsgd-lab run experiment=quickstart ${small} train.seed=7`)}`);
    await page.getByRole('button', { name: 'Use this command line' }).click();
    await page.getByRole('button', { name: 'Start run' }).waitFor();
    expect(await page.locator('[id="train.seed"]').inputValue()).toBe('7');
    await page.reload();
    await page.getByRole('button', { name: 'Start run' }).waitFor();
    page.removeAllListeners('request');
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
    const answered = page.waitForResponse(/settings\.get/);
    await page.goto('about:blank');
    await page.goto(`${app.address}/#/new`);
    await line().fill('vsgd-lab run experiment=cifar');
    held.resolve();
    await answered;
    expect(await line().inputValue()).toBe('vsgd-lab run experiment=cifar');
    await line().pressSequentially('100_vgg');
    await line().blur();
    await expect.poll(() => line().inputValue()).toBe('vsgd-lab run experiment=cifar100_vgg');
    await page.unrouteAll({ behavior: 'wait' });
  });

  test('a clone carries the settings and the engine of its run into the form; its command names them all', async () => {
    const { page } = app;
    app.lab.lab('run', 'experiment=quickstart', ...small.split(' '), '--engine', 'wasm', '--name', 'on wasm', '--tag', 'paper', '--detach');
    const { id } = runs().find(({ name }) => name === 'on wasm')!;
    await page.goto(`${app.address}/#/runs/${id}?tab=configuration`);
    await page.getByText("vsgd-lab run --engine wasm --name 'on wasm' --tag paper experiment=quickstart model.dim=8").waitFor();
    await page.getByRole('button', { name: 'Clone' }).click();
    await expect.poll(() => line().inputValue()).toContain('vsgd-lab run --engine wasm experiment=quickstart model.dim=8');
  });

  test('any model can be chosen, and a flag takes both values; name and tags outlast a reload', async () => {
    const { page } = app;
    await page.goto('about:blank');
    await page.goto(`${app.address}/#/new`);
    await page.getByRole('button', { name: 'vgg', exact: true }).click();
    await page.locator('[id="model.cfg_id"]').waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Start run' }).isEnabled()).toBe(true);
    await page.getByRole('button', { name: 'resnext', exact: true }).click();
    await expect.poll(() => line().inputValue()).toContain("'~model.depth'");
    await expect.poll(() => page.locator('[id="model.depth"]').inputValue()).toBe('29');
    await page.getByRole('button', { name: 'Several values of use augmentations' }).click();
    await page.getByRole('group', { name: 'use augmentations, 1 value' }).getByRole('button', { name: 'false' }).click();
    await page.getByRole('button', { name: 'Start 2 runs' }).waitFor();
    await page.getByLabel('Name').fill('two of them');
    await page.getByLabel('Tags').fill('x, y,x');
    const written = await line().inputValue();
    expect(written).toContain("run -m --name 'two of them' --tag x --tag y experiment=quickstart");
    await page.reload();
    await page.getByRole('button', { name: 'Start 2 runs' }).waitFor();
    expect([await line().inputValue(), await page.getByLabel('Name').inputValue()]).toEqual([written, 'two of them']);
    await page.getByRole('button', { name: /^Training/ }).click();
    await page.getByRole('button', { name: /^Training no schedule · seed 1 · 600 iterations/ }).waitFor();
  });

  test('what the command line does not understand starts nothing', async () => {
    const { page } = app;
    const before = await line().inputValue();
    for (const [typed, told] of [['hello world', /does not know hello, world/], ["train.seed=1 'abc", /A quote has no end: 'abc/], ['', /There is no command line/]] as const) {
      await line().fill(typed);
      await line().blur();
      await page.getByRole('alert').getByText(told).waitFor();
      expect([await page.locator('.go .primary').isDisabled(), await line().inputValue()]).toEqual([true, typed]);
    }
    await page.getByRole('button', { name: 'Back to the form’s line' }).click();
    expect(await line().inputValue()).toBe(before);
    await page.getByRole('button', { name: 'Start 2 runs' }).waitFor();
  });

  test.skipIf(!hasShared)('a data set that is not here is fetched, and the run follows by itself', async () => {
    const { page } = app;
    const names = ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz', 't10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'];
    const mirror = await startMirror(Object.fromEntries(names.map((name) => [name, readFileSync(sharedPath(`data/${name}`))])));
    await page.goto(`${app.address}/#/settings`);
    await page.getByLabel('Mirror of data sets').fill(mirror.address);
    await page.getByLabel('Mirror of data sets').blur();
    await page.getByText('Saved', { exact: true }).waitFor();
    // The pictures of ../shared have other digests than the published files.
    await page.route(/datasets\.install/, (route) => route.continue({ postData: (route.request().postData() ?? '').replace('"name":"mnist"', '"name":"mnist","acceptDigest":true') }));
    await page.goto(`${app.address}/#/new`);
    await line().fill('experiment=mnist_convmixer train.max_epochs=null train.max_iter=2 dataset.data_module.limit_train=64 dataset.data_module.limit_test=10 --name fetched');
    await line().blur();
    await page.getByText('MNIST is not on this computer yet.').waitFor();
    await page.getByText('They are shown once the data set is on this computer.').waitFor();
    expect(await page.getByRole('button', { name: 'Measure' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Download 11.6 MB and start' }).click();
    await page.waitForURL(/#\/runs\/\w/);
    await expect.poll(() => runs().find(({ name }) => name === 'fetched')?.state, { timeout: 60_000 }).toBe('finished');
    await page.unrouteAll({ behavior: 'wait' });
    await mirror.close();
  }, 120_000);

  test('the page complained of nothing', () => {
    expect(app.complaints).toEqual([]);
  });
});
