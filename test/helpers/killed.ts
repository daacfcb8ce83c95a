// A run from the command line, whole and once more killed by SIGKILL midway and resumed: both must end with the same checkpoint.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunDetail } from '#contract';
import { createLabHome, type LabHome } from './lab.ts';
import { findProcesses, waitUntil } from './processes.ts';

/** The step of the newest metrics line of a run's journal; 0 before the first. */
function journalStep(home: string, id: string): number {
  const journal = join(home, 'runs', id, 'journal.jsonl');
  if (!existsSync(journal)) return 0;
  const lines = readFileSync(journal, 'utf8').split('\n').filter((line) => line.includes('"metrics"'));
  const last = lines.at(-1);
  return last?.endsWith('}') ? (JSON.parse(last) as { step: number }).step : 0;
}

const finalHash = (run: RunDetail, total: number) => run.checkpoints.filter(({ step }) => step === total).map(({ sha256 }) => sha256)[0];

/** Runs `command` of `total` steps whole, then again, kills the trainer once it is at step `at`, resumes it and compares. Returns the resumed run. */
export async function expectSameAfterKill(lab: LabHome, command: string[], { at, total }: { at: number; total: number }): Promise<RunDetail> {
  const [whole] = lab.json<RunDetail[]>(...command);
  expect([whole?.state, whole?.step]).toEqual(['finished', total]);
  const before = new Set(lab.json<RunDetail[]>('runs', 'list').map((run) => run.id));
  const child = lab.start(...command);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let id = '';
  await waitUntil('the second run to be listed', () => {
    id = lab.json<RunDetail[]>('runs', 'list').find((run) => !before.has(run.id))?.id ?? '';
    return id !== '';
  });
  await waitUntil(`its step ${at}`, () => findProcesses('trainer/main.ts', id).length > 0 && journalStep(lab.home, id) >= at, 240_000);
  for (const pid of findProcesses('trainer/main.ts', id)) process.kill(pid, 'SIGKILL');
  await ended;
  expect(lab.json<RunDetail>('runs', 'show', id).state).toBe('interrupted');
  const resumed = lab.lab('runs', 'resume', id);
  expect(resumed.status, resumed.stderr).toBe(0);
  const shown = lab.json<RunDetail>('runs', 'show', id);
  expect([shown.state, shown.metrics['train/loss']?.count]).toEqual(['finished', total]);
  expect(finalHash(shown, total)).toMatch(/^[0-9a-f]{64}$/);
  expect(finalHash(shown, total)).toBe(finalHash(whole as RunDetail, total));
  return shown;
}

/** The quickstart on one engine, killed once it is at step `at`. `prepare` puts the engine into the home. */
export function describeKilled({ name, missing }: { name: string; missing?: string }, { settings, at, total, prepare }: { settings: string[]; at: number; total: number; prepare?(lab: LabHome): void }): void {
  describe.skipIf(missing)(`${name}${missing ?? ''}`, () => {
    let lab: LabHome;
    beforeAll(() => {
      lab = createLabHome();
      prepare?.(lab);
    });
    afterAll(() => lab.remove());

    test('killed by SIGKILL and resumed, a run ends with the checkpoint of an uninterrupted one', async () => {
      const resumed = await expectSameAfterKill(lab, ['run', 'experiment=quickstart', '--engine', name, ...settings, `train.max_iter=${total}`], { at, total });
      expect(resumed.engine?.name).toBe(name);
    }, 240_000);
  });
}
