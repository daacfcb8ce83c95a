// The engines page as a user has it: install from a loopback index, break off, resume after a restart, remove and undo, measure, choose.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';
import { fakeEngines } from '../helpers/engines.ts';
import { startPackageIndex, tensorflowWheel, wheelFile } from '../helpers/packageIndex.ts';

describe.skipIf(chromiumPath === null || process.platform !== 'linux')('engines in Chromium (needs /usr/bin/chromium; small wheels, and stand-ins for the binding and the engine)', () => {
  let app: BrowserLab;
  let index: Awaited<ReturnType<typeof startPackageIndex>>;
  const row = (name: string) => app.page.getByRole('listitem', { name, exact: true });
  beforeAll(async () => {
    vi.stubEnv('VSGD_LAB_ENGINE_MODULE', fakeEngines);
    vi.stubEnv('FAKE_ENGINES', '');
    app = await openBrowserLab();
    const wheel = { content: tensorflowWheel(), file: wheelFile('tensorflow_cpu', '2.21.0') };
    index = await startPackageIndex({ 'tensorflow-cpu': [wheel], tensorflow: [{ ...wheel, file: wheelFile('tensorflow', '2.21.0') }] });
    await app.page.goto(`${app.address}/#/engines`);
    await row('WebAssembly').getByText('In use').waitFor();
  }, 120_000);
  afterAll(async () => {
    await app.close();
    await index.close();
    vi.unstubAllEnvs();
  });

  test('each engine says why not, in words, and what an installation takes before it is begun', async () => {
    await row('WebGPU').getByText('No adapter was found.').waitFor();
    await row('TensorFlow, CPU').getByText('Not installed', { exact: true }).waitFor();
    await row('TensorFlow, CPU').getByText(/Downloads 274\.0 MB, takes 1\.\d GB on disk/).waitFor();
  });

  test('an installation tells how far it is; cancelled, it is resumed after a reload', async () => {
    index.faults.push({ kind: 'stall', after: 2 << 20, path: /\.whl$/ });
    await row('TensorFlow, CPU').getByRole('button', { name: 'Install' }).click();
    await app.page.getByLabel('Package index').fill(index.index);
    await row('TensorFlow, CPU').getByRole('button', { name: /Download/ }).click();
    await row('TensorFlow, CPU').getByText(/Downloading, 2\.1 MB of 5\.\d MB/).waitFor();
    expect(Number(await row('TensorFlow, CPU').getByRole('progressbar').getAttribute('aria-valuenow'))).toBeGreaterThan(10);
    await row('TensorFlow, CPU').getByRole('button', { name: 'Cancel' }).click();
    await row('TensorFlow, CPU').getByRole('button', { name: 'Resume' }).waitFor();
    await app.page.reload();
    await row('TensorFlow, CPU').getByRole('button', { name: 'Resume' }).click();
    await row('TensorFlow, CPU').getByText('In use').waitFor();
    await row('WebAssembly').getByText('Passed over: TensorFlow, CPU is faster.').waitFor();
    expect(index.requests.at(-1)?.range).toBe(`bytes=${2 << 20}-`);
  });

  test('removed it is gone at once, and back by Undo', async () => {
    const folder = join(app.lab.home, 'engines', 'tensorflow-2.21.0-cpu');
    await row('TensorFlow, CPU').getByRole('button', { name: 'Remove TensorFlow, CPU' }).click();
    await row('TensorFlow, CPU').getByText('Not installed', { exact: true }).waitFor();
    expect(existsSync(folder)).toBe(false);
    await app.page.getByRole('button', { name: 'Undo' }).click();
    await row('TensorFlow, CPU').getByText('In use').waitFor();
    expect(existsSync(folder)).toBe(true);
  });

  test('a new run takes the best by itself, or the one that is named, and the command line says so', async () => {
    const { page } = app;
    await page.goto(`${app.address}/#/new`);
    await page.getByLabel('Engine').locator('option', { hasText: 'auto (TensorFlow, CPU)' }).waitFor({ state: 'attached' });
    await page.getByLabel('Engine').selectOption('wasm');
    await expect.poll(() => page.getByLabel('Command line').inputValue()).toContain('--engine wasm');
    await page.reload();
    await expect.poll(() => page.getByLabel('Engine').inputValue()).toBe('wasm');
  });

  test('the benchmark can be broken off, and what it measured stands in a table', async () => {
    const { page } = app;
    await page.goto(`${app.address}/#/engines`);
    await page.getByRole('button', { name: 'Run benchmark' }).click();
    await page.getByRole('status').getByText(/Measuring/).waitFor();
    await page.getByRole('button', { name: 'Cancel benchmark' }).click();
    await page.getByRole('button', { name: 'Run benchmark' }).waitFor();
    app.lab.json('engines', 'remove', 'tensorflow');
    app.lab.json('engines', 'bench', '--model', 'mnist');
    await page.reload();
    await page.getByRole('table', { name: 'Benchmark' }).getByRole('cell', { name: 'MNIST, ConvMixer 16/4' }).waitFor();
    await page.getByRole('table', { name: 'Benchmark' }).getByText('1 ×').waitFor();
  });

  test('the page complained of nothing', () => {
    expect(app.complaints).toEqual([]);
  });
});
