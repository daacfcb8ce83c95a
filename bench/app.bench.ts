// The interface in a real Chromium over a large history: time to the table, to full curves, longest task under live rows, size of its JavaScript.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build } from 'vite';
import type { RunDocument } from '#contract';
import { newRunId } from '#runs';
import { askToEnd, enqueueRuns, openLab, type Lab } from '#services';
import { createAppender, getRun, insertRun } from '#store';
import { rendererConfig } from '../scripts/build.ts';
import { served, type Served } from '../scripts/served.ts';
import { keys, valueAt } from './app/series.ts';
import type { BenchRow } from './run.ts';
import { median } from './training.ts';

const [runCount, steps, full] = [1000, 30_000, Number(process.env.VSGD_LAB_BENCH_FULL ?? 20)];
const optimizers = ['vsgd.VSGD', 'torch.optim.Adam', 'torch.optim.AdamW', 'torch.optim.SGD'];
const logger = fileURLToPath(new URL('app/logger.ts', import.meta.url));
const main = fileURLToPath(new URL('../src-main/cli/main.ts', import.meta.url));

function* rowsOf(count: number, series = keys) {
  for (let step = 1; step <= count; step += 1) for (const [index, key] of series.entries()) yield { key, step, time: 1.7e12 + 50 * step, value: valueAt(index, step) };
}

/** A history of `runCount` finished runs; the newest `full` of them have every row, the others 30. */
function createHistory(lab: Lab): string[] {
  const { database } = lab;
  const [first] = enqueueRuns(lab, { overrides: ['experiment=quickstart'] });
  const template = JSON.parse(getRun(database, first!.id)!.document) as RunDocument;
  const append = createAppender(database);
  const ids: string[] = [];
  for (let index = 0; index < runCount; index += 1) {
    const id = newRunId();
    const config = structuredClone(template.config) as { train: { seed: number; optimizer: { _target_: string } } };
    Object.assign(config.train, { seed: index });
    config.train.optimizer._target_ = optimizers[index % optimizers.length] as string;
    insertRun(database, { ...template, id, name: `run ${index}`, seed: index, config: config as never });
    database.transaction(() => append(id, rowsOf(index >= runCount - full ? steps : 30)))();
    ids.push(id);
  }
  database.prepare("UPDATE runs SET state = 'finished', step = ?, total_steps = ?, started_at = created_at, ended_at = created_at").run(steps, steps);
  return ids;
}

/** Four runs with 360,000 rows of one series each. */
function createHour(lab: Lab): string[] {
  const { database } = lab;
  const template = JSON.parse(getRun(database, enqueueRuns(lab, { overrides: ['experiment=quickstart'] })[0]!.id)!.document) as RunDocument;
  const ids = [1, 2, 3, 4].map((seed) => {
    const id = newRunId();
    insertRun(database, { ...template, id, name: `hour ${seed}`, seed });
    database.transaction(() => createAppender(database)(id, rowsOf(360_000, keys.slice(0, 1))))();
    return id;
  });
  database.prepare("UPDATE runs SET state = 'finished', step = 360000, total_steps = 360000, started_at = created_at, ended_at = created_at WHERE name LIKE 'hour %' OR state = 'queued'").run();
  return ids;
}

/** In every page: `seen()` resolves with the time of the picture that first shows so many elements. Asking from outside would take part in what is measured. */
const watcher = `globalThis.seen = (selector, count) => new Promise((resolve) => {
  const look = () => {
    if (document.querySelectorAll(selector).length < count) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { childList: true, subtree: true });
  look();
});
globalThis.rowsAt = globalThis.seen('tbody tr[data-row]', 20);`;

/** From the start of loading to the picture with the table's first rows, in ms. */
async function tableTime(page: Page): Promise<number> {
  await page.waitForFunction('globalThis.rowsAt');
  return (await page.evaluate('globalThis.rowsAt')) as number;
}

