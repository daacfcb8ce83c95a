// The host against trainers that misbehave (stubs in test/helpers/trainers): true states with reasons, and the queue goes on.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createIngest, createRunDirectory, Host, openHome, recoverRuns, runPaths, self, takeBack, type HostOptions } from '#runs';
import { getRun, insertRun, listRuns, openDatabase, setDesired, summaries } from '#store';
import { createDocument } from '../../helpers/documents.ts';
import { temporaryFolder } from '../../helpers/folder.ts';

const stub = fileURLToPath(new URL('../../helpers/trainers/stub.mjs', import.meta.url));
beforeAll(() => { process.env.VSGD_LAB_TRAINER = stub; });
afterAll(() => { delete process.env.VSGD_LAB_TRAINER; });

function setUp(...names: string[]) {
  const home = openHome(temporaryFolder());
  const { database } = openDatabase(home.database);
  const ids = names.map((name) => {
    const document = { ...createDocument(), name };
    createRunDirectory(home, document);
    insertRun(database, document);
    return document.id;
  });
  const options: HostOptions = { home, database, ingest: createIngest(database, home), tickMs: 10, graceMs: 300 };
  const stateOf = (id: string) => getRun(database, id)?.state;
  const resting = () => ids.every((id) => ['finished', 'failed', 'interrupted', 'stopped', 'paused'].includes(stateOf(id) ?? ''));
  return { home, database, ids, options, stateOf, resting };
}

test('every way to end has its state and its reason, and none stops the queue', async () => {
  const names = ['throws', 'exits3', 'aborts', 'killed', 'silent', 'garbage', 'good'];
  const { database, ids, options, resting } = setUp(...names);
  const host = new Host(options);
  expect(host.begin()).toBe(true);
  await host.work(resting);
  await host.end();
  const rows = ids.map((id) => getRun(database, id)!);
  expect(rows.map(({ state }) => state)).toEqual(['failed', 'failed', 'failed', 'interrupted', 'interrupted', 'finished', 'finished']);
  expect(rows[0]?.reason).toContain('the stub threw');
  expect(rows[1]?.reason).toMatch(/exit code 3.*about to leave/s);
  expect(rows[2]?.reason).toContain('SIGABRT');
  expect(rows[3]?.reason).toContain('SIGKILL');
  expect(summaries(database, ids[6]!)['train/loss']?.count).toBe(1);
});

test('a run that loses its GPU is started again three times, then fails; others that fail are not', async () => {
  const { home, database, ids: [id = '', other = ''], options, stateOf } = setUp('loses', 'exits3');
  const host = new Host(options);
  host.begin();
  const starts = () => readFileSync(runPaths(home, id).journal, 'utf8').split('\n').filter((line) => line.includes('"type":"state"')).length;
  await host.work(() => stateOf(id) === 'failed' && starts() === 4 && stateOf(other) === 'failed');
  await host.end();
  expect(getRun(database, id)).toMatchObject({ state: 'failed', reason: 'The GPU was lost.', desired: 'finished' });
});

describe('orders', () => {
  test.each([['stopped', 'obeys'], ['paused', 'obeys'], ['stopped', 'deaf']] as const)('%s wanted of a trainer that is %s', async (desired, name) => {
    const { database, ids: [id = ''], options, stateOf, resting } = setUp(name);
    const host = new Host(options);
    host.begin();
    await host.work(() => {
      if (stateOf(id) === 'running') setDesired(database, id, desired);
      return resting();
    });
    expect(stateOf(id)).toBe(desired);
    await host.end();
  });

  test('a queued run of which nothing is wanted never starts', async () => {
    const { database, ids, options, stateOf, resting } = setUp('good', 'good');
    setDesired(database, ids[1]!, 'stopped');
    const host = new Host(options);
    host.begin();
    await host.work(resting);
    expect(ids.map(stateOf)).toEqual(['finished', 'stopped']);
    await host.end();
  });

  test('a host that is ended leaves its runs interrupted, and starts no other', async () => {
    const { ids, options, stateOf } = setUp('obeys', 'good');
    const host = new Host(options);
    host.begin();
    await host.work(() => stateOf(ids[0]!) === 'running');
    await host.end();
    expect(ids.map(stateOf)).toEqual(['interrupted', 'queued']);
  });
});

