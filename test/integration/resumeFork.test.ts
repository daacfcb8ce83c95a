// How a run begins: resumed with what has changed since, forked with and without the optimizer's state.
import { appendFileSync, copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeSafetensors } from '#training';
import type { JournalLine } from '#contract';
import { scratchFolder } from '#test/scratch.ts';
import { checkpointPath, createTestRun, journalOf, lastHash, rowsOf, runTrainer, type TestRun } from '#test/trainer.ts';

const notes = (run: TestRun) => journalOf(run).filter((line): line is Extract<JournalLine, { type: 'note' }> => line.type === 'note').map(({ message }) => message);
const resume = (run: TestRun) => runTrainer(run, { flags: ['--resume'] });
const rewrite = (file: string, change: (text: string) => string) => writeFileSync(file, change(readFileSync(file, 'utf8')));
const indexOf = (run: TestRun) => checkpointPath(run, 'index.json');

/** A run that was stopped after 40 of 50 iterations, by taking its last ones away as a kill would. */
async function createHalfRun(overrides: string[] = []): Promise<TestRun> {
  const run = createTestRun(scratchFolder(), ['train.max_iter=50', 'train.save_freq=20', 'train.eval_test_freq=0', ...overrides]);
  expect((await runTrainer(run)).code).toBe(0);
  return run;
}

