// The trainer as a program: a run through, what it writes, what it is told, how it fails.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { composeConfig } from '#config';
import { journalLine, type JournalLine } from '#contract';
import { scratchFolder } from '#test/scratch.ts';
import { waitUntil } from '#test/processes.ts';
import { checkpointPath, createTestRun, journalOf, rowsOf, runTrainer, startTrainer, stepOf, type TestRun } from '#test/trainer.ts';

const of = <T extends JournalLine['type']>(run: TestRun, type: T) => journalOf(run).filter((line): line is Extract<JournalLine, { type: T }> => line.type === type);
const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

describe('a run through, without any parent', () => {
  test('writes a journal that the schema knows, checkpoints with the hashes it names, and ends', async () => {
    const run = createTestRun(scratchFolder(), ['train.keep_every=15']);
    expect(await runTrainer(run)).toMatchObject({ code: 0 });
    const lines = journalOf(run);
    for (const line of lines) expect(journalLine.safeParse(line).success, JSON.stringify(line)).toBe(true);
    expect(lines[0]).toMatchObject({ type: 'state', state: 'running', totalSteps: 40, engine: { name: 'wasm' }, dataset: { fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) }, environment: { gpu: null, cores: expect.any(Number), git: { commit: expect.stringMatching(/^[0-9a-f]{40}$/) } } });
    expect(lines.at(-1)).toMatchObject({ type: 'end', state: 'finished', step: 40, reason: null });
    expect(rowsOf(run).map(({ step }) => step)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(of(run, 'histogram').map(({ step }) => step)).toEqual([10, 20, 30, 40]);
    const checkpoints = of(run, 'checkpoint');
    expect([...new Set(checkpoints.map(({ kind }) => kind))].sort()).toEqual(['best', 'kept', 'last']);
    expect(checkpoints.filter(({ kind }) => kind === 'kept').map(({ path }) => path)).toEqual(['checkpoints/step-15.safetensors', 'checkpoints/step-30.safetensors']);
    for (const path of new Set(checkpoints.map((line) => line.path))) {
      const newest = checkpoints.findLast((line) => line.path === path)!;
      expect(sha256(`${run.paths.root}/${path}`)).toBe(newest.sha256);
    }
    expect(readdirSync(run.paths.checkpoints).sort()).toEqual(['best.safetensors', 'index.json', 'last.safetensors', 'previous.safetensors', 'step-15.safetensors', 'step-30.safetensors']);
    expect(existsSync(run.paths.lock)).toBe(false);
  });

  test('equal configurations end with equal files', async () => {
    const home = scratchFolder();
    const [one, two] = [createTestRun(home), createTestRun(home)];
    await runTrainer(one);
    await runTrainer(two, { env: { TZ: 'Pacific/Kiritimati' } });
    expect(rowsOf(one)).toEqual(rowsOf(two));
    expect(sha256(checkpointPath(one, 'last.safetensors'))).toBe(sha256(checkpointPath(two, 'last.safetensors')));
  });
});

/** A run that a test must end: however slow the test is, the run is not over before it is told so. */
const endless = ['train.save_freq=0', 'train.keep_every=50', 'train.eval_test_freq=20', 'train.max_iter=1000000'];

const keptHash = (run: TestRun, step: number) => of(run, 'checkpoint').find((line) => line.kind === 'kept' && line.step === step)?.sha256;

/** Runs until the checkpoint kept at `step` is written. */
async function runPast(run: TestRun, step: number, flags: string[] = []): Promise<void> {
  const { ended, tell } = startTrainer(run, { flags, hosted: true });
  await waitUntil(`the checkpoint of step ${step}`, () => keptHash(run, step) !== undefined);
  tell({ type: 'stop' });
  expect(await ended).toMatchObject({ code: 0 });
}