describe('a host whose own work is done', () => {
  test('starts nothing more in the round in which its last run ends; the next host does', async () => {
    const { home, ids, options, stateOf, resting } = setUp('good', 'good', 'good');
    const first = new Host(options);
    first.begin();
    await first.work(() => stateOf(ids[0]!) === 'finished');
    expect(ids.map(stateOf)).toEqual(['finished', 'queued', 'queued']);
    await first.end('queued');
    expect(ids.slice(1).map((id) => existsSync(runPaths(home, id).journal))).toEqual([false, false]);
    const second = new Host(options);
    expect(second.begin()).toBe(true);
    await second.work(resting);
    await second.end('queued');
    expect(ids.map(stateOf)).toEqual(['finished', 'finished', 'finished']);
  });

  test('hands back the runs of others, first in the queue', async () => {
    const { database, ids, options, stateOf } = setUp('good', 'obeys', 'deaf', 'good');
    const host = new Host({ ...options, slots: () => 3 });
    host.begin();
    await host.work(() => stateOf(ids[0]!) === 'finished' && stateOf(ids[1]!) === 'running' && stateOf(ids[2]!) === 'running');
    await host.end('queued');
    expect(ids.map(stateOf)).toEqual(['finished', 'queued', 'queued', expect.stringMatching(/queued|finished/)]);
    const order = listRuns(database, { states: ['queued'] }).toSorted((a, b) => a.position - b.position).map(({ id }) => id);
    expect(order.slice(0, 2).toSorted()).toEqual([ids[1], ids[2]].toSorted());
    expect(getRun(database, ids[1]!)).toMatchObject({ desired: 'finished', pid: null, reason: null });
  });

  test('asked to leave before it begins, it settles what nobody wants and starts nothing', async () => {
    const { database, ids, options, stateOf } = setUp('good', 'good');
    setDesired(database, ids[0]!, 'stopped');
    const host = new Host(options);
    host.leave('queued');
    expect(host.begin()).toBe(true);
    await host.work(() => stateOf(ids[0]!) === 'stopped');
    await host.end('queued');
    expect(ids.map(stateOf)).toEqual(['stopped', 'queued']);
  });

  test('a run that somebody waits for goes on when its host has gone, at once or with a checkpoint; one that was killed itself does not', async () => {
    const { database, home, ids, options, stateOf } = setUp('obeys', 'obeys', 'killed', 'good');
    const host = new Host({ ...options, slots: () => 3 });
    host.begin();
    await host.work(() => stateOf(ids[0]!) === 'running' && stateOf(ids[1]!) === 'running' && stateOf(ids[2]!) === 'interrupted');
    await host.end('interrupted');
    database.prepare("UPDATE runs SET state = 'starting', ended_at = NULL, pid = 2147483646, pid_started = '1' WHERE id = ?").run(ids[1]!);
    recoverRuns({ database, home, ingest: options.ingest });
    expect(ids.slice(0, 3).map(stateOf)).toEqual(['interrupted', 'interrupted', 'interrupted']);
    takeBack(database, ids);
    expect(ids.slice(0, 3).map(stateOf)).toEqual(['queued', 'queued', 'interrupted']);
    const order = listRuns(database, { states: ['queued'] }).toSorted((a, b) => a.position - b.position).map(({ id }) => id);
    expect(order.slice(0, 2)).toEqual(ids.slice(0, 2));
  });
});

describe('one host per home', () => {
  test('a second one is refused until the first ends', async () => {
    const { options } = setUp();
    const [first, second] = [new Host(options), new Host(options)];
    expect(first.begin()).toBe(true);
    expect(second.begin()).toBe(false);
    await first.end();
    expect(second.begin()).toBe(true);
    await second.end();
  });

  test('a lock left by a dead process, or one whose pid is used again, holds nobody up', async () => {
    const { home, options } = setUp();
    writeFileSync(home.hostLock, JSON.stringify({ pid: process.pid, started: '1' }));
    const host = new Host(options);
    expect(host.begin()).toBe(process.platform === 'linux');
    expect(JSON.parse(readFileSync(home.hostLock, 'utf8'))).toEqual(self());
    await host.end();
  });

  test('runs that lost host and trainer are interrupted when the next host begins', async () => {
    const { database, ids: [id = ''], options, stateOf } = setUp('good');
    const gone = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => gone.once('exit', resolve));
    database.prepare("UPDATE runs SET state = 'running', pid = ?, pid_started = '1' WHERE id = ?").run(gone.pid, id);
    const host = new Host(options);
    host.begin();
    expect(stateOf(id)).toBe('interrupted');
    await host.end();
  });
});
