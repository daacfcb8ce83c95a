// The first minutes: one button, and curves of three optimizers move; MNIST is fetched, and its comparison follows by itself.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunSummary } from '#contract';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';
import { startMirror } from '../helpers/mirror.ts';
import { waitUntil } from '../helpers/processes.ts';
import { hasShared, sharedPath } from '../helpers/shared.ts';

const files = ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz', 't10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'];

describe.skipIf(chromiumPath === null)('the first start in Chromium (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  beforeAll(async () => { app = await openBrowserLab(); }, 120_000);
  afterAll(() => app.close());
  const runs = () => app.lab.json<RunSummary[]>('runs', 'list');
  const optimizers = () => new Set(runs().map(({ config }) => (config as { train: { optimizer: { _target_: string } } }).train.optimizer._target_)).size;
  /** Takes all runs away: the history is empty again. */
  async function forget(): Promise<void> {
    for (const { id } of runs()) app.lab.lab('runs', 'stop', id);
    await waitUntil('the runs to end', () => runs().every(({ state }) => !['queued', 'starting', 'running', 'pausing', 'stopping'].includes(state)));
    for (const { id } of runs()) app.lab.lab('runs', 'delete', id);
  }

  test('one button compares three optimizers on generated data, and their curves move', async () => {
    const { page } = app;
    await page.getByRole('button', { name: 'Compare on generated data' }).click();
    const canvas = page.getByRole('region', { name: 'train/loss' }).locator('canvas');
    await expect.poll(() => canvas.getAttribute('aria-label'), { timeout: 60_000 }).toMatch(/(VSGD|Adam|SGD) \d/);
    const before = await canvas.getAttribute('aria-label');
    await expect.poll(() => canvas.getAttribute('aria-label'), { timeout: 60_000 }).not.toBe(before);
    expect(optimizers()).toBe(3);
  }, 300_000);

  test.skipIf(!hasShared)('the other fetches MNIST first, tells how far it is, and starts by itself', async () => {
    const { page } = app;
    const mirror = await startMirror(Object.fromEntries(files.map((file) => [file, readFileSync(sharedPath(`data/${file}`))])));
    mirror.faults.push({ kind: 'status', status: 404 });
    await forget();
    await page.goto(`${app.address}/#/settings`);
    await page.getByLabel('Mirror of data sets').fill(mirror.address);
    await page.getByLabel('Mirror of data sets').blur();
    await page.getByText('Saved', { exact: true }).waitFor();
    await page.goto(`${app.address}/#/runs`);
    await page.getByRole('button', { name: 'Compare on MNIST, 11.6 MB' }).click();
    await page.getByRole('link', { name: 'Install offline' }).waitFor({ timeout: 60_000 });
    // The pictures of ../shared have other digests than the published files: the job is begun with consent, and the button joins it.
    await page.evaluate(() => fetch('/trpc/datasets.install', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'mnist', acceptDigest: true }) }));
    await page.getByRole('button', { name: 'Compare on MNIST, 11.6 MB' }).click();
    await page.getByText('3 runs in 3 groups').waitFor({ timeout: 90_000 });
    expect([optimizers(), runs().every(({ overrides }) => overrides.includes('experiment=mnist_convmixer'))]).toEqual([3, true]);
    await mirror.close();
  }, 300_000);

  test('the page complained of nothing', () => {
    expect(app.complaints).toEqual([]);
  });
});