/** From the change of the address to the picture with all curves, in ms. */
const curvesTime = (page: Page, hash: string, count: number) => page.evaluate(`(() => { const start = performance.now(); location.hash = '${hash}'; return globalThis.seen('.legend .key', ${count}).then((at) => at - start); })()`) as Promise<number>;

/** What the page's JavaScript holds, in MB, after a collection. */
async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize, backingStorageSize = 0 } = (await session.send('Runtime.getHeapUsage')) as { usedSize: number; backingStorageSize?: number };
  await session.detach();
  return (usedSize + backingStorageSize) / 1e6;
}

/** Memory before and with an hour's rows of four runs at 100 rows a second in a chart. */
async function hourOfRows(page: Page, address: string, hour: string[]): Promise<{ before: number; after: number }> {
  await page.goto('about:blank');
  await page.goto(`${address}/#/settings`);
  await page.locator('main h1').waitFor();
  const before = await heapOf(page);
  await page.goto(`${address}/#/compare?by=run&metric=train/loss&runs=${hour.join(',')}`);
  await page.locator('.legend .key').nth(hour.length - 1).waitFor();
  await page.getByRole('table', { name: 'Statistics by group' }).waitFor();
  // The table stands before the curves are all there and drawn: what counts is where it comes to rest.
  let [last, after] = [0, await heapOf(page)];
  while (Math.abs(after - last) > 0.01 * after) {
    await delay(1000);
    [last, after] = [after, await heapOf(page)];
  }
  return { before, after };
}

/** In the page: the time of its first paint with something on it, once the browser tells it. */
const firstContentfulPaint = `new Promise((told) => new PerformanceObserver((list) => {
  const entry = list.getEntriesByName('first-contentful-paint')[0];
  if (entry) told(performance.timeOrigin + entry.startTime);
}).observe({ type: 'paint', buffered: true }))`;

