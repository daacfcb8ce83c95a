// Reads both: what the page says a curve's value is, and the run's journal. Every number in a tooltip, legend, readout, head, end label and table is the measured one.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Locator } from 'playwright-core';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';
import { findProcesses, waitUntil } from '../helpers/processes.ts';
import { startedRuns } from '../helpers/typing.ts';

const small = ['model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8', 'train.max_iter=70'];
type Point = { step: number; value: number };
/** Names of the curves on a run's cards, and their metrics. */
const cards: Record<string, Record<string, string>> = { Accuracy: { training: 'train/accuracy', validation: 'val/accuracy', test: 'test/accuracy' }, Loss: { training: 'train/loss', validation: 'val/loss', test: 'test/loss' } };

describe.skipIf(chromiumPath === null)('numbers on the page and in the journal (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  const ids: Record<string, string> = {};
  const journalOf = (name: string) => join(app.lab.home, 'runs', ids[name]!, 'journal.jsonl');

  /** What the journal has of a metric; a step that was trained twice counts as it was the last time. */
  function measured(name: string, key: string): Point[] {
    const points = new Map<number, number>();
    for (const text of readFileSync(journalOf(name), 'utf8').trim().split('\n')) {
      const line = JSON.parse(text) as { type: string; step: number; values?: Record<string, number | string> };
      const value = line.type === 'metrics' ? line.values?.[key] : undefined;
      if (value !== undefined) points.set(line.step, Number(value));
    }
    return [...points].map(([step, value]) => ({ step, value })).sort((a, b) => a.step - b.step);
  }
  /** Whether a text says this value, as exactly as its digits do. */
  function says(text: string, value: number): boolean {
    const [, digits, power = '', share] = /(-?[\d,]*\.?\d+)(e-?\d+)?\s*(%)?/.exec(text.replace('−', '-')) ?? [];
    if (digits === undefined || !Number.isFinite(value)) return digits === undefined && text.includes(String(value));
    const [scale, decimals] = [10 ** Number(power.slice(1) || 0), digits.split('.')[1]?.length ?? 0];
    return Math.abs(Number(digits.replaceAll(',', '')) * scale - (share ? 100 * value : value)) <= 0.51 * 10 ** -decimals * scale;
  }
  /** Values of a metric at the points nearest to a step; the pointer may be a fraction of a step off. */
  const nearest = (points: Point[], step: number): number[] => {
    const least = Math.min(...points.map((point) => Math.abs(point.step - step)));
    return points.filter((point) => Math.abs(point.step - step) <= least + 1).map(({ value }) => value);
  };
  const stepIn = (title: string): number => Number(/Step ([\d,.]+)/.exec(title)?.[1]?.replaceAll(',', ''));

  beforeAll(async () => {
    app = await openBrowserLab();
    const train = (name: string, ...more: string[]): void => {
      app.lab.lab('run', '--engine', 'wasm', '--name', name, 'experiment=quickstart', ...small, ...more);
      ids[name] = startedRuns(app.lab.home).find((run) => run.name === name)!.id;
    };
    train('few evaluations', 'train.eval_test_freq=25', 'train.val_freq=20');
    train('diverged', 'train/optimizer=sgd', 'train.optimizer.lr=1e30', 'train.eval_test_freq=10', 'train.val_freq=10');
    const child = app.lab.start('run', '--engine', 'wasm', '--name', 'resumed', 'experiment=quickstart', ...small, 'train.max_iter=90', 'train.save_freq=10', 'train.eval_test_freq=15', 'train.val_freq=10', 'train.seed=3');
    const ended = new Promise((resolve) => { child.once('exit', resolve); });
    await waitUntil('a checkpoint of the run that is killed', () => {
      ids.resumed = startedRuns(app.lab.home).find((run) => run.name === 'resumed')?.id ?? '';
      try {
        return ids.resumed !== '' && readFileSync(journalOf('resumed'), 'utf8').includes('"checkpoint"');
      } catch {
        return false; // the journal comes with the first step
      }
    }, 120_000);
    for (const pid of findProcesses('trainer/main.ts', ids.resumed!)) process.kill(pid, 'SIGKILL');
    await ended;
    app.lab.lab('runs', 'resume', ids.resumed!);
    expect(measured('resumed', 'train/loss')).toHaveLength(90);
  }, 240_000);
  afterAll(() => app.close());

  const openCurves = async (name: string): Promise<void> => {
    await app.page.goto('about:blank');
    await app.page.goto(`${app.address}/#/runs/${ids[name]}`);
    await app.page.getByRole('region', { name: 'Loss', exact: true }).locator('canvas').waitFor();
  };
  const card = (title: string): Locator => app.page.getByRole('region', { name: title, exact: true });

  test.each(['few evaluations', 'diverged', 'resumed'])('%s: readout, tooltip and the legends of the other cards, by keyboard', async (name) => {
    const { page } = app;
    await openCurves(name);
    for (const [title, curves] of Object.entries(cards)) {
      const other = title === 'Loss' ? 'Accuracy' : 'Loss';
      await card(title).locator('canvas').focus();
      for (const key of ['Home', ...Array<string>(6).fill('ArrowRight'), 'End', 'ArrowLeft', 'ArrowLeft']) {
        await page.keyboard.press(key);
        const said = await card(title).locator('[aria-live]').innerText();
        const step = stepIn(said);
        const readings = [...said.matchAll(/(training|validation|test) ((?!smoothed)[^,(]+?)(?: \(smoothed ([^)]+)\))?(?:,|$)/g)];
        expect(readings.length, said).toBeGreaterThan(0);
        for (const [, label, value, smoothed] of readings) {
          expect(nearest(measured(name, curves[label!]!), step).some((one) => says(value!, one)), `${title}, ${label} at ${step}: ${said}`).toBe(true);
          if (label !== 'training') expect(smoothed, said).toBeUndefined();
        }
        for (const row of await card(title).locator('.tip .line').all()) {
          const [label, shown] = (await row.locator('span').allInnerTexts()) as [string, string];
          expect(nearest(measured(name, curves[label]!), step).some((one) => says(shown, one)), `tooltip of ${title}, ${label} at ${step}: ${shown}`).toBe(true);
        }
        for (const legend of await card(other).locator('.key:has(b)').all()) {
          const [label, shown] = [(await legend.innerText()).split(/\s/)[0]!, await legend.locator('b').innerText()];
          expect(nearest(measured(name, cards[other]![label]!), step).some((one) => says(shown, one)), `legend of ${other}, ${label} at ${step}: ${shown}`).toBe(true);
        }
      }
    }
  });

  test('the tooltip of the pointer, and the head of each card', async () => {
    const { page } = app;
    await openCurves('few evaluations');
    for (const [title, curves] of Object.entries(cards)) {
      const { x, y, width, height } = (await card(title).locator('canvas').boundingBox())!;
      for (const part of [0.3, 0.5, 0.72, 0.95]) {
        await page.mouse.move(x + part * width, y + height / 3);
        await card(title).locator('.tip .line').first().waitFor();
        const [tip, whole] = [await card(title).locator('.tip').boundingBox(), await card(title).boundingBox()];
        expect([tip!.x >= whole!.x, tip!.x + tip!.width <= whole!.x + whole!.width + 1]).toEqual([true, true]); // nothing of it is cut off
        expect((await card(title).locator('canvas').boundingBox())!.y).toBe(y); // values in the legend move no chart
        const step = stepIn(await card(title).locator('.tip .title').innerText());
        for (const row of await card(title).locator('.tip .line').all()) {
          const [label, shown, smoothed] = (await row.locator('span').allInnerTexts()) as [string, string, string | undefined];
          expect(nearest(measured('few evaluations', curves[label]!), step).some((one) => says(shown, one)), `${label} at ${step}: ${shown}`).toBe(true);
          expect(smoothed === undefined ? label !== 'training' : label === 'training' && smoothed.startsWith('smoothed '), `${label}: ${smoothed}`).toBe(true);
        }
      }
      expect(says(await card(title).locator('.last').innerText(), measured('few evaluations', curves.test!).at(-1)!.value)).toBe(true);
    }
  });

  test('the table of runs', async () => {
    const { page } = app;
    await page.goto(`${app.address}/#/runs?group=none&cols=name,best,loss,last:test/loss`);
    for (const name of ['few evaluations', 'resumed']) {
      const row = page.getByRole('row').filter({ hasText: name });
      await row.waitFor();
      const cells = (await row.locator('td.num').allInnerTexts()).filter((text) => text !== '');
      const last = (key: string) => measured(name, key).at(-1)!.value;
      const wanted = [Math.max(...measured(name, 'test/accuracy').map(({ value }) => value)), last('train/loss'), last('test/loss')];
      wanted.forEach((value, index) => expect(says(cells[index]!, value), `${name}, column ${index}: ${cells[index]}, not ${value}`).toBe(true));
    }
  });

  test.each(['test/accuracy', 'test/loss', 'train/loss'])('a comparison of %s with smoothing: end labels, tooltip and table agree', async (metric) => {
    const { page } = app;
    await page.addInitScript(() => {
      const [texts, write] = [[] as string[], CanvasRenderingContext2D.prototype.fillText];
      Object.assign(globalThis, { canvasTexts: texts });
      CanvasRenderingContext2D.prototype.fillText = function (this: CanvasRenderingContext2D, ...drawn) { texts.push(drawn[0]); return write.apply(this, drawn); };
    });
    await page.goto('about:blank');
    await page.goto(`${app.address}/#/compare?runs=${ids.resumed}&metric=${metric}&smooth=0.9`);
    const table = page.getByRole('table', { name: 'Statistics by group' });
    await table.waitFor();
    const last = measured('resumed', metric).at(-1)!.value;
    const texts = () => page.evaluate(() => (globalThis as unknown as { canvasTexts: string[] }).canvasTexts);
    await expect.poll(async () => (await texts()).some((text) => says(metric.endsWith('accuracy') ? `${text} %` : text, last) && /\.\d{2,}/.test(text))).toBe(true);
    const cells = await table.locator('tbody tr').first().locator('td.num').allInnerTexts();
    expect(cells.some((text) => says(text, last)), cells.join(' | ')).toBe(true);
    const canvas = page.locator('canvas').first();
    const { x, y, width, height } = (await canvas.boundingBox())!;
    await page.mouse.move(x + 0.6 * width, y + height / 2);
    const line = page.locator('.tip .line').first();
    await line.waitFor();
    const shown = (await line.locator('span').allInnerTexts()).slice(1);
    const step = stepIn(await page.locator('.tip .title').innerText());
    expect(nearest(measured('resumed', metric), step).some((one) => says(shown[0]!, one)), `${step}: ${shown.join(' ')}`).toBe(true);
    expect(shown.slice(1)).toEqual(metric === 'train/loss' ? [expect.stringMatching(/^smoothed /)] : []);
  });

  test('the exported numbers of an evaluation are measured, too', () => {
    for (const metric of ['test/accuracy', 'val/loss']) {
      const file = join(app.lab.home, 'figure.csv');
      const { status, stderr } = app.lab.lab('compare', ids.resumed!, '--metric', metric, '--smoothing', '0.9', '--out', file);
      expect(status, stderr).toBe(0);
      const rows = readFileSync(file, 'utf8').trim().split('\n').slice(1).map((row) => row.split(',').slice(-4));
      expect(rows.map(([step, mean]) => ({ step: Number(step), value: Number(mean) }))).toEqual(measured('resumed', metric));
    }
  });

  test('the page complained of nothing', () => {
    expect(app.complaints).toEqual([]);
  });
});
