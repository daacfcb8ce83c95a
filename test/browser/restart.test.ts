// A server that is started again: the open page continues by itself, signed in, and shows what happened meanwhile.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunDetail } from '#contract';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';

describe.skipIf(chromiumPath === null)('an open page in Chromium (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  beforeAll(async () => { app = await openBrowserLab(); }, 120_000);
  afterAll(() => app.close());
  const small = ['model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8', 'train.max_iter=4'];
  const lost = () => app.page.getByText('The connection to VSGD Lab is lost');

  test.each(['SIGTERM', 'SIGKILL'] as const)('continues after the server was ended by %s and started again', async (signal) => {
    const { page } = app;
    await app.restart(signal);
    await expect.poll(() => lost().count(), { timeout: 60_000 }).toBe(0);
    const [{ id }] = app.lab.json<[RunDetail]>('run', 'experiment=quickstart', ...small, '--name', `after ${signal}`);
    await page.getByText(`after ${signal}`).first().waitFor(); // pushed by the new server
    await page.goto(`${app.address}/#/runs/${id}`);
    await page.reload();
    await page.getByRole('heading', { name: `after ${signal}` }).waitFor();
    await page.goto(`${app.address}/#/runs`);
  });

  test('says that it is signed out by a new token, and continues after a sign-in in another tab', async () => {
    const { page } = app;
    const { token } = await app.restart('SIGTERM', '--new-token');
    await page.getByText('You are signed out').waitFor();
    const other = await page.context().newPage();
    await other.goto(`${app.address}/?token=${token}`);
    await other.locator('main h1, main h2').first().waitFor();
    await expect.poll(() => page.getByText('You are signed out').count(), { timeout: 60_000 }).toBe(0);
    await other.close();
  });
});
