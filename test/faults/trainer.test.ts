// Trainers against the machine: SIGKILL at random moments, a parent that goes, a process that stops, memory that ends, a full disk.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readCuts } from '#runs';
import { scratchFolder } from '#test/scratch.ts';
import { isAlive, waitUntil } from '#test/processes.ts';
import { checkpointPath, createTestRun, journalOf, lastHash, rowsOf, runTrainer, startTrainer, stepOf, trainerMain, type TestRun } from '#test/trainer.ts';

const long = ['1', 'all'].includes(process.env.VSGD_LAB_LONG ?? '');
const kills = Number(process.env.VSGD_LAB_KILLS ?? (long ? 20 : 3));
const seed = Number(process.env.VSGD_LAB_SEED ?? Date.now() % 100_000);
const endless = ['train.max_iter=1000000', 'train.save_freq=0', 'train.eval_test_freq=0'];
const hasMounts = spawnSync('unshare', ['-Urm', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt']).status === 0;
const hasStrace = spawnSync('strace', ['-f', '-o', '/dev/null', '-e', 'trace=fsync', 'true']).status === 0;

/** A parent that starts a trainer with its input open, as the host does, writes its pid, and waits to be killed. */
const parentSource = `
  const { spawn } = require('node:child_process');
  const { writeFileSync } = require('node:fs');
  const [file, main, root] = process.argv.slice(1);
  const child = spawn(process.execPath, [main, root], { stdio: ['pipe', 'ignore', 'ignore'], env: { ...process.env, VSGD_LAB_HOSTED: '1' } });
  writeFileSync(file, String(child.pid));
  setInterval(() => {}, 1000);`;

async function startWithParent(run: TestRun): Promise<{ parent: ReturnType<typeof spawn>; trainer: number }> {
  const file = join(run.home, 'pid');
  rmSync(file, { force: true });
  const parent = spawn(process.execPath, ['-e', parentSource, file, trainerMain, run.paths.root], { stdio: 'ignore' });
  await waitUntil('the trainer\'s pid', () => existsSync(file) && readFileSync(file, 'utf8') !== '');
  const trainer = Number(readFileSync(file, 'utf8'));
  killAfterwards(trainer);
  return { parent, trainer };
}

/** A test that fails must not leave a process behind. */
const killAfterwards = (pid: number) => onTestFinished(() => { if (isAlive(pid)) process.kill(pid, 'SIGKILL'); });

describe(`SIGKILL (seed ${seed}; VSGD_LAB_SEED repeats it)`, () => {
  test.each(['vsgd', 'adamW'])(`%s: ${kills} times at random steps, resumed, ends with the rows and the checkpoint of an uninterrupted run`, async (optimizer) => {
    const home = scratchFolder();
    const settings = [`train/optimizer=${optimizer}`, 'train.optimizer.lr=0.01', 'train.max_iter=300', 'train.save_freq=7', 'train.eval_test_freq=50', 'train.best_metric=val/loss'];
    const [whole, run] = [createTestRun(home, settings), createTestRun(home, settings)];
    expect((await runTrainer(whole)).code).toBe(0);
    let state = seed;
    for (let kill = 0; kill < kills; kill += 1) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const { child, ended } = startTrainer(run, { flags: existsSync(run.paths.journal) ? ['--resume'] : [] });
      const target = Math.floor(((kill + state / 2 ** 32) * 290) / kills);
      await waitUntil(`step ${target}`, () => stepOf(run) >= target || child.exitCode !== null);
      child.kill('SIGKILL');
      await ended;
    }
    expect((await runTrainer(run, { flags: ['--resume'] })).code).toBe(0);
    expect(rowsOf(run)).toEqual(rowsOf(whole));
    expect(lastHash(run)).toBe(lastHash(whole));
    expect(readFileSync(join(run.paths.checkpoints, 'best.safetensors')).equals(readFileSync(join(whole.paths.checkpoints, 'best.safetensors')))).toBe(true);
  });
});

test('rows after the newest checkpoint are taken back by a resume, also where it is killed at once, and come back as they were', async () => {
  const run = createTestRun(scratchFolder(), ['train.max_iter=120', 'train.save_freq=50', 'train.eval_test_freq=0']);
  const first = startTrainer(run);
  await waitUntil('rows after a checkpoint', () => stepOf(run) >= 60);
  first.child.kill('SIGKILL');
  await first.ended;
  const shown = rowsOf(run);
  const second = startTrainer(run, { flags: ['--resume'] });
  await waitUntil('the cut', () => readCuts(run.paths).length >= 2);
  second.child.kill('SIGKILL');
  await second.ended;
  const left = rowsOf(run);
  expect(left.length).toBeGreaterThanOrEqual(50);
  expect(left.slice(0, 50)).toEqual(shown.slice(0, 50));
  expect((await runTrainer(run, { flags: ['--resume'] })).code).toBe(0);
  expect(rowsOf(run).slice(0, shown.length)).toEqual(shown);
  expect(rowsOf(run)).toHaveLength(120);
});

describe('a parent that is killed', () => {
  test('its trainer saves, ends, and leaves no end line; resumed it goes on', async () => {
    const run = createTestRun(scratchFolder(), endless);
    const { parent, trainer } = await startWithParent(run);
    await waitUntil('a few steps', () => stepOf(run) >= 3);
    parent.kill('SIGKILL');
    await waitUntil('the trainer to end', () => !isAlive(trainer), 10_000);
    const lines = journalOf(run);
    expect(lines.some(({ type }) => type === 'end')).toBe(false);
    expect(lines.at(-1)).toMatchObject({ type: 'checkpoint', kind: 'last', step: stepOf(run) });
    const { child, ended } = startTrainer(run, { flags: ['--resume'] });
    const reached = stepOf(run);
    await waitUntil('further steps', () => stepOf(run) > reached);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });

  test('a trainer that never looks is ended by its watchdog', async () => {
    const folder = scratchFolder();
    const [pids, stuck] = [join(folder, 'pid'), join(folder, 'stuck.mjs')];
    const watchdog = new URL('../../src-main/runs/trainer/watchdog.ts', import.meta.url).href;
    // Only microtasks: neither the input's end nor a signal handler ever gets its turn.
    writeFileSync(stuck, `
      import { Worker } from 'node:worker_threads';
      const worker = new Worker(new URL(${JSON.stringify(watchdog)}), { workerData: { heartbeat: ${JSON.stringify(join(folder, 'heartbeat'))}, parent: process.ppid, flags: new SharedArrayBuffer(4), graceMs: 1000 } });
      process.stdin.on('end', () => process.exit(3)).resume();
      await new Promise((resolve) => worker.once('online', resolve));
      for (;;) await null;`);
    const parent = spawn(process.execPath, ['-e', parentSource, pids, stuck, folder], { stdio: 'ignore' });
    await waitUntil('the pid', () => existsSync(pids) && readFileSync(pids, 'utf8') !== '');
    const trainer = Number(readFileSync(pids, 'utf8'));
    killAfterwards(trainer);
    await waitUntil('a heartbeat', () => existsSync(join(folder, 'heartbeat')));
    const beat = statSync(join(folder, 'heartbeat')).mtimeMs;
    await waitUntil('another heartbeat, while the loop blocks', () => statSync(join(folder, 'heartbeat')).mtimeMs > beat);
    parent.kill('SIGKILL');
    await waitUntil('the stuck process to end', () => !isAlive(trainer), 5000);
  });
});

describe('a process that is not itself', () => {
  test('stopped and continued it goes on; its heartbeat stands still meanwhile', async () => {
    const run = createTestRun(scratchFolder(), endless);
    const { child, ended } = startTrainer(run);
    const heartbeat = () => statSync(join(run.paths.root, 'heartbeat')).mtimeMs;
    await waitUntil('a step', () => stepOf(run) >= 1);
    child.kill('SIGSTOP');
    await waitUntil('the heartbeat to be old', () => Date.now() - heartbeat() > 1500);
    const step = stepOf(run);
    child.kill('SIGCONT');
    await waitUntil('further steps', () => stepOf(run) > step);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0 });
    expect(rowsOf(run).map((row) => row.step)).toEqual(Array.from({ length: stepOf(run) }, (_, index) => index + 1));
  });

  test('a batch that no memory holds fails with what to lower', async () => {
    const run = createTestRun(scratchFolder(), ['model.dim=256', 'model.depth=128', 'dataset.data_module.batch_size=192']);
    expect((await runTrainer(run)).code).toBe(1);
    expect(journalOf(run).at(-1)).toMatchObject({ type: 'end', state: 'failed', reason: expect.stringContaining('batch_size') });
  });

  test('the heap of JavaScript ends, or a signal ends it: no end line, and resumed it finishes', async () => {
    const home = scratchFolder();
    const greedy = join(home, 'greedy.mjs');
    writeFileSync(greedy, "import { isMainThread } from 'node:worker_threads';\nif (isMainThread) setTimeout(() => { for (const hoard = []; ; ) hoard.push(Array(1000).fill(0)); }, 700);");
    const run = createTestRun(home, ['train.max_iter=2000', 'train.eval_test_freq=0', 'train.save_freq=20']);
    const { signal, stderr } = await runTrainer(run, { env: { NODE_OPTIONS: `--max-old-space-size=30 --import=${greedy}` } });
    expect([signal, stderr]).toEqual(['SIGABRT', expect.stringMatching(/heap out of memory|allocation failed/i)]);
    for (const crash of ['SIGSEGV', 'SIGABRT'] as const) {
      const { child, ended } = startTrainer(run, { flags: existsSync(run.paths.journal) && statSync(run.paths.journal).size > 0 ? ['--resume'] : [] });
      await waitUntil('a step', () => stepOf(run) >= 1 && existsSync(join(run.paths.root, 'heartbeat')) || child.exitCode !== null);
      child.kill(crash);
      expect((await ended).signal).toBe(crash);
      expect(journalOf(run).some(({ type }) => type === 'end')).toBe(false);
    }
    expect((await runTrainer(run, { flags: ['--resume'] })).code).toBe(0);
    expect(rowsOf(run).map(({ step }) => step)).toEqual(Array.from({ length: 2000 }, (_, index) => index + 1));
  });
});