/** From `npm start` to the first paint of the page, in ms: the interface built, the server up, the browser there. */
async function firstPaint(page: Page): Promise<number> {
  const home = mkdtempSync(join(tmpdir(), 'vsgd-lab-bench-'));
  const start = Date.now();
  const program = fileURLToPath(new URL('../scripts/bootstrap.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, 'app', '--port', '0', '--json', '--home', home], { stdio: 'ignore' });
  const { address, token, pid } = await served(home);
  await page.goto(`${address}/?token=${token}`);
  await page.locator('main h2').waitFor();
  const painted = (await page.evaluate(firstContentfulPaint)) as number;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(pid, 'SIGTERM'); // the server itself: the program that began it ends with it
  await ended;
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  return painted - start;
}

/** The longest task of the main thread while four runs log into a chart of their losses, in ms (0: none over 50); and steps a second that came. */
async function liveTask(page: Page, home: string, overrides: string[]): Promise<{ longest: number; rate: number }> {
  const lab = openLab(home);
  const made = enqueueRuns(lab, { overrides: ['experiment=quickstart', ...overrides, 'train.seed=1,2,3,4'], multirun: true }).map(({ id }) => id);
  const stepsNow = () => made.reduce((sum, id) => sum + (getRun(lab.database, id)?.step ?? 0), 0);
  await page.evaluate(`location.hash = '#/compare?by=run&metric=train/loss&runs=${made.join(',')}'`);
  while (stepsNow() < 8000) await delay(200);
  await delay(3000); // what was there is drawn
  await page.evaluate("window.longest = 0; new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration); }).observe({ type: 'longtask' })");
  const [before, seconds] = [stepsNow(), 20];
  await delay(1000 * seconds);
  const rate = (stepsNow() - before) / seconds;
  const longest = (await page.evaluate('window.longest')) as number;
  for (const id of made) askToEnd(lab, id, 'stopped');
  while (made.some((id) => getRun(lab.database, id)?.state !== 'stopped')) await delay(100);
  lab.close();
  return { longest, rate };
}

/** Small enough that four trainers log as fast as they can. */
const smallest = ['model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8', 'train.max_iter=1000000', 'train.eval_test_freq=0', 'train.engine_threads=1'];

/** The server of a home, with another trainer in the place of ours where one is given; `end` resolves when it is gone. */
async function serve(home: string, trainer?: string): Promise<Served & { end(): Promise<void> }> {
  const server = spawn(process.execPath, [main, 'serve', '--port', '0', '--json', '--home', home], { stdio: 'ignore', env: { ...process.env, ...(trainer ? { VSGD_LAB_TRAINER: trainer } : {}) } });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  return { ...(await served(home)), end: async () => { server.kill('SIGTERM'); await ended; } };
}

/** Opens the app in a new page that knows how to watch itself. */
async function open(browser: Browser, { address, token }: Served): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.addInitScript(watcher);
  await page.goto(`${address}/?token=${token}`);
  await page.locator('main h1').waitFor(); // signed in, and sent on
  return page;
}

export async function run(): Promise<BenchRow[]> {
  await build(rendererConfig);
  const home = mkdtempSync(join(tmpdir(), 'vsgd-lab-bench-'));
  writeFileSync(join(home, 'settings.json'), JSON.stringify({ slots: 4 }));
  const lab = openLab(home);
  const start = performance.now();
  const ids = createHistory(lab);
  const made = (performance.now() - start) / 1000;
  const hour = createHour(lab);
  lab.close();
  const first = await serve(home);
  const { address } = first;
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const page = await open(browser, first);
  const [opened, reloaded, curves]: [number[], number[], number[]] = [[], [], []];
  for (let turn = 0; turn < 7; turn += 1) {
    await page.goto('about:blank');
    await page.goto(`${address}/#/runs?group=none`);
    opened.push(await tableTime(page));
    await delay(1000); // the small curves come, and the server rests
    await page.reload();
    reloaded.push(await tableTime(page));
    await delay(1000);
    curves.push(await curvesTime(page, `#/compare?by=run&metric=train/loss&runs=${ids.slice(-full).join(',')}`, full));
    await delay(1000);
  }
  const { before, after } = await hourOfRows(page, address, hour);
  const real = await liveTask(page, home, smallest);
  await first.end();
  const paced = await serve(home, logger);
  const steady = await liveTask(await open(browser, paced), home, []);
  await paced.end();
  const assets = fileURLToPath(new URL('../out/renderer/assets/', import.meta.url));
  const scripts = readdirSync(assets).filter((name) => name.endsWith('.js')).reduce((sum, name) => sum + gzipSync(readFileSync(join(assets, name))).length, 0);
  const fresh = await browser.newPage();
  await fresh.addInitScript(watcher);
  const paint = await firstPaint(fresh);
  await browser.close();
  const history = `${runCount} runs, ${full} of them ${steps.toLocaleString('en-US')} steps × ${keys.length} series, made in ${made.toFixed(0)} s`;
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  return [
    { name: 'page opened to the table usable', value: median(opened), unit: 'ms', detail: `${history}; a new page process` },
    { name: 'page reloaded to the table usable', value: median(reloaded), unit: 'ms', detail: 'the same' },
    { name: `${full} runs' full curves drawn`, value: median(curves), unit: 'ms', detail: `one series of ${steps.toLocaleString('en-US')} points each; ${curves[0]?.toFixed(0)} ms the first time` },
    { name: 'longest task, 4 runs log 100 steps/s each', value: steady.longest, unit: 'ms', detail: `0: none over 50 ms; six metrics a step, ${steady.rate.toFixed(0)} steps/s in all` },
    { name: 'longest task, 4 trainers at full speed', value: real.longest, unit: 'ms', detail: `${real.rate.toFixed(0)} steps/s in all, both cores taken` },
    { name: 'memory with an hour of rows', value: after, unit: 'MB', detail: `JavaScript heap and arrays with 4 × 360,000 points in a chart; ${before.toFixed(0)} MB without` },
    { name: 'start to first paint', value: paint, unit: 'ms', detail: 'npm run app: interface built, server up, an empty history' },
    { name: 'JavaScript of the interface, gzip', value: scripts / 1000, unit: 'kB' },
  ];
}
