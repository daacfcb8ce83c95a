// The command line beside an app that is open: the run goes into the app's queue, its trainer is the app's child, and the command follows it to its end.
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RunDetail, RunSummary } from '#contract';
import { createLabHome, type LabHome } from '../helpers/lab.ts';
import { waitUntil } from '../helpers/processes.ts';

const quick = ['experiment=quickstart', 'model.dim=8', 'model.depth=1', 'train.max_iter=10'];
const endless = ['experiment=quickstart', 'model.dim=8', 'model.depth=1', 'train.max_iter=1000000', 'train.eval_test_freq=0'];
const hostOf = (lab: LabHome): number => (JSON.parse(readFileSync(join(lab.home, 'host.lock'), 'utf8')) as { pid: number }).pid;

function home(): LabHome {
  const lab = createLabHome();
  onTestFinished(() => lab.remove());
  return lab;
}

async function openServer(lab: LabHome): Promise<number> {
  const server = lab.start('serve', '--port', '0');
  onTestFinished(async () => {
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    await ended;
  });
  await waitUntil('the server as host', () => existsSync(join(lab.home, 'server.json')) && existsSync(join(lab.home, 'host.lock')));
  return server.pid as number;
}

/** The parent of a process, as Linux knows it. */
const parentOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);

describe('while the app is open', () => {
  test('run queues in its host and reports the end; list shows it', async () => {
    const lab = home();
    const pid = await openServer(lab);
    const [made] = lab.json<RunDetail[]>('run', ...quick);
    expect(made).toMatchObject({ state: 'finished', step: 10 });
    expect(hostOf(lab)).toBe(pid);
    expect(lab.json<RunSummary[]>('runs', 'list')).toMatchObject([{ id: made?.id, state: 'finished' }]);
  });

  test.skipIf(process.platform !== 'linux')('the trainer is the app\'s child; Ctrl-C on the command stops the run there, with a checkpoint (Linux)', async () => {
    const lab = home();
    const pid = await openServer(lab);
    const command = lab.start('run', ...endless);
    const state = () => lab.json<RunSummary[]>('runs', 'list')[0];
    await waitUntil('the run to train', () => state()?.state === 'running');
    const trainer = Number(readFileSync(join(lab.home, 'runs', state()?.id as string, 'heartbeat'), 'utf8'));
    expect(parentOf(trainer)).toBe(pid);
    const ended = once(command, 'exit');
    command.kill('SIGINT');
    expect((await ended)[0]).toBe(130);
    expect(lab.json<RunDetail>('runs', 'show', state()?.id as string)).toMatchObject({ state: 'stopped', checkpoints: [expect.anything()] });
    expect(hostOf(lab)).toBe(pid);
  });

  test('the app goes while the command follows: the command takes the next run over', async () => {
    const lab = home();
    const server = lab.start('serve', '--port', '0');
    await waitUntil('the server as host', () => existsSync(join(lab.home, 'server.json')) && existsSync(join(lab.home, 'host.lock')));
    const long = lab.json<RunDetail[]>('run', '--detach', ...endless)[0];
    await waitUntil('the first to train', () => lab.json<RunDetail>('runs', 'show', long!.id).state === 'running');
    const command = lab.start('run', '--json', ...quick);
    await waitUntil('the second to wait', () => lab.json<RunSummary[]>('runs', 'list').length === 2);
    server.kill('SIGTERM');
    expect((await once(command, 'exit'))[0]).toBe(0);
    expect(lab.json<RunSummary[]>('runs', 'list').map(({ state }) => state).toSorted()).toEqual(['finished', 'interrupted']);
  });
});
