// The trainer as a real process: resumed from any step it ends with the same bits; it follows orders, signals and the loss of its host.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JournalLine } from '#contract';
import { createRunDirectory, openHome, pathsIn, readJournal, type RunPaths } from '#runs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createDocument } from '../../helpers/documents.ts';
import { waitUntil } from '../../helpers/processes.ts';

const main = fileURLToPath(new URL('../../../src-main/runs/trainer/main.ts', import.meta.url));
const small = ['experiment=quickstart', 'model.dim=8', 'model.depth=1', 'train.engine_threads=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20',
  'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8', 'train.eval_test_freq=5', 'train.val_freq=3', 'train.optimizer_log_freq=4'];
let root = '';
let home: ReturnType<typeof openHome>;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'vsgd-lab-trainer-'));
  home = openHome(root);
});
afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));

function makeRun(...overrides: string[]): RunPaths {
  return createRunDirectory(home, createDocument([...small, ...overrides]));
}
const run = (paths: RunPaths, ...flags: string[]) => spawnSync(process.execPath, [main, paths.root, ...flags], { encoding: 'utf8' });
const start = (paths: RunPaths): ChildProcess => spawn(process.execPath, [main, paths.root], { stdio: ['pipe', 'ignore', 'ignore'], env: { ...process.env, VSGD_LAB_HOSTED: '1' } });
const lines = (paths: RunPaths): JournalLine[] => readJournal(paths.journal, 0, 2 ** 26).lines.map(({ line }) => line);
const endOf = (paths: RunPaths) => lines(paths).filter(({ type }) => type === 'end').at(-1);
const lastStep = (paths: RunPaths) => (existsSync(paths.journal) ? lines(paths).reduce((step, line) => (line.type === 'metrics' ? line.step : step), 0) : 0);
const checkpoint = (paths: RunPaths) => readFileSync(join(paths.checkpoints, 'last.safetensors'));
/** Metric lines without what a clock decides. */
const facts = (paths: RunPaths) => lines(paths).flatMap((line) => (line.type === 'metrics' ? [Object.fromEntries(Object.entries(line.values).filter(([key]) => !key.endsWith('_time')))] : []));

describe.each(['notebook_vsgd', 'adam', 'adamW', 'sgd'])('%s', (optimizer) => {
  test.each([true, false])('resumed at every step of 12 it ends with the same bits and rows (augmentation %s)', (augment) => {
    const settings = [`train/optimizer=${optimizer}`, 'train.optimizer.lr=0.01', 'train.max_iter=12', 'train.save_freq=1', 'train.keep_every=1', `dataset.data_module.use_augmentations=${augment}`, '+train.scheduler={_target_:torch.optim.lr_scheduler.CosineAnnealingLR,T_max:12}'];
    const whole = makeRun(...settings);
    expect(run(whole).status).toBe(0);
    const cuts = optimizer === 'notebook_vsgd' ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] : [3, 8];
    for (const step of cuts) {
      // The directory as a crash right after this step's checkpoint would leave it, with a torn line behind.
      const crashed = pathsIn(join(home.runs, `${whole.root.split('/').at(-1)}-${step}`));
      cpSync(whole.root, crashed.root, { recursive: true });
      copyFileSync(join(crashed.checkpoints, `step-${step}.safetensors`), join(crashed.checkpoints, 'last.safetensors'));
      rmSync(join(crashed.checkpoints, 'previous.safetensors'));
      const { entries } = JSON.parse(readFileSync(join(crashed.checkpoints, 'index.json'), 'utf8')) as { entries: { step: number; offset: number }[] };
      truncateSync(crashed.journal, entries.find((entry) => entry.step === step)!.offset + 30);
      const resumed = run(crashed, '--resume');
      expect(resumed.status, resumed.stderr).toBe(0);
      expect(checkpoint(crashed).equals(checkpoint(whole)), `resumed at step ${step}`).toBe(true);
      expect(facts(crashed)).toEqual(facts(whole));
    }
  });
});

test('the same seed gives the same losses as ever', () => {
  const paths = makeRun('train.max_iter=6', 'train.val_freq=0', 'train.eval_test_freq=0');
  run(paths);
  const losses = facts(paths).map((values) => Number(values['train/loss']).toFixed(3));
  expect(losses).toEqual(['2.386', '2.348', '2.205', '2.324', '2.223', '2.513']);
});

test('worker threads change nothing', () => {
  const made = ['0', '2'].map((workers) => {
    const paths = makeRun('train.max_iter=9', `train.loader_workers=${workers}`);
    expect(run(paths).status).toBe(0);
    return facts(paths);
  });
  expect(made[1]).toEqual(made[0]);
});

