// The six published experiments from their published command lines: killed midway and resumed, they end with the same checkpoint.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunDetail } from '#contract';
import { createLabHome, type LabHome } from '../helpers/lab.ts';
import { findProcesses, waitUntil } from '../helpers/processes.ts';
import { hasShared, sharedPath } from '../helpers/shared.ts';

const long = ['1', 'all'].includes(process.env.VSGD_LAB_LONG ?? '');
const experiments = ['cifar100_vgg', 'cifar100_convmixer', 'cifar100_resnext', 'tiny_imagenet_vgg', 'tiny_imagenet_convmixer', 'tiny_imagenet_resnext'];
const settings = ['train/optimizer=vsgd', 'train.max_iter=20', 'dataset.data_module.test_batch_size=8',
  'dataset.data_module.limit_test=8', 'dataset.data_module.val_size=4', 'train.save_freq=4', 'train.seed=1'];

/** The step of the newest metrics line of a run's journal; 0 before the first. */
function journalStep(home: string, id: string): number {
  const journal = join(home, 'runs', id, 'journal.jsonl');
  if (!existsSync(journal)) return 0;
  const lines = readFileSync(journal, 'utf8').split('\n').filter((line) => line.includes('"metrics"'));
  const last = lines.at(-1);
  return last?.endsWith('}') ? (JSON.parse(last) as { step: number }).step : 0;
}

const finalHash = (run: RunDetail) => run.checkpoints.filter((checkpoint) => checkpoint.step === 20).map((checkpoint) => checkpoint.sha256)[0];

describe.skipIf(!hasShared || !long)('published experiments, 20 iterations each (needs ../shared and VSGD_LAB_LONG=1)', () => {
  let lab: LabHome;
  beforeAll(() => {
    lab = createLabHome();
    for (const archive of ['cifar-100-binary.tar.gz', 'tiny-imagenet-200.zip']) {
      const outcome = lab.lab('datasets', 'import', sharedPath(`data/${archive}`), '--accept-digest');
      expect(outcome.status, outcome.stderr).toBe(0);
    }
  });
  afterAll(() => lab.remove());

  test.each(experiments)('%s: killed by SIGKILL midway and resumed, it ends with the checkpoint of an uninterrupted run', async (experiment) => {
    // Two pictures are too few for ResNeXt's published rate: its validation loss becomes NaN.
    const command = ['run', `experiment=${experiment}`, `dataset.data_module.batch_size=${experiment === 'cifar100_resnext' ? 4 : 2}`, ...settings];
    const [whole] = lab.json<RunDetail[]>(...command);
    expect(whole?.state).toBe('finished');
    expect(whole?.step).toBe(20);

    const before = new Set(lab.json<RunDetail[]>('runs', 'list').map((run) => run.id));
    const child = lab.start(...command);
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    let id = '';
    await waitUntil('the second run to be listed', () => {
      id = lab.json<RunDetail[]>('runs', 'list').find((run) => !before.has(run.id))?.id ?? '';
      return id !== '';
    });
    await waitUntil('its tenth step', () => findProcesses('trainer/main.ts', id).length > 0 && journalStep(lab.home, id) >= 10, 240_000);
    for (const pid of findProcesses('trainer/main.ts', id)) process.kill(pid, 'SIGKILL');
    await ended;
    expect(lab.json<RunDetail>('runs', 'show', id).state).toBe('interrupted');

    const resumed = lab.lab('runs', 'resume', id);
    expect(resumed.status, resumed.stderr).toBe(0);
    const shown = lab.json<RunDetail>('runs', 'show', id);
    expect(shown.state).toBe('finished');
    expect(shown.metrics['train/loss']?.count).toBe(20);
    expect(finalHash(shown)).toBe(finalHash(whole as RunDetail));
    expect(finalHash(shown)).toMatch(/^[0-9a-f]{64}$/);
  }, 600_000);
});
