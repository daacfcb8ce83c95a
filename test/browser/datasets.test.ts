// Getting data as a user does it: a mirror that breaks off, a pause over a restart, verify, pictures by class, drop, choose, remove.
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
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
    await page.getByLabel(/A subset or repack that I trust/).check();
  }, 120_000);
  afterAll(async () => {
    await app.close();
    await mirror.close();
  });

  test('a download that breaks off midway goes on where it was, and is installed', async () => {
    const half = Math.floor(archive('tiny-imagenet-200.zip').length / 2);
    mirror.faults.push({ kind: 'cut', after: half });
    await card('Tiny ImageNet').getByRole('button', { name: /Download/ }).click();
    await card('Tiny ImageNet').getByText('installed').waitFor({ timeout: 60_000 });
    expect(mirror.requests.at(-1)?.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(state('tiny-imagenet-200')).toBe('installed');
    await card('Tiny ImageNet').getByRole('button', { name: 'Verify' }).click();
    await card('Tiny ImageNet').getByText('Every byte is as it was installed.').waitFor();
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
    await card('CIFAR-100').getByRole('button', { name: 'Pause' }).click();
    await card('CIFAR-100').getByRole('button', { name: 'Resume download' }).click();
    await card('CIFAR-100').getByText('installed').waitFor({ timeout: 60_000 });
  });

  test('a page for each: pictures by class and their numbers; for an absent one, the files to fetch', async () => {
    const { page } = app;
    await card('Tiny ImageNet').getByRole('link', { name: 'Tiny ImageNet' }).click();
    await page.getByRole('table', { name: 'Pictures of each class' }).waitFor();
    const second = await page.getByRole('combobox', { name: /^Class/ }).locator('option').nth(2).innerText();
    await page.getByRole('combobox', { name: /^Class/ }).selectOption({ index: 2 });
    await page.locator(`.pictures img[alt^="${second}, picture"]`).first().waitFor();
    await expect.poll(async () => new Set((await page.locator('.pictures img').evaluateAll((images) => images.map((image) => (image as HTMLImageElement).alt.split(', picture')[0])))).size).toBe(1);
    await page.reload();
    await page.locator(`.pictures img[alt^="${second}, picture"]`).first().waitFor();
    await page.goto(`${app.address}/#/datasets/cifar10`);
    await page.getByRole('table', { name: 'Files' }).getByText('cifar-10-binary.tar.gz').first().waitFor();
  });

  test('an archive is dropped on the page, another chosen; a spoiled one tells what is wrong', async () => {
    const { page } = app;
    await page.goto(`${app.address}/#/datasets`);
    await page.getByLabel(/A subset or repack that I trust/).check();
    const data = archive('cifar-10-binary.tar.gz').toString('base64');
    const dropped = await page.evaluateHandle((base64) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], 'cifar-10-binary.tar.gz'));
      return transfer;
    }, data);
    await page.dispatchEvent('main', 'drop', { dataTransfer: dropped });
    await card('CIFAR-10').filter({ hasNotText: 'CIFAR-100' }).getByText('installed').waitFor({ timeout: 60_000 });
    const spoiled = archive('cifar-100-binary.tar.gz').subarray(0, 5000);
    await page.getByLabel('Choose a file').setInputFiles({ name: 'spoiled.tar.gz', mimeType: 'application/gzip', buffer: Buffer.from(spoiled) });
    await card('Import').getByText('spoiled.tar.gz').first().waitFor();
    await card('Import').locator('.bad').first().waitFor();
    expect(readdirSync(join(app.lab.home, 'downloads')).filter((name) => name.startsWith('upload-'))).toEqual([]);
  });

  test('a folder of pictures is chosen, and is a data set then', async () => {
    const { page } = app;
    const folder = join(scratchFolder(), 'colours');
    for (const colour of ['red', 'blue']) {
      mkdirSync(join(folder, colour), { recursive: true });
      for (const number of [1, 2, 3]) await sharp({ create: { width: 64, height: 64, channels: 3, background: colour } }).png().toFile(join(folder, colour, `${number}.png`));
    }
    await page.goto(`${app.address}/#/datasets`);
    await page.getByLabel('Choose a folder').setInputFiles(folder);
    await card('colours').getByText('installed').waitFor();
    expect(state('colours')).toBe('installed');
  });

  test('a data set is removed by two clicks', async () => {
    const remove = card('CIFAR-100').getByRole('button', { name: 'Remove' });
    await remove.click();
    await card('CIFAR-100').getByRole('button', { name: /for good/ }).click();
    await expect.poll(() => state('cifar100')).toBe('absent');
  });

  test('the page complained of nothing', () => {
    expect(app.complaints).toEqual([]);
  });
});