describe('orders and endings', () => {
  const long = ['train.max_iter=100000', 'train.save_freq=0', 'train.eval_test_freq=0', 'train.optimizer_log_freq=0', 'train.val_freq=0'];

  test.each([['stop', 'stopped'], ['pause', 'paused']])('%s saves a checkpoint and ends as %s', async (type, state) => {
    const paths = makeRun(...long);
    const child = start(paths);
    const exit = new Promise((resolve) => child.once('exit', resolve));
    await waitUntil('the tenth step', () => lastStep(paths) >= 10);
    child.stdin?.write(`garbage\n${JSON.stringify({ type })}\n`);
    expect(await exit).toBe(0);
    expect(endOf(paths)).toMatchObject({ state });
    expect(existsSync(join(paths.checkpoints, 'last.safetensors'))).toBe(true);
  });

  test('SIGTERM saves a checkpoint too', async () => {
    const paths = makeRun(...long);
    const child = start(paths);
    const exit = new Promise((resolve) => child.once('exit', resolve));
    await waitUntil('the tenth step', () => lastStep(paths) >= 10);
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    expect(endOf(paths)).toMatchObject({ state: 'stopped' });
  });

  test('without its host it saves, ends, and claims no end', async () => {
    const paths = makeRun(...long);
    const child = start(paths);
    const exit = new Promise((resolve) => child.once('exit', resolve));
    await waitUntil('the tenth step', () => lastStep(paths) >= 10);
    child.stdin?.destroy();
    await exit;
    expect(endOf(paths)).toBeUndefined();
    expect(existsSync(join(paths.checkpoints, 'last.safetensors'))).toBe(true);
  });

  test('a second trainer in the same directory is refused', async () => {
    const paths = makeRun(...long);
    const child = start(paths);
    const exit = new Promise((resolve) => child.once('exit', resolve));
    await waitUntil('the first step', () => lastStep(paths) >= 1);
    expect(run(paths).status).toBe(4);
    child.kill('SIGKILL');
    await exit;
  });
});

describe('faults', () => {
  test('a torn last checkpoint: the one before is used, and that is said', () => {
    const paths = makeRun('train.max_iter=10', 'train.save_freq=2');
    run(paths);
    truncateSync(join(paths.checkpoints, 'last.safetensors'), 4096);
    expect(run(paths, '--resume').status).toBe(0);
    expect(lines(paths).some((line) => line.type === 'note' && line.message.includes('passed over'))).toBe(true);
    expect(lastStep(paths)).toBe(10);
  });

  test('no checkpoint that can be used: failed, with the way out', () => {
    const paths = makeRun('train.max_iter=4', 'train.save_freq=2');
    run(paths);
    for (const name of ['last', 'previous']) writeFileSync(join(paths.checkpoints, `${name}.safetensors`), 'x');
    expect(run(paths, '--resume').status).toBe(1);
    expect(endOf(paths)).toMatchObject({ state: 'failed', reason: expect.stringContaining('fork another') as string });
  });

  test('a changed configuration is not resumed', () => {
    const paths = makeRun('train.max_iter=4');
    run(paths);
    const text = readFileSync(paths.document, 'utf8');
    writeFileSync(paths.document, text.replace('"max_iter": 4', '"max_iter": 8'));
    expect(run(paths, '--resume').status).toBe(1);
    expect(endOf(paths)).toMatchObject({ reason: expect.stringContaining('Fork the run') as string });
  });

  test('a step whose gradient is too large is skipped and counted, and changes nothing', () => {
    const paths = makeRun('train.max_iter=5', 'train.grad_skip_thr=1e-9', 'train.val_freq=0', 'train.eval_test_freq=0');
    run(paths);
    expect(facts(paths).map(({ skipped_steps }) => skipped_steps)).toEqual([1, 2, 3, 4, 5]);
  });

  test('a training that diverges ends as failed and says what to try', () => {
    const paths = makeRun('train/optimizer=sgd', 'train.optimizer.lr=1e30', 'train.max_iter=300', 'train.val_freq=1');
    expect(run(paths).status).toBe(1);
    expect(endOf(paths)).toMatchObject({ state: 'failed', reason: expect.stringContaining('diverged') as string });
  });

  test('a checkpoint that cannot be written is a warning; training goes on', () => {
    const paths = makeRun('train.max_iter=4', 'train.save_freq=2');
    rmSync(paths.checkpoints, { recursive: true });
    writeFileSync(paths.checkpoints, 'a file where the folder should be');
    expect(run(paths).status).toBe(0);
    expect(lines(paths).some((line) => line.type === 'note' && line.message.includes('could not be saved'))).toBe(true);
    rmSync(paths.checkpoints);
    mkdirSync(paths.checkpoints);
  });

  test('a data set that is not there: failed, with the command that installs it', () => {
    const paths = createRunDirectory(home, createDocument(['experiment=mnist_convmixer']));
    expect(run(paths).status).toBe(1);
    expect(endOf(paths)).toMatchObject({ reason: expect.stringContaining('vsgd-lab datasets download mnist') as string });
  });
});

