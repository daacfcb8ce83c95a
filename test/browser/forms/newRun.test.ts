// The New run form used as people use it: whatever way a run is started, it is the one that the form shows at that moment.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Locator } from 'playwright-core';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../../helpers/browser.ts';
import { pasteOver, startedRuns, typeOver, type StartedRun } from '../../helpers/typing.ts';

const small = 'model.dim=8 model.depth=1 dataset.data_module.train_size=60 dataset.data_module.test_size=20 dataset.data_module.val_size=10 dataset.data_module.batch_size=8 train.max_iter=2';

describe.skipIf(chromiumPath === null)('the New run form under the hand (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  beforeAll(async () => { app = await openBrowserLab(); }, 120_000);
  afterAll(() => app.close());
  const line = () => app.page.getByLabel('Command line');
  const field = (path: string) => app.page.locator(`[id="${path}"]`);
  const startButton = () => app.page.locator('.go .primary');
  const ways: Record<string, () => Promise<void>> = {
    'Ctrl+Enter': () => app.page.keyboard.press('Control+Enter'),
    'the mouse': () => startButton().click(),
    'Enter on the button': async () => { await startButton().focus(); await app.page.keyboard.press('Enter'); },
  };

  /** A form of its own, composed and at rest. */
  async function openForm(more = ''): Promise<void> {
    const { page } = app;
    await page.goto('about:blank');
    await page.goto(`${app.address}/#/new`);
    await pasteOver(page, line(), `vsgd-lab run --engine wasm experiment=quickstart ${small}${more}`);
    await expect.poll(() => field('train.max_iter').inputValue()).toBe('2');
    await page.getByRole('group', { name: 'Estimate' }).waitFor();
  }
  /** Starts what the form shows, and returns the runs that this made. */
  async function start(way: () => Promise<void>): Promise<StartedRun[]> {
    const before = startedRuns(app.lab.home).length;
    await way();
    await app.page.waitForURL(/#\/(runs\/\w|compare\?)/);
    return startedRuns(app.lab.home).slice(before);
  }
  const only = ([run, ...others]: StartedRun[]): StartedRun => {
    expect(others).toEqual([]);
    return run!;
  };

  test.each(Object.keys(ways))('a number that was typed is what %s starts, without leaving the field first', async (way) => {
    await openForm();
    await typeOver(app.page, field('train.max_iter'), '4');
    const run = only(await start(ways[way]!));
    expect(run.config.train.max_iter).toBe(4);
  });

  test.each(Object.keys(ways))('a command line that was typed is what %s starts', async (way) => {
    await openForm();
    await line().click();
    await app.page.keyboard.press('Control+End');
    await app.page.keyboard.type(' train.seed=77 --name typed');
    const run = only(await start(ways[way]!));
    expect([run.config.train.seed, run.name, run.engine]).toEqual([77, 'typed', 'wasm']);
  });

  test.each(Object.keys(ways))('a value that is still typed behind the chips of a sweep counts for %s', async (way) => {
    await openForm();
    await typeOver(app.page, field('train.seed'), '1,2,3');
    await expect.poll(() => line().inputValue()).toContain('train.seed=1,2,3');
    const made = await start(ways[way]!);
    expect(made.map(({ config }) => config.train.seed).sort()).toEqual([1, 2, 3]);
  });

  test('the command line follows with every key, and so does the form while the line is typed', async () => {
    const { page } = app;
    await openForm();
    await field('train.max_iter').click();
    for (const key of ['End', '5', '0', 'Backspace', '1']) await page.keyboard.press(key);
    expect(await line().inputValue()).toMatch(/train\.max_iter=251( |$)/);
    expect(await field('train.max_iter').inputValue()).toBe('251');
    await pasteOver(page, line(), `vsgd-lab run experiment=quickstart ${small} train.seed=4`);
    expect(await field('train.seed').inputValue()).toBe('4');
    await page.keyboard.type('2');
    await expect.poll(() => field('train.seed').inputValue()).toBe('42');
    expect(await line().inputValue()).toMatch(/train\.seed=42$/);
  });

  test('every kind of field is taken as it is shown: number, empty, choice, flag, chips, name, tags, engine', async () => {
    const { page } = app;
    await openForm();
    await page.getByRole('button', { name: 'sgd', exact: true }).click();
    await typeOver(page, field('train.optimizer.lr'), '0.025');
    await typeOver(page, field('train.max_iter'), '3');
    await field('dataset.data_module.use_augmentations').uncheck();
    await page.getByRole('button', { name: /^Advanced/ }).last().click();
    await field('train.best_metric').focus();
    await page.keyboard.press('ArrowDown');
    await typeOver(page, field('train.max_epochs'), '2');
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    await typeOver(page, page.getByLabel('Name'), 'all kinds');
    await page.getByRole('combobox', { name: 'Engine' }).selectOption('wasm');
    await typeOver(page, page.getByLabel('Tags'), 'one, two');
    const shown = await line().inputValue();
    const run = only(await start(ways['Ctrl+Enter']!));
    const { train, dataset } = run.config;
    expect([run.name, run.tags, run.engine]).toEqual(['all kinds', ['one', 'two'], 'wasm']);
    expect(train).toMatchObject({ max_iter: 3, max_epochs: null, best_metric: 'test/loss', optimizer: { lr: 0.025 } });
    expect(dataset.data_module.use_augmentations).toBe(false);
    for (const override of run.overrides) expect(shown).toContain(override);
  });

  test('several values that are pasted become chips, and Backspace takes the last one', async () => {
    const { page } = app;
    await openForm();
    await pasteOver(page, field('train.optimizer.lr'), '0.1,0.01,0.001');
    await page.getByRole('group', { name: 'lr, 3 values' }).waitFor();
    await page.keyboard.press('Backspace');
    await page.keyboard.type('0.5');
    await expect.poll(() => line().inputValue()).toContain('train.optimizer.lr=0.1,0.01,0.5');
    const made = await start(ways['Ctrl+Enter']!);
    expect(made.map(({ config }) => (config.train.optimizer as { lr: number }).lr).sort()).toEqual([0.01, 0.1, 0.5]);
  });

  test('what is wrong starts nothing, and the page says what it is', async () => {
    const { page } = app;
    await openForm();
    const before = startedRuns(app.lab.home).length;
    const refusal = page.getByRole('alert').filter({ hasText: 'Not started:' });
    const wrong: [Locator, string, RegExp][] = [[field('train.max_iter'), '1e', /max_iter/], [line(), 'vsgd-lab run experiment=quickstart hello', /words that the form does not know/]];
    for (const [place, typed, why] of wrong) {
      await typeOver(page, place, typed);
      await page.keyboard.press('Control+Enter');
      await expect.poll(() => refusal.innerText()).toMatch(why);
    }
    expect(startedRuns(app.lab.home).length).toBe(before);
    await pasteOver(page, line(), `vsgd-lab run --engine wasm experiment=quickstart ${small} train.seed=9`);
    expect(only(await start(ways['Ctrl+Enter']!)).config.train.seed).toBe(9);
  });

  test('an emptied field shows the value that it falls back to, and that one runs', async () => {
    const { page } = app;
    await openForm(' train.seed=8');
    await field('train.seed').click();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    await expect.poll(() => field('train.seed').getAttribute('placeholder')).toBe('1');
    expect(only(await start(ways['Ctrl+Enter']!)).config.train.seed).toBe(1);
  });

  test('the page complained of nothing', () => {
    expect(app.complaints).toEqual([]);
  });
});
