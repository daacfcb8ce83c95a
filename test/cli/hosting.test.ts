// Commands and the app on one home: runs go into one queue, whoever is the host trains them, and every command follows its own to the end, whoever leaves meanwhile.
import Database from 'better-sqlite3';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RunDetail, RunSummary } from '#contract';
import { createLabHome, type LabHome } from '../helpers/lab.ts';
import { waitUntil } from '../helpers/processes.ts';

const quick = ['experiment=quickstart', 'model.dim=8', 'model.depth=1', 'train.max_iter=10'];
const endless = ['experiment=quickstart', 'model.dim=8', 'model.depth=1', 'train.max_iter=1000000', 'train.eval_test_freq=0'];
const tiny = [...quick, '--engine', 'wasm', 'train.eval_test_freq=0', 'dataset.data_module.train_size=100', 'dataset.data_module.test_size=10', 'dataset.data_module.val_size=10'];
const seed = Number(process.env.VSGD_LAB_SEED ?? Date.now() % 100_000);
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

type Followed = { child: ChildProcess; code: Promise<number | null>; output: { stdout: string; stderr: string } };

/** Starts a command and collects its exit code and output. */
function follow(lab: LabHome, ...args: string[]): Followed {
  const child = lab.start(...args);
  onTestFinished(() => { child.kill('SIGKILL'); });
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (text: Buffer) => { output.stdout += text.toString(); });
  child.stderr?.on('data', (text: Buffer) => { output.stderr += text.toString(); });
  return { child, code: once(child, 'close').then(([code]) => code as number | null), output };
}

/** Names and states as the store has them, oldest first; read without a process of its own, as often as a test wants. */
function runs(lab: LabHome): { id: string; name: string; state: string }[] {
  if (!existsSync(join(lab.home, 'lab.db'))) return [];
  const database = new Database(join(lab.home, 'lab.db'), { readonly: true });
  try {
    return database.prepare('SELECT id, name, state FROM runs ORDER BY id').all() as { id: string; name: string; state: string }[];
  } catch {
    return []; // its first command is making it
  } finally {
    database.close();
  }
}
const stateOf = (lab: LabHome, name: string): string | undefined => runs(lab).find((run) => run.name === name)?.state;
const waitFor = (lab: LabHome, name: string, state: string): Promise<void> => waitUntil(`${name} to be ${state}`, () => stateOf(lab, name) === state);

describe('commands that share a home', () => {
  test('whose host leaves: each one sees its own runs to the end, the quiet and the JSON one too', async () => {
    const lab = home();
    const first = follow(lab, 'run', '-q', ...tiny, '--name', 'first');
    await waitUntil('the first to be queued', () => runs(lab).length === 1);
    const sweep = follow(lab, 'run', '-q', '-m', ...tiny, '--name', 'sweep', 'train.seed=1,2');
    await waitUntil('the sweep to be queued', () => runs(lab).length === 3);
    const last = follow(lab, 'run', '--json', ...tiny, '--name', 'last');
    expect(await Promise.all([first.code, sweep.code, last.code])).toEqual([0, 0, 0]);
    expect(JSON.parse(last.output.stdout)).toMatchObject([{ name: 'last', state: 'finished' }]);
    expect(runs(lab).map(({ state }) => state)).toEqual(Array(4).fill('finished'));
  });

  test.each([['SIGINT', 130, 'stopped'], ['SIGKILL', null, 'interrupted']] as const)('%s to the host: a run of another command that it trains goes on', async (signal, code, state) => {
    const lab = home();
    writeFileSync(join(lab.home, 'settings.json'), JSON.stringify({ slots: 2 }));
    const host = follow(lab, 'run', '-q', ...endless, '--name', 'host');
    await waitFor(lab, 'host', 'running');
    const other = follow(lab, 'run', '-q', ...tiny, 'train.max_iter=1000', '--name', 'other');
    await waitFor(lab, 'other', 'running');
    host.child.kill(signal);
    expect([await host.code, await other.code]).toEqual([code, 0]);
    expect(runs(lab).map((run) => [run.name, run.state])).toEqual([['host', state], ['other', 'finished']]);
  });

  test('a run of a command goes on when the app that trains it is closed', async () => {
    const lab = home();
    const server = lab.start('serve', '--port', '0');
    await waitUntil('the server as host', () => existsSync(join(lab.home, 'server.json')) && existsSync(join(lab.home, 'host.lock')));
    const command = follow(lab, 'run', '-q', ...tiny, 'train.max_iter=1000', '--name', 'followed');
    await waitFor(lab, 'followed', 'running');
    server.kill('SIGTERM');
    expect(await command.code).toBe(0);
    expect(stateOf(lab, 'followed')).toBe('finished');
  });

  test('a trainer that is killed fails its command alone, which says so in quiet too', async () => {
    const lab = home();
    const victim = follow(lab, 'run', '-q', ...endless, '--name', 'victim');
    await waitFor(lab, 'victim', 'running');
    const other = follow(lab, 'run', '-q', ...tiny, '--name', 'other');
    await waitFor(lab, 'other', 'queued');
    process.kill(Number(readFileSync(join(lab.home, 'runs', runs(lab)[0]!.id, 'heartbeat'), 'utf8')), 'SIGKILL');
    expect([await victim.code, await other.code]).toEqual([11, 0]);
    expect(victim.output.stderr).toContain('victim: interrupted');
  });

  test(`that come and go at random moments leave nothing behind (seed ${seed}; VSGD_LAB_SEED repeats it)`, async () => {
    const lab = home();
    let state = seed;
    const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
    const commands: Followed[] = [];
    const victims = new Set<number>();
    for (let count = 0; count < 6; count += 1) {
      commands.push(follow(lab, 'run', '-q', ...tiny, `train.max_iter=${5 + Math.floor(random() * 200)}`, '--name', `n${count}`));
      await delay(random() * 1500);
      if (count !== 1 && count !== 3) continue;
      const victim = Math.floor(random() * commands.length);
      victims.add(victim);
      commands[victim]?.child.kill(random() < 0.5 ? 'SIGKILL' : 'SIGINT');
    }
    const codes = await Promise.all(commands.map(({ code }) => code));
    const undisturbed = commands.flatMap(({ output }, index) => (victims.has(index) ? [] : [[`n${index}`, codes[index], output.stderr]]));
    expect(undisturbed).toEqual(undisturbed.map(([name]) => [name, 0, '']));
    const states = new Map(runs(lab).map((run) => [run.name, run.state]));
    expect(undisturbed.map(([name]) => states.get(name as string))).toEqual(undisturbed.map(() => 'finished'));
    await waitUntil('nothing to be queued or at work', () => runs(lab).every((run) => ['finished', 'stopped', 'interrupted'].includes(run.state)));
  });
});
