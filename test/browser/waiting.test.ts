// What stands in a view while its data is awaited: gray lines, and nothing that says there is none. Answers are held back, then given.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunSummary } from '#contract';
import type { Locator, Page } from 'playwright-core';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';

const small = ['model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8', 'train.max_iter=20', 'train.optimizer_log_freq=10'];

type Wait = { view: string; answer: RegExp; waits: string; comes: (page: Page) => Locator };
const waits: Wait[] = [
  { view: 'runs', answer: /runs\.list/, waits: 'Loading the runs', comes: (page) => page.getByRole('link', { name: 'shown' }) },
  { view: 'runs/ID', answer: /runs\.list/, waits: 'Loading the run', comes: (page) => page.getByRole('heading', { name: 'shown' }) },
  { view: 'runs/ID', answer: /assets\/RunView-.*\.js/, waits: 'Loading this view', comes: (page) => page.getByRole('heading', { name: 'shown' }) },
  { view: 'runs/ID', answer: /curves\.rows/, waits: 'Loading the curves', comes: (page) => page.getByRole('region', { name: 'Loss' }) },
  { view: 'runs/ID?tab=optimizer', answer: /curves\.quantiles/, waits: 'Loading the optimizer', comes: (page) => page.getByRole('region', { name: 'By layer' }) },
  { view: 'runs/ID?tab=evaluation', answer: /runs\.evaluation/, waits: 'Loading the evaluation', comes: (page) => page.getByText('of 20 test images correct') },
  { view: 'runs/ID?tab=log', answer: /runs\.log/, waits: 'Loading the log', comes: (page) => page.getByText('No output.') },
  { view: 'runs/ID?tab=configuration', answer: /configuration\.compose/, waits: 'Loading the configuration', comes: (page) => page.getByText('_target_: vsgd.VSGD') },
  { view: 'runs/ID?tab=environment', answer: /runs\.environment/, waits: 'Loading the environment', comes: (page) => page.getByText('Processor', { exact: true }) },
  { view: 'runs/ID?tab=files', answer: /runs\.show/, waits: 'Loading the checkpoints', comes: (page) => page.getByRole('cell', { name: /last\.safetensors/ }) },
  { view: 'compare?runs=ID', answer: /runs\.list/, waits: 'Loading the comparison', comes: (page) => page.getByRole('region', { name: 'Groups' }) },
  { view: 'compare?runs=ID', answer: /compare\.table/, waits: 'Loading the table', comes: (page) => page.getByRole('table', { name: 'Statistics by group' }) },
  { view: 'compare?runs=ID&export=1', answer: /compare\.figure/, waits: 'Drawing the figure', comes: (page) => page.locator('.paper svg') },
  { view: 'new', answer: /configuration\.describe/, waits: 'Loading the form', comes: (page) => page.getByRole('button', { name: 'Optimizer' }) },
  { view: 'datasets', answer: /datasets\.list/, waits: 'Loading the data sets', comes: (page) => page.getByRole('heading', { name: 'CIFAR-100' }) },
  { view: 'datasets/shapes', answer: /datasets\.show/, waits: 'Loading the data set', comes: (page) => page.getByRole('table', { name: 'Images of each class' }) },
  { view: 'engines', answer: /engines\.overview/, waits: 'Looking for engines', comes: (page) => page.getByRole('listitem').first() },
  { view: 'settings', answer: /settings\.get/, waits: 'Loading the settings', comes: (page) => page.getByLabel('Runs at the same time') },
];

describe.skipIf(chromiumPath === null)('waiting in Chromium (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  let id = '';
  beforeAll(async () => {
    app = await openBrowserLab();
    const { status, stderr } = app.lab.lab('run', '--name', 'shown', 'experiment=quickstart', ...small);
    expect(status, stderr).toBe(0);
    [{ id }] = app.lab.json<[RunSummary]>('runs', 'list');
  }, 120_000);
  afterAll(() => app.close());

  test.each(waits)('$view waits for $answer', async ({ view, answer, waits: name, comes }) => {
    const { page } = app;
    const held = Promise.withResolvers<void>();
    await page.goto('about:blank');
    await page.route(answer, async (route) => {
      await held.promise;
      await route.continue();
    });
    await page.goto(`${app.address}/#/${view.replace('ID', id)}`, { waitUntil: 'commit' });
    const skeleton = page.getByRole('status', { name, exact: true });
    await skeleton.waitFor();
    expect(await comes(page).count()).toBe(0);
    held.resolve();
    await comes(page).waitFor();
    await skeleton.waitFor({ state: 'detached' });
    await page.unrouteAll({ behavior: 'wait' });
  });

  test('the page complained of nothing', () => {
    expect(app.complaints).toEqual([]);
  });
});