describe('requests', () => {
  test.each([['stop', 'stopped', 'pause'], ['pause', 'paused', 'checkpoint']] as const)('told to %s: checkpoint, end line, exit 0; resumed it goes on like one that was never told', async (type, state, weaker) => {
    const home = scratchFolder();
    const [whole, run] = [createTestRun(home, endless), createTestRun(home, endless)];
    const { ended, tell } = startTrainer(run, { hosted: true });
    await waitUntil('a few steps', () => stepOf(run) >= 3);
    tell({ type });
    tell({ type: weaker }); // takes nothing back
    expect(await ended).toMatchObject({ code: 0 });
    const end = journalOf(run).at(-1)!;
    expect(end).toMatchObject({ type: 'end', state, step: stepOf(run) });
    expect(of(run, 'checkpoint').findLast(({ kind }) => kind === 'last')).toMatchObject({ step: end.step });
    const later = (Math.floor(end.step / 50) + 2) * 50;
    await runPast(run, later, ['--resume']);
    await runPast(whole, later);
    const upTo = (one: TestRun) => rowsOf(one).filter(({ step }) => step <= later);
    expect(upTo(run)).toEqual(upTo(whole));
    expect(keptHash(run, later)).toBe(keptHash(whole, later));
    expect(of(run, 'end')).toHaveLength(1);
  });

  test('a checkpoint out of turn, and messages that are none', async () => {
    const run = createTestRun(scratchFolder(), ['train.save_freq=0', 'train.max_iter=3000', 'train.eval_test_freq=0']);
    const { ended, tell } = startTrainer(run, { hosted: true });
    await waitUntil('a first step', () => stepOf(run) >= 1);
    for (const garbage of ['null', '7', 'stop', '"stop"', '{"type":"explode"}', '{"type":["stop"]}', '{"type":"stop"', 'x'.repeat(2 ** 20)]) tell(garbage);
    tell({ type: 'checkpoint' });
    await waitUntil('the checkpoint', () => of(run, 'checkpoint').length === 1);
    tell({ type: 'stop' });
    expect(await ended).toMatchObject({ code: 0 });
    expect(of(run, 'checkpoint')).toHaveLength(2);
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s stops with a checkpoint', async (signal) => {
    const run = createTestRun(scratchFolder(), ['train.save_freq=0', 'train.max_iter=100000', 'train.eval_test_freq=0']);
    const { child, ended } = startTrainer(run);
    await waitUntil('a few steps', () => stepOf(run) >= 3);
    child.kill(signal);
    expect(await ended).toMatchObject({ code: 0, signal: null });
    expect(journalOf(run).at(-1)).toMatchObject({ type: 'end', state: 'stopped' });
    expect(existsSync(checkpointPath(run, 'last.safetensors'))).toBe(true);
  });
});

describe('failures', () => {
  test('a data set that is missing: exit 1, the reason in the journal and the log', async () => {
    const run = createTestRun(scratchFolder(), [], { config: composeConfig({ overrides: ['experiment=mnist_convmixer'] }).config });
    const { code, stderr } = await runTrainer(run);
    expect(code).toBe(1);
    expect(journalOf(run).at(-1)).toMatchObject({ type: 'end', state: 'failed', reason: expect.stringContaining('mnist') });
    expect(stderr).toContain('error: ');
  });

  test('a configuration that is wrong, an engine that is not there', async () => {
    const home = scratchFolder();
    const wrong = createTestRun(home);
    wrong.document.config.model = { _target_: 'model.nonsense' };
    writeFileSync(wrong.paths.document, JSON.stringify(wrong.document));
    expect((await runTrainer(wrong)).code).toBe(1);
    expect(journalOf(wrong).at(-1)).toMatchObject({ state: 'failed', reason: expect.stringContaining('model.nonsense') });
    const engine = createTestRun(home, [], { engine: 'webgpu' });
    expect((await runTrainer(engine)).code).toBe(1);
    expect(journalOf(engine).at(-1)).toMatchObject({ state: 'failed', reason: expect.stringMatching(/webgpu/i) as string });
  });

  test('a diverged run says so and keeps its last checkpoint', async () => {
    const run = createTestRun(scratchFolder(), ['train/optimizer=sgd', 'train.optimizer.lr=1e30']);
    expect((await runTrainer(run)).code).toBe(1);
    expect(journalOf(run).at(-1)).toMatchObject({ state: 'failed', reason: expect.stringContaining('diverged') });
  });

  test('no run directory, no arguments, a run that has begun, a run that is busy: nothing is written', async () => {
    const run = createTestRun(scratchFolder(), ['train.max_iter=100000', 'train.eval_test_freq=0']);
    const nowhere = { ...run, paths: { ...run.paths, root: `${run.paths.root}-not` } };
    expect(await runTrainer(nowhere)).toMatchObject({ code: 1, stderr: expect.stringContaining('not a run directory') });
    expect(await runTrainer(run, { flags: ['--again'] })).toMatchObject({ code: 2, stderr: expect.stringContaining('usage') });
    const { child, ended } = startTrainer(run);
    await waitUntil('a first step', () => stepOf(run) >= 1);
    expect(await runTrainer(run, { flags: ['--resume'] })).toMatchObject({ code: 4, stderr: expect.stringContaining('Another trainer') });
    child.kill('SIGTERM');
    await ended;
    const before = readFileSync(run.paths.journal);
    expect(await runTrainer(run)).toMatchObject({ code: 4, stderr: expect.stringContaining('--resume') });
    expect(readFileSync(run.paths.journal).equals(before)).toBe(true);
  });
});