describe.skipIf(!hasStrace)('a disk that fails under a whole run', () => {
  test('a checkpoint that cannot be written is a warning; the run finishes with all its rows', async () => {
    const home = scratchFolder();
    await runTrainer(createTestRun(home)); // makes the data set, so that all renames below are of checkpoints
    const run = createTestRun(home, ['train.max_iter=30', 'train.save_freq=10']);
    const outcome = await runTrainer(run, { command: ['strace', '-f', '-o', '/dev/null', '-e', 'trace=rename', '-e', 'inject=rename:error=EIO:when=2'] });
    expect(outcome.code).toBe(0);
    expect(rowsOf(run)).toHaveLength(30);
    expect(journalOf(run)).toContainEqual(expect.objectContaining({ type: 'note', level: 'warning', message: expect.stringContaining('The checkpoint of step 10 could not be saved') }));
    expect(journalOf(run).filter(({ type }) => type === 'checkpoint').map(({ step }) => step)).toContain(20);
    expect(journalOf(run).at(-1)).toMatchObject({ type: 'end', state: 'finished' });
  });
});

describe.skipIf(!hasMounts)('a disk that is full', () => {
  test('rows wait until there is room; none is lost', async () => {
    const home = scratchFolder();
    await runTrainer(createTestRun(home));
    const run = createTestRun(home, ['train.max_iter=1000', 'train.save_freq=0', 'train.eval_test_freq=0']);
    const [mount, log] = [join(home, 'mount'), join(home, 'log')];
    mkdirSync(mount);
    const script = `
      mount -t tmpfs -o size=1000k tmpfs "$MOUNT" && cp -r "$RUN" "$MOUNT/run" && head -c 800000 /dev/zero > "$MOUNT/filler"
      "$@" "$MOUNT/run" 2> "$LOG" & trainer=$!
      until grep -q "kept until there is room" "$LOG"; do kill -0 $trainer || break; sleep 0.05; done
      rm "$MOUNT/filler"; wait $trainer; status=$?
      cp "$MOUNT/run/journal.jsonl" "$RUN/"; exit $status`;
    const env = { ...process.env, MOUNT: mount, RUN: run.paths.root, LOG: log, VSGD_LAB_DATASETS: join(home, 'datasets') };
    const { status } = spawnSync('unshare', ['-Urm', 'sh', '-c', script, 'sh', process.execPath, trainerMain], { env });
    expect(readFileSync(log, 'utf8')).toContain('disk that holds');
    expect(status, readFileSync(log, 'utf8')).toBe(0);
    expect(rowsOf(run).map(({ step }) => step)).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
    expect(journalOf(run).at(-1)).toMatchObject({ type: 'end', state: 'finished' });
  });

  test.each([['before it starts', 0], ['before its last checkpoint and its end', 24]])('%s: the run waits, finishes when there is room, and has every row and its checkpoint', async (_when, kilobytes) => {
    const home = scratchFolder();
    await runTrainer(createTestRun(home));
    const run = createTestRun(home, ['train.max_iter=60', 'train.save_freq=0', 'train.eval_test_freq=0']);
    const [mount, log] = [join(home, 'mount'), join(home, 'log')];
    mkdirSync(mount);
    const script = `
      mount -t tmpfs -o size=4000k tmpfs "$MOUNT" && cp -r "$RUN" "$MOUNT/run" && head -c 10000000 /dev/zero > "$MOUNT/filler" 2> /dev/null
      truncate -s -${kilobytes}K "$MOUNT/filler"
      "$@" "$MOUNT/run" 2> "$LOG" & trainer=$!
      until grep -q "Waiting for room" "$LOG"; do kill -0 $trainer || break; sleep 0.05; done
      rm "$MOUNT/filler"; wait $trainer; status=$?
      cp -r "$MOUNT/run/journal.jsonl" "$MOUNT/run/checkpoints" "$MOUNT/run/evaluation.json" "$RUN/"; exit $status`;
    const env = { ...process.env, MOUNT: mount, RUN: run.paths.root, LOG: log, VSGD_LAB_DATASETS: join(home, 'datasets') };
    const { status } = spawnSync('unshare', ['-Urm', 'sh', '-c', script, 'sh', process.execPath, trainerMain], { env });
    expect(readFileSync(log, 'utf8')).toMatch(/(lock|bytes).* failed: the disk that holds .* is full/);
    expect(status, readFileSync(log, 'utf8')).toBe(0);
    expect(rowsOf(run).map(({ step }) => step)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    expect(journalOf(run).at(-1)).toMatchObject({ type: 'end', state: 'finished' });
    expect(lastHash(run)).toMatch(/^[0-9a-f]{64}$/);
    expect(existsSync(checkpointPath(run, 'last.safetensors')) && existsSync(run.paths.evaluation)).toBe(true);
  });
});
