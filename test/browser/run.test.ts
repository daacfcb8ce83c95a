// A run's page as a user meets it: watched over a reload, paused, forked with another rate, its answers looked at, its divergence told.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Evaluation, RunDetail, RunSummary } from '#contract';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromiumPath, openBrowserLab, type BrowserLab } from '../helpers/browser.ts';

const small = ['model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8', 'train.eval_test_freq=50', 'train.optimizer_log_freq=10'];

describe.skipIf(chromiumPath === null)('the page of a run in Chromium (needs /usr/bin/chromium)', () => {
  let app: BrowserLab;
  beforeAll(async () => { app = await openBrowserLab(); }, 120_000);
  afterAll(() => app.close());
  const run = (name: string) => app.lab.json<RunSummary[]>('runs', 'list').find((one) => one.name === name)!;
  const show = (id: string) => app.lab.json<RunDetail>('runs', 'show', id);
  const queue = (name: string, ...more: string[]) => app.lab.lab('run', '--detach', '--name', name, 'experiment=quickstart', ...small, ...more);
  const facts = () => app.page.locator('.facts');

  test('a reload while it trains misses nothing; paused and resumed it goes on to its end', async () => {
    const { page } = app;
    queue('watched', 'train.max_iter=3000');
    const { id } = run('watched');
    await page.goto(`${app.address}/#/runs/${id}`);
    await facts().getByText('Running').waitFor();
    await page.getByRole('region', { name: 'Loss' }).locator('canvas').waitFor();
    await page.reload();
    await page.getByRole('region', { name: 'Loss' }).locator('canvas').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await facts().getByText('Paused').waitFor();
    const { step } = show(id);
    await expect.poll(() => page.getByRole('region', { name: 'Loss' }).locator('canvas').getAttribute('aria-label')).toContain('training');
    expect(step).toBeLessThan(3000);
    await page.getByRole('button', { name: 'Resume' }).click();
    await facts().getByText('Finished').waitFor({ timeout: 90_000 });
    expect(show(id).metrics['train/loss']?.count).toBe(3000);
    for (const card of ['Accuracy', 'Learning rate', 'Gradient norm', 'Time per step', 'Time per evaluation']) await page.getByRole('region', { name: card, exact: true }).locator('canvas').waitFor();
    const rate = (await page.getByRole('region', { name: 'Learning rate', exact: true }).locator('canvas').boundingBox())!;
    await page.mouse.move(rate.x + rate.width / 2, rate.y + rate.height / 2);
    await expect.poll(() => page.locator('.tip .title').innerText()).toMatch(/^Step 1,\d{3}\s+Epoch \d+$/);
  });

  test('the optimizer: beta1 as a heat map, quantiles as charts, every tensor in a table that follows the crosshair', async () => {
    const { page } = app;
    await page.getByRole('tab', { name: 'Optimizer' }).click();
    const heat = page.getByRole('region', { name: 'beta1', exact: true });
    await expect.poll(() => heat.locator('canvas').getAttribute('aria-label')).toContain('300 steps');
    expect(await heat.locator('canvas').getAttribute('aria-label')).toContain(Number(show(run('watched').id).metrics.beta1_median?.last).toPrecision(4));
    for (const card of ['Effective step size', 'Gradient noise, √bg']) await page.getByRole('region', { name: card }).locator('canvas').waitFor();
    const table = page.getByRole('region', { name: 'By layer' });
    await table.getByText('at step 3,000;').waitFor();
    const tensors = await table.getByRole('button').allInnerTexts();
    expect(tensors).toContain('backbone.0.weight');
    const box = (await heat.locator('canvas').boundingBox())!;
    await page.mouse.move(box.x + 48 + (box.width - 64) / 2, box.y + 100);
    await table.getByText('at step 1,500;').waitFor();
    await heat.getByText('Step 1,500').waitFor();
    await table.getByRole('button', { name: 'backbone.0.weight' }).click();
    await page.getByLabel('Layer', { exact: true }).waitFor();
    expect([await page.getByLabel('Layer', { exact: true }).inputValue(), await heat.locator('canvas').getAttribute('aria-label')]).toEqual(['backbone.0.weight', expect.stringMatching(/^beta1: median 0\.\d+/)]);
    await page.reload();
    await page.getByRole('button', { name: 'All layers' }).click();
    await expect.poll(() => heat.locator('canvas').getAttribute('aria-label')).toContain('share of parameters');
  });

  test('a run that is older than the quantiles by layer says so and shows what it has; one under way shows each look as it comes', async () => {
    const { page } = app;
    queue('old', 'train.max_iter=60');
    await expect.poll(() => run('old').state, { timeout: 60_000 }).toBe('finished');
    const old = run('old').id;
    const file = join(app.lab.home, 'runs', old, 'journal.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8').split('\n').filter((line) => !line.startsWith('{"type":"layers"')).join('\n'));
    expect(app.lab.lab('runs', 'rebuild').status).toBe(0);
    await page.goto(`${app.address}/#/runs/${old}?tab=optimizer`);
    await page.getByText('made before they were logged').waitFor();
    await expect.poll(() => page.getByRole('region', { name: 'beta1', exact: true }).locator('canvas').getAttribute('aria-label')).toContain('6 steps');
    queue('under way', 'train.max_iter=200000');
    const live = run('under way').id;
    await page.goto(`${app.address}/#/runs/${live}?tab=optimizer`);
    const label = page.getByRole('region', { name: 'Effective step size' }).locator('canvas');
    await label.waitFor();
    const looks = async () => Number(/(\d+) steps/.exec((await page.getByRole('region', { name: 'beta1', exact: true }).locator('canvas').getAttribute('aria-label')) ?? '')?.[1]);
    const first = await looks();
    await expect.poll(looks).toBeGreaterThan(first + 2);
    await page.getByRole('button', { name: 'Stop' }).click();
    await facts().getByText('Stopped').waitFor();
  });

  test('Adam and SGD show what they have', async () => {
    const { page } = app;
    for (const [optimizer, card] of [['adam', 'Gradient size, √v'], ['sgd', 'Momentum buffer, |b|']] as const) {
      queue(optimizer, `train/optimizer=${optimizer}`, 'train.max_iter=30');
      await page.goto(`${app.address}/#/runs/${run(optimizer).id}?tab=optimizer`);
      for (const name of ['Effective step size', card]) await page.getByRole('region', { name }).locator('canvas').waitFor({ timeout: 60_000 });
      expect(await page.getByRole('region', { name: 'beta1', exact: true }).count()).toBe(0);
    }
  });

  test('the answers on the test split are those of the recorded accuracy', async () => {
    const { page } = app;
    const { id } = run('watched');
    await page.goto(`${app.address}/#/runs/${id}`);
    const evaluation = JSON.parse(readFileSync(join(app.lab.home, 'runs', id, 'evaluation.json'), 'utf8')) as Evaluation;
    const right = evaluation.confusion.filter((_, at) => at % (evaluation.classes + 1) === 0).reduce((sum, value) => sum + value, 0);
    expect([evaluation.total, right / 20]).toEqual([20, show(id).metrics['test/accuracy']?.last]);
    await page.getByRole('tab', { name: 'Evaluation' }).click();
    await page.getByText(`${right} of 20 test images correct`).waitFor();
    await page.getByRole('table', { name: 'Confusion matrix' }).waitFor();
    const { truths, predictions } = evaluation.answers!;
    const [truth, prediction] = [truths[0]!, predictions[0]!];
    const same = truths.filter((label, index) => label === truth && predictions[index] === prediction).length;
    const names = await page.getByRole('table', { name: 'Confusion matrix' }).locator('tbody th').allInnerTexts();
    await page.getByRole('button', { name: `${names[truth]} taken for ${names[prediction]}: ${same}` }).click();
    const shown = page.getByRole('region', { name: 'Pictures of a cell' }).locator('img');
    await expect.poll(() => shown.count()).toBe(same);
    await page.reload(); // the address keeps the cell
    await expect.poll(() => shown.count()).toBe(same);
    await page.getByRole('button', { name: 'Close' }).first().click();
    if (evaluation.mistakes.length > 0) await page.getByAltText(`Test picture ${evaluation.mistakes[0]!.index}`).waitFor();
  });

  test('what is changed against the preset, and what the checkpoints reached', async () => {
    const { page } = app;
    await page.getByRole('tab', { name: 'Configuration' }).click();
    await page.getByRole('table', { name: 'Changed settings' }).getByRole('row', { name: /train.max_iter.*3000/ }).waitFor();
    await page.getByRole('tab', { name: 'Files' }).click();
    await page.getByRole('columnheader', { name: 'test/accuracy' }).waitFor();
    await page.getByRole('cell', { name: /^\d+\.\d\d %$/ }).first().waitFor();
  });

  test('a browser opens no folder: it shows where the run lies, and copies that', async () => {
    const { page } = app;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const folder = join(app.lab.home, 'runs', run('watched').id);
    await page.getByText(folder).waitFor();
    await page.getByRole('button', { name: 'Copy path' }).click();
    await page.getByText('Copied the path.').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(folder);
    expect(await page.getByRole('button', { name: 'Open folder' }).count()).toBe(0);
  });

  test('environment, notes and a star', async () => {
    const { page } = app;
    await page.getByRole('tab', { name: 'Environment' }).click();
    await page.getByText(run('watched').id).waitFor();
    await page.getByRole('button', { name: 'Add notes' }).click();
    await page.getByLabel('Notes', { exact: true }).fill('the first that converged');
    await page.getByLabel('Tags, with commas between').fill('paper');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.tag', { hasText: 'paper' }).waitFor();
    await page.getByRole('button', { name: 'Star', exact: true }).click();
    await page.getByRole('button', { name: 'Take the star away' }).waitFor();
  });

  test('notes that are left unsaved are discarded, with a way back to them from any page', async () => {
    const { page } = app;
    const dialog = page.getByRole('dialog', { name: 'Tags and notes' });
    const file = join(app.lab.home, 'runs', run('watched').id, 'run.json');
    const notes = () => (JSON.parse(readFileSync(file, 'utf8')) as { notes: string }).notes;
    const told = page.getByText('Discarded what was changed in the notes of “watched”.');
    await page.getByRole('button', { name: 'Notes', exact: true }).click();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Notes', exact: true }).click();
    expect(await told.count()).toBe(0); // nothing was changed
    await dialog.getByLabel('Notes').fill('the second thought');
    await page.keyboard.press('Escape');
    await told.waitFor();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    expect(notes()).toBe('the first that converged');
    await page.locator('.notice', { has: told }).getByRole('button', { name: 'Undo' }).click();
    expect(await dialog.getByLabel('Notes').inputValue()).toBe('the second thought');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect.poll(notes).toBe('the second thought');
    expect(await told.count()).toBe(0);
  });

  test('arrows go from tab to tab; Escape gives the name back, an emptied one comes back', async () => {
    const { page } = app;
    await page.getByRole('tab', { name: 'Environment' }).click();
    for (const [key, name] of [['ArrowRight', 'Files'], ['ArrowRight', 'Curves'], ['ArrowLeft', 'Files'], ['Home', 'Curves'], ['End', 'Files']] as const) {
      await page.keyboard.press(key);
      expect(await page.getByRole('tab', { name, selected: true }).evaluate((tab) => tab === document.activeElement)).toBe(true);
    }
    const name = page.getByLabel('Name', { exact: true });
    for (const [typed, key] of [['another', 'Escape'], ['', 'Enter']] as const) {
      await name.fill(typed);
      await name.press(key);
      await expect.poll(() => name.inputValue()).toBe('watched');
    }
    await name.fill('renamed');
    await name.press('Enter');
    await page.getByRole('heading', { name: 'renamed' }).waitFor();
    await name.fill('watched');
    await name.press('Enter');
    await page.getByRole('heading', { name: 'watched' }).waitFor();
  });

  test('a run on another device than it asks for says so; it goes on by another engine, and says that too', async () => {
    const { page } = app;
    queue('elsewhere', 'train.device=cuda', 'train.max_iter=1000000', '--engine', 'cpu');
    await page.goto(`${app.address}/#/runs/${run('elsewhere').id}?tab=files`);
    await page.getByText('Trained on cpu; cuda is not available here').click();
    await page.getByText('train.device=cuda asks for a GPU').waitFor();
    await expect.poll(() => show(run('elsewhere').id).step).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Resume on another engine…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Resume on another engine' });
    await dialog.getByLabel('Engine').selectOption('wasm');
    await dialog.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Not one engine').click();
    await page.getByText(/^Steps to \d+: cpu/).waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await facts().getByText('Stopped').waitFor();
    await page.goto(`${app.address}/#/runs/${run('watched').id}`);
  });

  test('a fork goes on from a checkpoint with another rate; a wrong change is told where it is typed', async () => {
    const { page } = app;
    await page.getByRole('tab', { name: 'Files' }).click();
    await page.getByRole('button', { name: 'Fork from here' }).first().click();
    const changes = page.getByLabel('Changes');
    await changes.fill('train.optimizer.lrr=1');
    await page.getByRole('button', { name: 'Start the fork' }).click();
    await page.getByRole('alert').getByText(/lr/).waitFor();
    await changes.fill('model.dim=64');
    await page.getByRole('button', { name: 'Start the fork' }).click();
    await page.getByRole('alert').getByText('A fork keeps the model of its checkpoint').waitFor();
    await changes.fill('train.optimizer.lr=0.0005 train.max_iter=3020');
    await page.getByRole('button', { name: 'Start the fork' }).click();
    const name = 'watched (fork, lr 0.0005, max_iter 3020)';
    await page.getByRole('heading', { name }).waitFor();
    await facts().getByRole('link', { name: 'watched' }).waitFor();
    await facts().getByText('Finished').waitFor({ timeout: 90_000 }); // as long as the training takes
    const { overrides, state } = run(name);
    expect([state, overrides.slice(-2)]).toEqual(['finished', ['train.optimizer.lr=0.0005', 'train.max_iter=3020']]);
  });

  test('a training that diverges says so, and marks where', async () => {
    const { page } = app;
    queue('diverged', 'train/optimizer=sgd', 'train.optimizer.lr=1e30', 'train.max_iter=400', 'train.val_freq=0');
    await page.goto(`${app.address}/#/runs/${run('diverged').id}`);
    await page.locator('.reason', { hasText: 'diverged' }).waitFor({ timeout: 60_000 });
    await page.getByRole('region', { name: 'Loss' }).getByText(/not finite/).waitFor();
  });

  test('the page complained of nothing', () => {
    expect(app.complaints).toEqual([]);
  });
});
