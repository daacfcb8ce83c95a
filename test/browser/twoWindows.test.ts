// Two windows on one run: what one of them writes is never replaced by the other without a word, and a run in the trash says so.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';
import { startedRuns, typeOver, type StartedRun } from '../helpers/typing.ts';

const small = ['model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8', 'train.max_iter=2'];

describe.skipIf(chromiumPath === null)('two windows (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  let other: Page;
  let id = '';
  beforeAll(async () => {
    app = await openBrowserLab();
    app.lab.lab('run', '--engine', 'wasm', '--name', 'shared', 'experiment=quickstart', ...small);
    id = startedRuns(app.lab.home)[0]!.id;
    other = await app.page.context().newPage();
    for (const page of [app.page, other]) await page.goto(`${app.address}/#/runs/${id}`);
  }, 120_000);
  afterAll(() => app.close());
  const run = (): StartedRun & { notes: string } => startedRuns(app.lab.home)[0] as StartedRun & { notes: string };

  async function write(page: Page, { tags, notes }: { tags: string; notes: string }): Promise<void> {
    await page.getByRole('button', { name: /^(Add notes|Notes)$/ }).click();
    await page.getByLabel('Notes', { exact: false }).last().fill(notes);
    await page.getByLabel('Tags, with commas between').fill(tags);
  }
  const save = (page: Page) => page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();

  test('notes and tags of both are kept', async () => {
    const { page } = app;
    await write(page, { tags: 'a', notes: 'note of A' });
    await write(other, { tags: 'b', notes: 'note of B' });
    await save(page);
    await expect.poll(() => run().notes).toBe('note of A');
    const told = other.getByRole('alert').filter({ hasText: 'Another window has changed this meanwhile' });
    await told.getByText('note of A').waitFor();
    expect(await other.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true);
    await other.keyboard.press('Control+Enter');
    expect(run().notes).toBe('note of A');
    await told.getByRole('button', { name: 'Keep both' }).click();
    await save(other);
    await expect.poll(() => run().notes).toBe('note of A\nnote of B');
    expect(run().tags).toEqual(['a', 'b']);
  });

  test('undo does not take away what the other window wrote', async () => {
    const { page } = app;
    await write(page, { tags: 'a, b', notes: 'mine' });
    await save(page);
    await page.locator('.notice', { hasText: 'Saved tags and notes.' }).last().waitFor();
    await expect.poll(() => other.getByRole('button', { name: 'Notes' }).getAttribute('title')).toBe('mine');
    await write(other, { tags: 'a, b', notes: 'theirs' });
    await save(other);
    await expect.poll(() => run().notes).toBe('theirs');
    await page.locator('.notice', { hasText: 'Saved tags and notes.' }).last().getByRole('button', { name: 'Undo' }).click();
    await page.locator('.notice.error', { hasText: 'changed elsewhere' }).waitFor();
    expect(run().notes).toBe('theirs');
  });

  test('a name that was typed over an older one is refused, and stays in the field', async () => {
    const { page } = app;
    const name = page.getByLabel('Name', { exact: true });
    await typeOver(page, name, 'name of A');
    await typeOver(other, other.getByLabel('Name', { exact: true }), 'name of B');
    await other.keyboard.press('Enter');
    await expect.poll(() => run().name).toBe('name of B');
    await name.press('Enter');
    await page.locator('.notice.error', { hasText: 'Now: name of B' }).waitFor();
    expect([run().name, await name.inputValue()]).toEqual(['name of B', 'name of A']);
    await name.click();
    await page.keyboard.press('Enter');
    await expect.poll(() => run().name).toBe('name of A');
  });

  test('a run that the other window puts into the trash says so, with a way back and nothing else', async () => {
    const { page } = app;
    await other.getByRole('button', { name: 'Move to trash' }).click();
    await page.getByRole('status').filter({ hasText: 'This run is in the trash.' }).waitFor();
    for (const name of ['Resume', 'Run again', 'Clone', 'Move to trash']) expect(await page.getByRole('button', { name }).count(), name).toBe(0);
    await page.getByRole('button', { name: 'Restore' }).click();
    await page.getByRole('button', { name: 'Run again' }).waitFor();
  });
});
