// Makes the pictures of docs/guide.md: a real sweep, a real server, a real Chromium. `npm run guide`.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { build } from 'vite';
import { rendererConfig } from './build.ts';
import { root } from './commands.ts';
import { served } from './served.ts';

const folder = join(root, 'docs', 'guide');
const main = join(root, 'src-main', 'cli', 'main.ts');
const small = ['model.dim=16', 'model.depth=2', 'dataset.data_module.train_size=400', 'dataset.data_module.test_size=100', 'dataset.data_module.val_size=40', 'dataset.data_module.batch_size=16', 'train.eval_test_freq=10', 'train.max_iter=300', 'train.optimizer_log_freq=10'];

async function take(page: Page, name: string): Promise<void> {
  await page.evaluate('document.fonts.ready');
  await delay(400); // charts draw in the frames after their data
  await sharp(await page.screenshot()).png({ palette: true, compressionLevel: 9, colours: 128 }).toFile(join(folder, `${name}.png`));
}

type Step = { name: string; hash: string; wait: (page: Page) => Promise<unknown>; after?: (page: Page) => Promise<unknown>; dark?: boolean };

function stepsOf(ids: string[]): Step[] {
  const compare = `#/compare?runs=${ids.join(',')}`;
  const button = (name: string) => (page: Page) => page.getByRole('button', { name, exact: true }).first().click();
  return [
    { name: 'runs', hash: '#/runs', wait: (page) => page.getByRole('button', { name: /3 optimizers/ }).click() },
    { name: 'new-run', hash: '#/new?line=experiment%3Dquickstart%20train.seed%3D1%2C2', wait: (page) => button('Use this command line')(page).then(() => page.getByRole('button', { name: 'Start 2 runs' }).waitFor()) },
    { name: 'run', hash: `#/runs/${ids[0]}`, wait: (page) => page.getByRole('region', { name: 'Gradient norm' }).locator('canvas').waitFor() },
    { name: 'optimizer', hash: `#/runs/${ids[0]}?tab=optimizer`, wait: (page) => page.getByRole('table', { name: 'By layer' }).waitFor() },
    { name: 'evaluation', hash: `#/runs/${ids[0]}?tab=evaluation`, wait: (page) => page.getByRole('table', { name: 'Confusion matrix' }).waitFor() },
    { name: 'compare', hash: compare, wait: (page) => page.getByRole('table', { name: 'Statistics by group' }).waitFor() },
    { name: 'bars', hash: `${compare}&kind=bars`, wait: (page) => page.locator('.paper svg').waitFor() },
    { name: 'export', hash: compare, wait: (page) => button('Export')(page).then(() => page.getByRole('dialog').locator('svg path[aria-label]').first().waitFor()), after: (page) => page.keyboard.press('Escape') },
    { name: 'datasets', hash: '#/datasets', wait: (page) => page.getByRole('heading', { name: 'Tiny ImageNet' }).waitFor() },
    { name: 'engines', hash: '#/engines', wait: (page) => page.getByText('In use', { exact: true }).waitFor() },
    { name: 'settings', hash: '#/settings', wait: (page) => page.getByLabel('Runs at the same time').waitFor(), dark: true },
    { name: 'palette', hash: '#/runs', wait: async (page) => { await page.keyboard.press('Control+k'); await page.getByLabel('Command', { exact: true }).fill('open'); }, after: (page) => page.keyboard.press('Escape') },
  ];
}

const queue: Step = {
  name: 'queue', hash: '#/runs?state=queue',
  wait: async (page) => {
    await page.getByText('1 running, 2 queued').waitFor();
    await page.getByRole('button', { name: /× 3 seeds/ }).first().click();
  },
};

async function photograph(page: Page, address: string, steps: Step[]): Promise<void> {
  for (const { name, hash, wait, after, dark } of steps) {
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
    await page.goto(`${address}/${hash}`);
    await wait(page);
    await take(page, name);
    await after?.(page);
    console.log(`docs/guide/${name}.png`);
  }
}

async function makePictures(home: string): Promise<void> {
  const run = (...args: string[]) => spawnSync(process.execPath, [main, ...args, '--home', home], { encoding: 'utf8' });
  const server = spawn(process.execPath, [main, 'serve', '--port', '0', '--json', '--home', home], { stdio: 'ignore' });
  const { address, token } = await served(home);
  const browser = await chromium.launch({ executablePath: process.env.VSGD_LAB_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(`${address}/?token=${token}`);
    await page.getByRole('button', { name: 'Compare on generated data' }).waitFor();
    await take(page, 'first-start');
    const { status, stderr } = run('run', '-m', '--name', 'Quick comparison', 'experiment=quickstart', ...small, 'train/optimizer=notebook_vsgd,notebook_adam,notebook_sgd', 'train.seed=1,2,3');
    if (status !== 0) throw new Error(stderr);
    const ids = (JSON.parse(run('runs', 'list', '--json').stdout) as { id: string }[]).map(({ id }) => id);
    await photograph(page, address, stepsOf(ids));
    run('run', '-m', '--detach', '--name', 'Longer', 'experiment=quickstart', ...small, 'train.max_iter=1000000', 'train/optimizer=vsgd,adamW', 'train.seed=1,2,3');
    await photograph(page, address, [queue]);
  } finally {
    await browser.close();
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await ended;
  }
}

mkdirSync(folder, { recursive: true });
await build(rendererConfig);
const home = mkdtempSync(join(tmpdir(), 'vsgd-lab-guide-'));
await makePictures(home).finally(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));
