// Finding runs again and steering the queue, as a user does it: a killed trainer, two windows, columns, folds, conditions, tags, trash.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunSummary } from '#contract';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';
import { findProcesses, waitUntil } from '../helpers/processes.ts';

const small = ['model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8', 'train.eval_test_freq=5'];

describe.skipIf(chromiumPath === null)('the table of runs in Chromium (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  beforeAll(async () => { app = await openBrowserLab(); }, 120_000);
  afterAll(() => app.close());
  const runs = () => app.lab.json<RunSummary[]>('runs', 'list');
  const run = (name: string) => runs().find((one) => one.name === name)!;
  const queue = (name: string, iterations: number) => app.lab.lab('run', '--detach', '--name', name, 'experiment=quickstart', ...small, `train.max_iter=${iterations}`);
  const go = (hash: string) => app.page.goto(`${app.address}/${hash}`);
  const row = (name: string) => app.page.getByRole('row', { name: new RegExp(name) });

  test('a trainer killed with SIGKILL is shown interrupted, and resumed to its end', async () => {
    const { page } = app;
    queue('victim', 4000);
    await go('#/runs');
    await row('victim').getByText('Running').waitFor();
    await row('victim').locator('.progress').waitFor();
    const { id } = run('victim');
    const [trainer] = findProcesses('trainer', id);
    process.kill(trainer as number, 'SIGKILL');
    await row('victim').getByText('Interrupted').waitFor({ timeout: 3000 }); // the promise: within 3 s
    expect(await row('victim').locator('td').nth(1).getAttribute('title')).toMatch(/SIGKILL/);
    await page.getByLabel('Select victim').check();
    await page.getByRole('button', { name: 'Resume' }).click();
    await row('victim').getByText('Finished').waitFor({ timeout: 100_000 }); // real training, on a computer that may have other work
    expect(app.lab.json<{ step: number }>('runs', 'show', id).step).toBe(4000);
    await page.getByRole('button', { name: 'Clear selection' }).click();
  });

  test('the queue is put in another order, and what waits can be taken out, in both of two windows', async () => {
    const { page } = app;
    queue('long', 1_000_000);
    for (const name of ['first', 'second', 'third']) queue(name, 5);
    await go('#/runs?state=queue');
    const other = await page.context().newPage();
    await other.goto(`${app.address}/#/runs?state=queue`);
    const names = (of: typeof page) => of.getByRole('table', { name: 'Queue' }).locator('tbody a').allInnerTexts();
    await expect.poll(() => names(page)).toEqual(['long', 'first', 'second', 'third']);
    await page.getByRole('button', { name: 'Move third up' }).click();
    await expect.poll(() => names(other)).toEqual(['long', 'first', 'third', 'second']);
    await other.getByRole('row', { name: /first/ }).getByRole('button', { name: 'Take out' }).click();
    await expect.poll(() => names(page)).toEqual(['long', 'third', 'second']);
    await page.getByRole('row', { name: /second/ }).dragTo(page.getByRole('row', { name: /third/ }));
    await expect.poll(() => names(other)).toEqual(['long', 'second', 'third']);
    await page.getByRole('row', { name: /long/ }).getByRole('button', { name: 'Stop' }).click();
    await waitUntil('the queue to end', () => run('third').state === 'finished');
    expect(run('second').endedAt! < run('third').startedAt!).toBe(true);
    expect(run('first').state).toBe('stopped');
    await other.close();
  });

  test('a sweep folds into one row with mean and deviation, and opens; the address keeps it', async () => {
    const { page } = app;
    app.lab.lab('run', '-m', '--name', 'seeds', 'experiment=quickstart', ...small, 'train.max_iter=10', 'train.seed=1,2,3', 'train/optimizer=vsgd,sgd');
    await go('#/runs');
    const fold = page.getByRole('button', { name: /2 optimizers × 3 seeds/ });
    await fold.waitFor();
    const closed = await page.locator('tbody tr').count();
    expect(await fold.getAttribute('aria-expanded')).toBe('false');
    await fold.click();
    await expect.poll(() => page.locator('tbody tr').count()).toBe(closed + 2);
    await page.getByRole('button', { name: 'VSGD 3 seeds' }).click();
    await page.getByRole('link', { name: 'seed 3' }).waitFor();
    await page.reload();
    await expect.poll(() => page.locator('tbody tr').count()).toBe(closed + 5);
    await page.getByRole('row', { name: /VSGD 3 seeds/ }).locator('svg path').nth(2).waitFor(); // a small curve for each seed, after the marks
    await page.getByLabel('Select seeds (vsgd, seed 2), seed 2').check();
    expect(await page.getByRole('checkbox', { name: /^Select VSGD/ }).evaluate((box) => (box as HTMLInputElement).indeterminate)).toBe(true);
    await page.keyboard.press('Escape');
    await page.getByLabel('Group by').selectOption('sweep');
    await fold.click();
    await page.getByRole('link', { name: 'SGD, seed 3' }).last().waitFor();
    await page.getByLabel('Group by').selectOption('none');
    await expect.poll(() => page.locator('tbody tr').count()).toBe(closed - 1 + 6);
  });

  test('the browser asks for the newest runs once, while it still fetches the scripts', async () => {
    const { page } = app;
    await page.goto('about:blank');
    const asked: string[] = [];
    page.on('request', (request) => { if (request.url().includes('/trpc/runs.list')) asked.push(request.resourceType()); });
    await go('#/runs');
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor();
    await expect.poll(() => asked.length).toBe(1);
    await page.waitForLoadState('networkidle');
    page.removeAllListeners('request');
    expect(asked).toHaveLength(1);
    expect(await page.evaluate("performance.getEntriesByType('resource').find(({ name }) => name.includes('runs.list')).initiatorType")).toBe('link'); // not by the script
  });

  test('by keyboard: Right opens a sweep and goes into it, Left goes back and folds', async () => {
    const { page } = app;
    await go('#/runs');
    const fold = page.getByRole('button', { name: /2 optimizers × 3 seeds/ });
    await fold.focus();
    await page.keyboard.press('ArrowRight');
    const vsgd = page.getByRole('button', { name: 'VSGD 3 seeds' });
    await vsgd.waitFor();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => vsgd.evaluate((button) => button === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'seed 1' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.getByRole('link', { name: 'seed 1' }).waitFor({ state: 'detached' });
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await vsgd.waitFor({ state: 'detached' });
  });

  test('a condition is put together, kept as a chip, and taken away; Enter keeps typed ones', async () => {
    const { page } = app;
    await go('#/runs?group=none');
    await page.getByRole('button', { name: 'Condition' }).click();
    await page.getByLabel('Key').fill('seed');
    await page.getByLabel('Relation').selectOption('>=');
    await page.getByLabel('Value').fill('2');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect.poll(() => page.locator('tbody tr').count()).toBe(4);
    const filter = page.getByLabel('Filter', { exact: true });
    await filter.fill('optimizer=sgd seeds');
    await filter.press('Enter');
    expect(await filter.inputValue()).toBe('seeds');
    await expect.poll(() => page.locator('tbody tr').count()).toBe(2);
    await page.reload();
    await expect.poll(() => page.locator('.chip').allInnerTexts()).toHaveLength(3);
    for (const chip of ['seed>=2', 'optimizer=sgd', 'seeds']) await page.getByRole('button', { name: `Remove ${chip}`, exact: true }).click();
    await expect.poll(() => page.locator('tbody tr').count()).toBeGreaterThan(4);
  });

  test('conditions filter, a wrong one is told, a chip takes it away', async () => {
    const { page } = app;
    await go('#/runs?group=none');
    const filter = page.getByLabel('Filter', { exact: true });
    await filter.fill('optimizer=sgd seed>=2');
    await expect.poll(() => page.locator('tbody tr').count()).toBe(2);
    await page.getByRole('button', { name: 'Remove seed>=2' }).click();
    await expect.poll(() => page.locator('tbody tr').count()).toBe(3);
    await filter.fill('lr<fast');
    await page.getByText("'fast' is no number").waitFor();
    await filter.fill('');
  });

  test('columns by choice: a configuration key, a metric at a step; the address carries them', async () => {
    const { page } = app;
    await go('#/runs?group=none');
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByLabel('Metrics at step').fill('7');
    await page.getByLabel('Search columns').fill('train/loss at');
    await page.getByRole('button', { name: 'train/loss at step 7' }).click();
    await page.getByLabel('Search columns').fill('optimizer.weight_decay');
    await page.getByRole('button', { name: 'train.optimizer.weight_decay' }).click();
    await page.getByRole('button', { name: 'Remove Duration' }).click();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.reload();
    await page.getByRole('columnheader', { name: 'train/loss at 7' }).waitFor();
    expect(await page.getByRole('columnheader', { name: 'Duration' }).count()).toBe(0);
    const cells = () => row('victim').locator('td').allInnerTexts();
    await expect.poll(async () => (await cells()).at(-2)).toMatch(/^\d\.\d+$/);
    await page.getByRole('button', { name: /train\/loss at 7/ }).click();
    expect(page.url()).toContain('sort=at');
  });

  test('by keyboard: arrows move, Space and Shift choose, a tag is given and taken back, a star, a pin, a new name', async () => {
    const { page } = app;
    await go('#/runs?group=none');
    await row('victim').getByRole('link').focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Shift+ArrowUp');
    await page.getByText('2 runs', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Tag', exact: true }).click();
    await page.getByLabel('Tags, with commas between').fill('paper, kept');
    await page.keyboard.press('Enter');
    await row('victim').getByText('paper').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await row('victim').getByText('paper').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.getByLabel('Select victim').check();
    await page.getByRole('button', { name: 'Star', exact: true }).click();
    await row('victim').getByTitle('Starred').waitFor();
    await page.getByRole('button', { name: 'Pin', exact: true }).click();
    await page.locator('tbody tr').first().getByText('pinned').waitFor();
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByLabel('Name', { exact: true }).fill('survivor');
    await page.keyboard.press('Enter');
    await row('survivor').waitFor();
  });

  test('the trash gives back, and deletes for good only when asked twice', async () => {
    const { page } = app;
    const before = runs().length;
    await go('#/runs?group=none');
    await page.keyboard.press('Escape');
    await page.getByLabel('Select first').check();
    await page.getByRole('toolbar', { name: 'Selected runs' }).getByRole('button', { name: 'Trash' }).click();
    await expect.poll(() => runs().length).toBe(before - 1);
    await go('#/runs?state=trash');
    await row('first').getByRole('button', { name: 'Restore' }).click();
    await page.getByText('The trash is empty.').waitFor();
    expect(runs()).toHaveLength(before);
    app.lab.lab('runs', 'delete', run('first').id);
    await row('first').getByRole('button', { name: 'Delete for good' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Keep' }).click();
    await row('first').getByRole('button', { name: 'Delete for good' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
    await page.getByText('The trash is empty.').waitFor();
    expect(app.lab.json<object[]>('runs', 'list', '--trash')).toEqual([]);
  });

  test('the page complained of nothing', () => {
    expect(app.complaints).toEqual([]);
  });
});

describe.skipIf(chromiumPath === null)('a long history in Chromium (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  beforeAll(async () => { app = await openBrowserLab(); }, 120_000);
  afterAll(() => app.close());

  test('the newest runs are there before the others, a sweep not without its older runs, and an order waits for all', async () => {
    const { page, lab, address } = app;
    lab.lab('run', '--detach', '--multirun', 'experiment=quickstart', ...small, 'train.max_iter=1000000', 'train.seed=range(0,105)');
    for (const name of ['new one', 'newer one']) lab.lab('run', '--detach', '--name', name, 'experiment=quickstart', ...small);
    let release = (): void => {};
    const released = new Promise<void>((resolve) => { release = resolve; });
    await page.route(/runs\.list.*after/, async (route) => {
      await released;
      await route.continue();
    });
    await page.goto('about:blank');
    await page.goto(`${address}/#/runs`);
    await page.getByRole('link', { name: 'newer one' }).waitFor();
    const table = page.locator('main tbody tr');
    expect(await table.count()).toBe(2);
    await page.goto(`${address}/#/runs?sort=name`);
    await page.getByLabel('Loading the runs').waitFor();
    release();
    await page.getByRole('button', { name: /105 seeds/ }).waitFor();
    expect(await page.locator('.head .ink3').first().innerText()).toBe('107');
    expect(app.complaints).toEqual([]);
  });
});
