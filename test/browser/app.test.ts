// The app as a user meets it, in a real Chromium: first start, a run watched live, the form, a comparison, data sets, settings.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunDetail, RunSummary } from '#contract';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';
import { waitUntil } from '../helpers/processes.ts';

const small = 'model.dim=8 model.depth=1 dataset.data_module.train_size=60 dataset.data_module.test_size=20 dataset.data_module.val_size=10 dataset.data_module.batch_size=8 train.eval_test_freq=5';

describe.skipIf(chromiumPath === null)('the app in Chromium (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  beforeAll(async () => { app = await openBrowserLab(); }, 120_000);
  afterAll(() => app.close());
  const runs = () => app.lab.json<RunSummary[]>('runs', 'list');
  const go = (hash: string) => app.page.goto(`${app.address}/${hash}`);
  const enter = async (line: string) => {
    await go('#/new');
    await app.page.getByLabel('Command line').fill(line);
    await app.page.getByLabel('Command line').blur();
  };

  test('an empty history invites; a pasted command line starts a run that is watched to its end', async () => {
    const { page } = app;
    await page.getByRole('button', { name: 'Compare on MNIST, 11.6 MB' }).waitFor();
    await enter(`vsgd-lab run experiment=quickstart ${small} train.max_iter=30`);
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.getByRole('region', { name: 'Loss' }).waitFor();
    await page.locator('.facts').getByText('Finished').waitFor();
    const [made] = runs();
    const { metrics } = app.lab.json<RunDetail>('runs', 'show', made!.id);
    expect(metrics['train/loss']?.count).toBe(30);
    await page.getByRole('region', { name: 'Accuracy' }).locator('canvas').waitFor();
    await page.locator('.facts').getByText('30 / 30').or(page.locator('.facts').getByText('30')).first().waitFor();
  });

  test('a wrong value is told at its field, and nothing can be started', async () => {
    const { page } = app;
    await enter('experiment=quickstart');
    const field = page.locator('[id="train.optimizer.lr"]');
    await field.fill('-1');
    await field.blur();
    await page.getByText(/at least 0/).and(page.locator('.bad')).first().waitFor();
    expect(await page.getByRole('button', { name: 'Start run' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Reset lr' }).click();
    await expect.poll(() => page.getByRole('button', { name: 'Start run' }).isEnabled()).toBe(true);
    expect(await page.getByLabel('Command line').inputValue()).toBe('vsgd-lab run experiment=quickstart');
  });

  test('several values say how many runs they make; the sweep is compared with its bands', async () => {
    const { page } = app;
    await enter(`experiment=quickstart ${small} train.max_iter=20`);
    const field = page.locator('[id="train.seed"]');
    await field.fill('1,2');
    await field.blur();
    await page.getByRole('button', { name: 'Start 2 runs' }).click();
    await waitUntil('both runs', () => runs().filter(({ state }) => state === 'finished').length === 3);
    await page.getByRole('cell', { name: 'VSGD', exact: true }).waitFor();
    await page.locator('.key', { hasText: 'VSGD (2)' }).waitFor();
    await page.reload();
    await page.locator('.key', { hasText: 'VSGD (2)' }).waitFor();
  });

  test('a long run is stopped from its page and resumed; the trash can be undone', async () => {
    const { page } = app;
    await enter(`experiment=quickstart ${small} train.max_iter=1000000 train.eval_test_freq=0`);
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.locator('.facts').getByText('Running').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.locator('.facts').getByText('Stopped').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.locator('.facts').getByText('Running').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.locator('.facts').getByText('Stopped').waitFor();
    await page.locator('.notice', { hasText: 'Stopped' }).last().getByRole('button', { name: 'Undo' }).click();
    await page.locator('.facts').getByText('Running').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.locator('.facts').getByText('Stopped').waitFor();
    const before = runs().length;
    await page.getByRole('button', { name: 'Move to trash' }).click();
    const trashed = page.locator('.notice', { hasText: 'to the trash' });
    await trashed.waitFor();
    expect(runs()).toHaveLength(before - 1);
    await trashed.getByRole('button', { name: 'Undo' }).click();
    await waitUntil('the run to come back', () => runs().length === before);
  });

  test('the table filters, sorts, and keeps its state in the address', async () => {
    const { page } = app;
    await go('#/runs');
    await page.getByLabel('Filter', { exact: true }).fill('train.seed=2');
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1);
    await page.reload();
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1);
    await page.getByLabel('Filter', { exact: true }).fill('nothing like this');
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await expect.poll(() => page.locator('tbody tr').count()).toBe(3); // two runs and a folded sweep
    await page.getByRole('button', { name: 'Test accuracy' }).click();
    expect(page.url()).toContain('sort=headline');
  });

  test('data sets, engines, settings and every tab of a run show what they are for', async () => {
    const { page } = app;
    await go('#/datasets');
    await page.getByRole('heading', { name: 'Tiny ImageNet' }).waitFor();
    await page.getByLabel('Path').fill('/no/such/archive.zip');
    await page.getByRole('button', { name: 'Inspect', exact: true }).click();
    await page.getByText(/There is no file or folder/).first().waitFor();
    await go('#/engines');
    await page.getByText('In use', { exact: true }).waitFor();
    await go('#/settings');
    await page.getByRole('button', { name: 'Dark' }).click();
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    for (const [label, wrong, told, former] of [['Runs at the same time', '0', 'From 1 to 64 runs', '1'], ['Mirror of data sets', 'not a url', 'neither an address', '']] as const) {
      await page.getByLabel(label).fill(wrong);
      await page.keyboard.press('Enter');
      await page.getByRole('alert').getByText(told).waitFor();
      expect(await page.getByLabel(label).inputValue()).toBe(former);
    }
    const { id } = runs()[0]!;
    await go(`#/runs/${id}?tab=configuration`);
    await page.getByText(/vsgd-lab run .*experiment=quickstart/).waitFor();
    await go(`#/runs/${id}?tab=files`);
    await page.getByRole('button', { name: 'Fork from here' }).first().waitFor();
  });

  test('the page never complained: no error, nothing that its content policy forbids', () => {
    expect(app.complaints).toEqual([]);
  });
});
