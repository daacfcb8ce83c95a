// Getting data as a user does it: a mirror that breaks off, a pause over a restart, verify, pictures by class, drop, choose, remove.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DatasetListing } from '#contract';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';
import { startMirror, type Mirror } from '../helpers/mirror.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { hasShared, sharedPath } from '../helpers/shared.ts';

describe.skipIf(chromiumPath === null || !hasShared)('data sets in Chromium (needs /usr/bin/chromium and the pictures of ../shared)', () => {
  let app: BrowserLab;
  let mirror: Mirror;
  const archive = (name: string) => readFileSync(sharedPath(`data/${name}`));
  const state = (name: string) => app.lab.json<DatasetListing[]>('datasets', 'list').find((one) => one.name === name)?.state;
  const card = (title: string) => app.page.locator('section.card', { has: app.page.getByRole('heading', { name: title }) });
  beforeAll(async () => {
    app = await openBrowserLab();
    mirror = await startMirror({ 'tiny-imagenet-200.zip': archive('tiny-imagenet-200.zip'), 'cifar-100-binary.tar.gz': archive('cifar-100-binary.tar.gz') });
    const { page } = app;
    await page.goto(`${app.address}/#/settings`);
    await page.getByLabel('Mirror of data sets').fill(mirror.address);
    await page.getByLabel('Mirror of data sets').blur();
    await page.getByText('Saved', { exact: true }).waitFor();
    await page.goto(`${app.address}/#/datasets`);
  }, 120_000);
  afterAll(async () => {
    await app.close();
    await mirror.close();
  });

  test('a download that breaks off midway goes on where it was, and is installed', async () => {
    const half = Math.floor(archive('tiny-imagenet-200.zip').length / 2);
    mirror.faults.push({ kind: 'cut', after: half });
    await card('Tiny ImageNet').getByRole('button', { name: /Download/ }).click();
    const use = card('Tiny ImageNet').getByRole('button', { name: 'Use it anyway' });
    await use.waitFor({ timeout: 60_000 });
    expect(mirror.requests.at(-1)?.range).toMatch(/^bytes=[1-9]\d*-$/);
    const asked = mirror.requests.length;
    await use.click();
    await card('Tiny ImageNet').getByText('installed').waitFor({ timeout: 60_000 });
    expect(mirror.requests.length).toBe(asked); // what has come is used
    await card('Tiny ImageNet').getByText('Not the published archive, 1,200 of 100,000 training images').waitFor();
    expect(state('tiny-imagenet-200')).toBe('installed');
    await card('Tiny ImageNet').getByRole('button', { name: 'Verify' }).click();
    await card('Tiny ImageNet').getByText('Verified: no changes since the installation.').waitFor();
  });

  test('a paused download is discarded: nothing of it stays, and it can be begun anew', async () => {
    const cifar = card('CIFAR-100');
    const arrived = () => readdirSync(join(app.lab.home, 'downloads')).filter((name) => name.startsWith('cifar-100'));
    mirror.faults.push({ kind: 'stall', after: Math.floor(archive('cifar-100-binary.tar.gz').length / 2) });
    await cifar.getByRole('button', { name: /^Download/ }).click();
    await expect.poll(arrived).not.toEqual([]);
    await cifar.getByRole('button', { name: 'Pause' }).click();
    await cifar.getByRole('button', { name: 'Discard what has arrived' }).click();
    await cifar.getByRole('button', { name: /^Download/ }).waitFor();
    expect(await cifar.getByRole('button', { name: 'Discard what has arrived' }).count()).toBe(0);
    expect(arrived()).toEqual([]);
  });

  test('a paused download is resumed', async () => {
    mirror.faults.push({ kind: 'stall', after: Math.floor(archive('cifar-100-binary.tar.gz').length / 2) });
    await card('CIFAR-100').getByRole('button', { name: /Download/ }).click();
    await expect.poll(() => readdirSync(join(app.lab.home, 'downloads')).filter((name) => name.endsWith('.part'))).not.toEqual([]);
    await card('CIFAR-100').getByText(/Downloading [\d.]+ [kM]B of/).waitFor();
    await card('CIFAR-100').getByRole('button', { name: 'Pause' }).click();
    await card('CIFAR-100').getByText(/^paused at [\d.]+ [kM]B of/).waitFor();
    await card('CIFAR-100').getByRole('button', { name: 'Resume download' }).click();
    await card('CIFAR-100').getByRole('button', { name: 'Use it anyway' }).click({ timeout: 60_000 });
    await card('CIFAR-100').getByText('installed').waitFor({ timeout: 60_000 });
  });

  test('a page for each: pictures by class and their numbers; for an absent one, the files to fetch', async () => {
    const { page } = app;
    await card('Tiny ImageNet').getByRole('link', { name: 'Tiny ImageNet' }).click();
    await page.getByRole('table', { name: 'Images of each class' }).waitFor();
    const second = await page.getByRole('combobox', { name: /^Class/ }).locator('option').nth(2).innerText();
    await page.getByRole('combobox', { name: /^Class/ }).selectOption({ index: 2 });
    await page.locator(`.pictures img[alt^="${second}, picture"]`).first().waitFor();
    await expect.poll(async () => new Set((await page.locator('.pictures img').evaluateAll((images) => images.map((image) => (image as HTMLImageElement).alt.split(', picture')[0])))).size).toBe(1);
    await page.reload();
    await page.locator(`.pictures img[alt^="${second}, picture"]`).first().waitFor();
    await page.goto(`${app.address}/#/datasets/cifar10`);
    await page.getByRole('table', { name: 'Files' }).getByText('cifar-10-binary.tar.gz').first().waitFor();
  });

  const preview = (source: string) => app.page.getByRole('region', { name: `Import of ${source}` });
  /** Drops files on the page in one go. */
  async function drop(files: Record<string, Buffer>): Promise<void> {
    const dropped = await app.page.evaluateHandle((all) => {
      const transfer = new DataTransfer();
      for (const [name, base64] of Object.entries(all)) transfer.items.add(new File([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], name));
      return transfer;
    }, Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, bytes.toString('base64')])));
    await app.page.dispatchEvent('main', 'drop', { dataTransfer: dropped });
  }
  const uploads = () => readdirSync(join(app.lab.home, 'downloads')).filter((name) => name.startsWith('upload-'));

  test('several archives and MNIST\'s files in one drop: MNIST\'s four are one data set, and nothing is installed before a confirmation', async () => {
    const { page } = app;
    await page.goto(`${app.address}/#/datasets`);
    const mnist = ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz', 't10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'];
    await drop(Object.fromEntries(['cifar-10-binary.tar.gz', ...mnist].map((name) => [name, archive(name)])));
    const cifar = preview('cifar-10-binary.tar.gz');
    const digits = app.page.getByRole('region', { name: /^Import of .*train-images-idx3/ });
    await digits.waitFor({ timeout: 60_000 });
    await cifar.getByText('1,000 of 50,000').or(cifar.getByText('1000 of 50000')).first().waitFor({ timeout: 60_000 });
    expect([state('cifar10'), state('mnist')]).toEqual(['absent', 'absent']);
    expect(await page.getByRole('region', { name: /^Import of / }).count()).toBe(2);
    expect(await cifar.getByRole('button', { name: 'Import', exact: true }).isDisabled()).toBe(true);
    await cifar.getByLabel('Import it anyway').check();
    await cifar.getByRole('button', { name: 'Import', exact: true }).click();
    await card('CIFAR-10').filter({ hasNotText: 'CIFAR-100' }).getByText('installed').waitFor({ timeout: 60_000 });
    const anyway = digits.getByLabel('Import it anyway');
    if (await anyway.count()) await anyway.check();
    await digits.getByRole('button', { name: 'Import', exact: true }).click();
    await card('MNIST').getByText('installed').waitFor({ timeout: 60_000 });
    await expect.poll(uploads).toEqual([]);
  }, 120_000);

  test('a spoiled archive says what is wrong, until that is dismissed', async () => {
    const spoiled = archive('cifar-100-binary.tar.gz').subarray(0, 5000);
    await app.page.getByLabel('Choose files').setInputFiles({ name: 'spoiled.tar.gz', mimeType: 'application/gzip', buffer: Buffer.from(spoiled) });
    await card('Import').getByText('spoiled.tar.gz').first().waitFor();
    await card('Import').locator('.bad').first().waitFor();
    await card('Import').getByRole('button', { name: 'Dismiss this error' }).click();
    await expect.poll(() => card('Import').locator('.bad').count()).toBe(0);
    expect(uploads()).toEqual([]);
  });

  test('a folder of images is previewed, changed, imported under another name, and trains from its page', async () => {
    const { page } = app;
    const folder = join(scratchFolder(), 'colors');
    for (const [color, total] of [['red', 12], ['blue', 20]] as const) {
      mkdirSync(join(folder, color), { recursive: true });
      for (let number = 0; number < total; number += 1) await sharp({ create: { width: 40, height: 40, channels: 3, background: color } }).png().toFile(join(folder, color, `${number}.png`));
    }
    writeFileSync(join(folder, 'red', 'notes.txt'), 'x');
    mkdirSync(join(folder, 'empty'));
    await page.goto(`${app.address}/#/datasets`);
    await page.getByLabel('Choose a folder').setInputFiles(folder);
    const shown = preview('colors');
    await shown.getByText('2 classes, 29 training images, 3 test images').waitFor();
    await shown.getByText('40 × 40 (32)').waitFor();
    await shown.getByText('1 file or folder is left out').click();
    await shown.getByText('red/notes.txt').waitFor();
    await shown.getByLabel('Test split').fill('25');
    await shown.getByText('24 training images, 8 test images').waitFor();
    await shown.getByLabel('Image size').fill('4');
    expect(await shown.getByRole('button', { name: 'Import', exact: true }).isDisabled()).toBe(true);
    await shown.getByLabel('Image size').fill('16');
    await shown.getByLabel('Name').fill('two-colors');
    await shown.getByRole('button', { name: 'Import', exact: true }).click();
    await card('two-colors').getByText('installed').waitFor();
    await card('two-colors').getByRole('link', { name: 'two-colors' }).click();
    await page.getByText('1 file or folder is left out').waitFor();
    await page.getByRole('button', { name: 'New run with this data set' }).click();
    await expect.poll(() => page.getByLabel('folder', { exact: true }).inputValue()).toBe('two-colors');
    const max = page.getByLabel('max iter', { exact: true });
    await max.fill('4');
    await max.blur();
    await page.getByRole('combobox', { name: 'Engine' }).selectOption('wasm');
    await page.getByRole('button', { name: /^Start/ }).click();
    await page.waitForURL(/#\/runs\//);
    await expect.poll(() => app.lab.json<{ state: string; dataset: { name: string } }[]>('runs', 'list').map((run) => [run.state, run.dataset.name]), { timeout: 90_000, interval: 1000 }).toEqual([['finished', 'two-colors']]);
  }, 150_000);

  test('a run on a subset says so on its page', async () => {
    const { page } = app;
    app.lab.lab('run', '--engine', 'wasm', 'experiment=quickstart', 'dataset=tiny_imagenet', 'train.max_iter=2', 'train.val_freq=0', 'model.dim=8', 'model.depth=1', 'model.patch_size=16', 'dataset.data_module.limit_test=32', '--name', 'tiny');
    const run = app.lab.json<{ id: string; name: string }[]>('runs', 'list').find(({ name }) => name === 'tiny');
    await page.goto(`${app.address}/#/runs/${run?.id}`);
    await page.getByText(/not the published archive, 1,200 of 100,000 training images/).first().waitFor();
    await page.goto(`${app.address}/#/runs/${run?.id}?tab=evaluation`);
    await page.getByText(/of 32 validation images correct/).waitFor();
    await page.getByText('goldfish, Carassius auratus').first().waitFor();
    await expect.poll(() => page.locator('img[src^="data:image/png"]').count()).toBeGreaterThan(0);
  }, 120_000);

  test('a data set is removed by two clicks', async () => {
    await app.page.goto(`${app.address}/#/datasets`);
    const remove = card('CIFAR-100').getByRole('button', { name: 'Remove' });
    await remove.click();
    await card('CIFAR-100').getByRole('button', { name: /for good/ }).click();
    await expect.poll(() => state('cifar100')).toBe('absent');
  });

  test('the page complained of nothing', () => {
    expect(app.complaints).toEqual([]);
  });
});
