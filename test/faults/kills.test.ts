// Forty SIGKILLs at random moments of trainer and host: no acknowledged row lost or doubled, the database sound, the run resumed to the end.
import Database from 'better-sqlite3';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunDetail } from '#contract';
import { createLabHome, type LabHome } from '../helpers/lab.ts';
import { findProcesses, waitUntil } from '../helpers/processes.ts';

const long = ['1', 'all'].includes(process.env.VSGD_LAB_LONG ?? '');
const kills = Number(process.env.VSGD_LAB_KILLS ?? (long ? 40 : 4));
const seed = Number(process.env.VSGD_LAB_SEED ?? Date.now() % 100_000);
const steps = 400;
const settings = ['experiment=quickstart', 'train/optimizer=notebook_vsgd', `train.max_iter=${steps}`, 'train.save_freq=20', 'train.eval_test_freq=0', 'dataset.data_module.train_size=200', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=20'];

/** A small generator of its own, so that a printed seed repeats the moments. */
function createRandom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Steps of `train/loss` in the store, oldest first. */
function storedSteps(home: string, id: string, lab: LabHome): number[] {
  const path = join(home, 'exported', id);
  const outcome = lab.lab('runs', 'export', id, '--to', path);
  expect(outcome.status, outcome.stderr).toBe(0);
  const rows = JSON.parse(readFileSync(join(path, 'metrics.json'), 'utf8')) as { key: string; step: number }[];
  return rows.filter((row) => row.key === 'train/loss').map((row) => row.step);
}

describe(`${kills} SIGKILLs of trainer and host (seed ${seed}; set VSGD_LAB_SEED to repeat)`, () => {
  let lab: LabHome;
  beforeAll(() => { lab = createLabHome(); });
  afterAll(() => lab.remove());

  test('lose and double nothing', async () => {
    const random = createRandom(seed);
    const reference = lab.json<RunDetail[]>('run', ...settings)[0] as RunDetail;
    let child = lab.start('run', ...settings);
    let id = '';
    await waitUntil('the run to be listed', () => {
      id = lab.json<RunDetail[]>('runs', 'list').find((run) => run.id !== reference.id)?.id ?? '';
      return id !== '';
    });
    for (let kill = 0; kill < kills; kill += 1) {
      const host = child;
      const ended = new Promise<void>((resolve) => (host.exitCode === null && host.signalCode === null ? host.once('exit', () => resolve()) : resolve()));
      await delay(100 + random() * 1500);
      const trainers = findProcesses('trainer/main.ts', id);
      if (kill % 2 === 0) for (const pid of trainers) process.kill(pid, 'SIGKILL');
      else host.kill('SIGKILL');
      await ended;
      await waitUntil('the trainer to end', () => findProcesses('trainer/main.ts', id).length === 0, 15_000);
      const database = new Database(join(lab.home, 'lab.db'), { readonly: true });
      expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
      database.close();
      const state = lab.json<RunDetail>('runs', 'show', id).state;
      if (state === 'finished') break;
      child = lab.start('runs', 'resume', id);
    }
    await new Promise<void>((resolve) => (child.exitCode === null && child.signalCode === null ? child.once('exit', () => resolve()) : resolve()));
    if (lab.json<RunDetail>('runs', 'show', id).state !== 'finished') expect(lab.lab('runs', 'resume', id).status, lab.lab('runs', 'show', id).stdout).toBe(0);
    const shown = lab.json<RunDetail>('runs', 'show', id);
    expect(shown.state).toBe('finished');
    expect(storedSteps(lab.home, id, lab)).toEqual(Array.from({ length: steps }, (_, index) => index + 1));
    expect(shown.metrics['train/loss']?.count).toBe(steps);
    const hash = (run: RunDetail) => run.checkpoints.find((checkpoint) => checkpoint.step === steps)?.sha256;
    expect(hash(shown)).toBe(hash(reference));
  }, 900_000);
});