describe('a resumed run', () => {
  test('is refused with another configuration, and nothing of it is lost', async () => {
    const run = await createHalfRun();
    rewrite(run.paths.document, (text) => text.replace('"max_iter": 50', '"max_iter": 60'));
    const rows = rowsOf(run);
    expect((await resume(run)).code).toBe(1);
    expect(journalOf(run).at(-1)).toMatchObject({ state: 'failed', reason: expect.stringContaining('Fork the run') });
    expect(rowsOf(run)).toEqual(rows);
  });

  test('is refused with another data set', async () => {
    const run = await createHalfRun();
    rewrite(indexOf(run), (text) => text.replaceAll(/"fingerprint": "[0-9a-f]+"/g, '"fingerprint": "0"'));
    expect((await resume(run)).code).toBe(1);
    expect(journalOf(run).at(-1)).toMatchObject({ state: 'failed', reason: expect.stringContaining('fingerprint') });
  });

  test('goes on with another engine or version, and says that the bits are no longer promised', async () => {
    const run = await createHalfRun();
    rewrite(indexOf(run), (text) => text.replaceAll('"engine": "wasm"', '"engine": "tensorflow"').replaceAll(/"version": "[^"]+"/g, '"version": "0.0.1"'));
    expect((await resume(run)).code).toBe(0);
    expect(notes(run)).toEqual([expect.stringContaining('engine wasm after tensorflow'), expect.stringMatching(/version .* after 0\.0\.1/)]);
  });

  test('goes on with the same engine on another device, and says so', async () => {
    const run = await createHalfRun();
    rewrite(indexOf(run), (text) => text.replaceAll(/"device": "[^"]+"/g, '"device": "CPU, multiply and add"'));
    expect((await resume(run)).code).toBe(0);
    expect(notes(run)).toEqual([expect.stringMatching(/device CPU, .* after CPU, multiply and add: its bits are no longer/)]);
  });

  test('starts anew without a checkpoint, and the rows of before are gone', async () => {
    const run = await createHalfRun();
    const [rows, hash] = [rowsOf(run), lastHash(run)];
    for (const name of ['last.safetensors', 'previous.safetensors', 'best.safetensors', 'index.json']) rmSync(checkpointPath(run, name), { force: true });
    expect((await resume(run)).code).toBe(0);
    expect([rowsOf(run), lastHash(run)]).toEqual([rows, hash]);
  });

  test('with a torn last one falls back, says so, and ends the same', async () => {
    const run = await createHalfRun();
    const [rows, hash] = [rowsOf(run), lastHash(run)];
    truncateSync(checkpointPath(run, 'last.safetensors'), 4096);
    expect((await resume(run)).code).toBe(0);
    expect(notes(run)).toEqual([expect.stringContaining('passed over')]);
    expect(journalOf(run).find(({ type, step }) => type === 'state' && step === 40)).toMatchObject({ resumedFrom: 40 });
    expect([rowsOf(run), lastHash(run)]).toEqual([rows, hash]);
  });

  test('keeps the lines about the checkpoint that it goes on from', async () => {
    const run = await createHalfRun(['train.keep_every=20', 'train.best_metric=val/loss']);
    const kinds = () => journalOf(run).filter((line) => line.type === 'checkpoint').map(({ path, sha256 }) => `${path} ${sha256}`);
    const before = kinds();
    expect((await resume(run)).code).toBe(0);
    expect([...new Set(kinds())]).toEqual([...new Set(before)]);
  });

  test('cuts garbage and half a line off the journal', async () => {
    const run = await createHalfRun();
    const rows = rowsOf(run);
    appendFileSync(run.paths.journal, '{"type":"metrics","step":9999}\n{"type":"met');
    expect((await resume(run)).code).toBe(0);
    expect(rowsOf(run)).toEqual(rows);
  });
});

describe('a fork', () => {
  /** As the services make one: with a copy of the checkpoint that it starts from. */
  const forkOf = (source: TestRun, overrides: string[], { step = 50, copied = true } = {}) => {
    const fork = createTestRun(source.home, ['train.eval_test_freq=0', ...overrides], { fork: { runId: source.document.id, step, checkpoint: 'fork-source.safetensors' } });
    if (copied) copyFileSync(checkpointPath(source, 'last.safetensors'), checkpointPath(fork, 'fork-source.safetensors'));
    return fork;
  };
  const firstLoss = (run: TestRun) => rowsOf(run)[0]!.values['train/loss'] as number;
  const stepsOfOptimizer = (run: TestRun) => decodeSafetensors(readFileSync(checkpointPath(run, 'last.safetensors')), 'x').metadata.optimizer_t;

  test('keeps the optimizer\'s state where the optimizer is the same, with settings of its own', async () => {
    const source = await createHalfRun();
    const fork = forkOf(source, ['train.optimizer.lr=0.002', 'train.max_iter=7']);
    expect((await runTrainer(fork)).code).toBe(0);
    expect(notes(fork)).toEqual([expect.stringContaining(`Forked from run ${source.document.id} at step 50, with its optimizer's state`)]);
    expect(rowsOf(fork).map(({ step, values }) => [step, values.lr])).toEqual(Array.from({ length: 7 }, (_, index) => [index + 1, 0.002]));
    expect(stepsOfOptimizer(fork)).toBe('57');
  });

  test('starts another optimizer afresh on the same weights; resumed before its first checkpoint it is the same fork', async () => {
    const source = await createHalfRun();
    const fork = forkOf(source, ['train/optimizer=sgd', 'train.optimizer.lr=0.001', 'train.max_iter=7'], { step: 30 });
    expect((await runTrainer(fork)).code).toBe(0);
    expect(notes(fork)).toEqual([expect.stringContaining('afresh'), expect.stringContaining('asked for at step 30')]);
    expect(stepsOfOptimizer(fork)).toBe('7');
    expect(firstLoss(fork)).toBeLessThan(firstLoss(source));
    const [rows, hash] = [rowsOf(fork), lastHash(fork)];
    for (const name of ['last.safetensors', 'previous.safetensors', 'best.safetensors', 'index.json']) rmSync(checkpointPath(fork, name), { force: true });
    expect((await resume(fork)).code).toBe(0);
    expect([rowsOf(fork), lastHash(fork)]).toEqual([rows, hash]);
  });

  test('is refused where the model is another, or the checkpoint is gone', async () => {
    const source = await createHalfRun();
    const other = forkOf(source, ['model.dim=16']);
    expect((await runTrainer(other)).code).toBe(1);
    expect(journalOf(other).at(-1)).toMatchObject({ reason: expect.stringContaining('does not fit') });
    const gone = forkOf(source, [], { copied: false });
    expect((await runTrainer(gone)).code).toBe(1);
    expect(journalOf(gone).at(-1)).toMatchObject({ reason: expect.stringContaining('There is no checkpoint') });
  });
});
