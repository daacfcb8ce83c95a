// Runs through the router, over every transport: the same behaviour, the same errors.
import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi, describe } from 'vitest';
import type { TRPCClientError } from '@trpc/client';
import type { AppRouter } from '#router';
import { createClient, createContext, gather, host, transports, type Client, type LiveEvent } from '#test/client.ts';

const overrides = ['experiment=quickstart'];
const fault = async (promise: Promise<unknown>) => ((await promise.then(() => null, (error: unknown) => error)) as TRPCClientError<AppRouter> | null)?.data;

/** Trainers of these tests do as their run's name says. */
function useStub(): void {
  vi.stubEnv('VSGD_LAB_TRAINER', fileURLToPath(new URL('../helpers/trainers/stub.mjs', import.meta.url)));
  onTestFinished(() => { vi.unstubAllEnvs(); });
}

/** Waits until the app is told that a run is in a state. */
const untilState = (client: Client, id: string, state: string) => gather<LiveEvent>(
  (watcher) => client.live.changes.subscribe({ cursor: '0:0', series: [] }, { ...watcher, onData: (event) => { void client.runs.show.query({ id }).then((run) => { if (run.state === state) watcher.onData(event); }, watcher.onError); } }),
  () => true,
);

describe.each(transports)('%s', (transport) => {
  const connect = async () => {
    const context = createContext();
    return { context, client: await createClient(transport, context) };
  };

  test('more runs than are read at once are listed in their order, each once, whole or in pages', async () => {
    const { client } = await connect();
    const made = (await client.runs.enqueueSweep.mutate({ overrides: [...overrides, 'train.seed=range(0,230)'] })).map(({ id }) => id);
    const { runs, next } = await client.runs.list.query();
    expect([runs.map(({ id }) => id), next]).toEqual([made, null]);
    const page = await client.runs.list.query({ limit: 150 });
    expect([page.runs.length, page.next]).toEqual([150, made[149]]);
    expect((await client.runs.list.query({ limit: 150, after: page.next as string })).runs.map(({ id }) => id)).toEqual(made.slice(150));
    const newest = await client.runs.list.query({ limit: 150, newestFirst: true });
    expect(newest.runs.map(({ id }) => id)).toEqual(made.toReversed().slice(0, 150));
    const oldest = await client.runs.list.query({ newestFirst: true, after: newest.next as string });
    expect([oldest.runs.map(({ id }) => id), oldest.next]).toEqual([made.slice(0, 80).reverse(), null]);
  });

  test('the folder of a run is told, in the trash too, and opened only where a desktop can', async () => {
    const { client, context } = await connect();
    const [made] = await client.runs.enqueue.mutate({ overrides });
    const id = made!.id;
    const { home } = context.lab;
    expect(await client.runs.folder.query({ id })).toBe(join(home.runs, id));
    expect(await fault(client.runs.openFolder.mutate({ id }))).toMatchObject({ lab: { code: 'USAGE', message: expect.stringContaining('Only the desktop app') as string } });
    context.openFolder = vi.fn(async () => {});
    await client.runs.trash.mutate({ run: id });
    expect(await client.runs.folder.query({ id })).toBe(join(home.trash, id));
    await client.runs.openFolder.mutate({ id });
    expect(context.openFolder).toHaveBeenCalledExactlyOnceWith(join(home.trash, id));
    rmSync(join(home.trash, id), { recursive: true });
    symlinkSync('/', join(home.trash, id)); // what stands there instead is nobody's to open
    for (const [wrong, told] of [[id, 'is gone'], ['../..', 'no run']] as const) expect(await fault(client.runs.openFolder.mutate({ id: wrong }))).toMatchObject({ lab: { code: 'NOT_FOUND', message: expect.stringContaining(told) as string } });
    expect(context.openFolder).toHaveBeenCalledTimes(1);
  });

  test('an edit that was written over an older text is refused, and names what is there now', async () => {
    const { client } = await connect();
    const id = (await client.runs.enqueue.mutate({ overrides, name: 'shared' }))[0]!.id;
    const seen = { name: 'shared', tags: [] as string[], notes: '' }; // what pages show of a run without tags and notes
    await client.runs.edit.mutate({ run: id, notes: 'note of A', tags: ['a'], expected: seen });
    expect(await fault(client.runs.edit.mutate({ run: id, notes: 'note of B', expected: seen }))).toMatchObject({ code: 'CONFLICT', lab: { code: 'CONFLICT', message: expect.stringMatching(/^The tags and notes .* Now: a; note of A$/) as string } });
    expect(await fault(client.runs.edit.mutate({ run: id, tags: ['b'], expected: { tags: [] } }))).toMatchObject({ code: 'CONFLICT' });
    expect(await client.runs.show.query({ id })).toMatchObject({ notes: 'note of A', tags: ['a'] });
    await client.runs.edit.mutate({ run: id, notes: 'both', expected: { notes: 'note of A' } });
    expect(await client.runs.show.query({ id })).toMatchObject({ notes: 'both' });
  });

  test('a run is queued, listed, shown, changed, trashed, brought back, deleted', async () => {
    const { client } = await connect();
    const hostile = '<img src=x onerror=alert(1)> =cmd|\' /C calc\'!A0; DROP TABLE runs;-- 🧪';
    for (const name of [`${hostile} \u202e`, 'a\nb', '\u001b[2J', ' ']) expect(await fault(client.runs.enqueue.mutate({ overrides, name }))).toMatchObject({ lab: { code: 'USAGE', place: { key: 'name' } } });
    const [made] = await client.runs.enqueue.mutate({ overrides, name: hostile, tags: ['a'] });
    const id = made?.id as string;
    await client.runs.edit.mutate({ run: id, notes: hostile.repeat(1000), starred: true, tags: ['x', '<b>'] });
    const { runs, cursor, next } = await client.runs.list.query();
    expect(runs).toMatchObject([{ id, name: hostile, state: 'queued', tags: ['x', '<b>'], starred: true, notes: hostile.repeat(1000), totalSteps: null, metrics: {} }]);
    expect([typeof cursor, next]).toEqual(['string', null]);
    expect(await client.runs.trash.mutate({ run: id })).toBe(id);
    expect((await client.runs.list.query()).runs).toEqual([]);
    expect((await client.runs.show.query({ id })).trashedAt).not.toBeNull();
    await client.runs.restore.mutate({ run: id });
    expect(await client.runs.show.query({ id })).toMatchObject({ state: 'stopped', trashedAt: null, checkpoints: [] });
    await client.runs.trash.mutate({ run: id });
    expect(await client.runs.purge.mutate({})).toEqual([id]);
    expect(await fault(client.runs.show.query({ id }))).toMatchObject({ code: 'NOT_FOUND', lab: { code: 'NOT_FOUND' } });
  });

  test('filters and pages of the list', async () => {
    const { client } = await connect();
    const made = await client.runs.enqueueSweep.mutate({ overrides: [...overrides, 'train.seed=1,2,3', 'train/optimizer=vsgd,adam'] });
    expect(made.map((run) => run.overrides.slice(1))).toEqual([1, 2, 3].flatMap((seed) => ['vsgd', 'adam'].map((optimizer) => [`train.seed=${seed}`, `train/optimizer=${optimizer}`])));
    const first = await client.runs.list.query({ limit: 4 });
    const second = await client.runs.list.query({ limit: 4, after: first.next as string });
    expect([...first.runs, ...second.runs].map(({ id }) => id)).toEqual(made.map(({ id }) => id));
    expect(second.next).toBeNull();
    const sweep = first.runs[0]?.sweep;
    expect(sweep).toMatchObject({ index: 0, size: 6 });
    expect((await client.runs.list.query({ sweepId: sweep?.id, text: 'vsgd.VSGD' })).runs).toHaveLength(3);
    expect((await client.runs.list.query({ states: ['finished'] })).runs).toEqual([]);
  });

  test('the queue can be put in another order', async () => {
    const { client } = await connect();
    const made = await client.runs.enqueueSweep.mutate({ overrides: [...overrides, 'train.seed=1,2,3'] });
    const [a, b, c] = made.map(({ id }) => id) as [string, string, string];
    const order = async () => (await client.runs.list.query()).runs.toSorted((x, y) => x.position - y.position).map(({ id }) => id);
    await client.runs.reorder.mutate({ runs: [c], before: a });
    expect(await order()).toEqual([c, a, b]);
    await client.runs.reorder.mutate({ runs: [a], before: null });
    expect(await order()).toEqual([c, b, a]);
    await client.runs.stop.mutate({ run: b });
    expect(await fault(client.runs.reorder.mutate({ runs: [b], before: null }))).toMatchObject({ lab: { code: 'CONFLICT' } });
  });

  test('a run goes on by another engine where one is named; a wrong name changes nothing', async () => {
    const { client, context } = await connect();
    const [made] = await client.runs.enqueue.mutate({ overrides });
    const id = made!.id;
    const wanted = () => (JSON.parse(readFileSync(join(context.lab.home.runs, id, 'run.json'), 'utf8')) as { engine: string }).engine;
    await client.runs.stop.mutate({ run: id });
    expect(await fault(client.runs.resume.mutate({ run: id, engine: 'wassm' }))).toMatchObject({ lab: { code: 'USAGE', message: expect.stringContaining("Did you mean 'wasm'") as string } });
    expect([wanted(), (await client.runs.show.query({ id })).state]).toEqual(['auto', 'stopped']);
    await client.runs.resume.mutate({ run: id, engine: 'wasm' });
    expect([wanted(), (await client.runs.show.query({ id })).state]).toEqual(['wasm', 'queued']);
  });

  test('a host works the queue off; stop, pause, resume and retry reach the trainer', async () => {
    useStub();
    const { client, context } = await connect();
    host(context);
    const start = async (name: string) => ((await client.runs.enqueue.mutate({ overrides, name }))[0] as { id: string }).id;
    const good = await start('good');
    await untilState(client, good, 'finished');
    expect((await client.runs.show.query({ id: good })).metrics).toMatchObject({ 'train/loss': { last: 1, count: 1 } });
    expect(await fault(client.runs.resume.mutate({ run: good }))).toMatchObject({ code: 'CONFLICT', lab: { code: 'CONFLICT' } });
    const obeying = await start('obeys');
    await untilState(client, obeying, 'running');
    expect(await fault(client.runs.trash.mutate({ run: obeying }))).toMatchObject({ lab: { code: 'CONFLICT' } });
    await client.runs.pause.mutate({ run: obeying });
    await untilState(client, obeying, 'paused');
    await client.runs.resume.mutate({ run: obeying });
    await untilState(client, obeying, 'running');
    await client.runs.stop.mutate({ run: obeying });
    await untilState(client, obeying, 'stopped');
    const failing = await start('exits3');
    await untilState(client, failing, 'failed');
    expect((await client.runs.log.query({ run: failing })).text).toContain('about to leave');
    expect((await client.runs.retry.mutate({ run: failing })).id).not.toBe(failing);
  });

  test('errors carry code, place and message, and no stack', async () => {
    const { client } = await connect();
    const wrongKey = await fault(client.runs.enqueue.mutate({ overrides: [...overrides, 'train.max_iterr=3'] }));
    expect(wrongKey).toMatchObject({ code: 'BAD_REQUEST', httpStatus: 400, lab: { code: 'CONFIG_COMPOSITION', place: { key: 'train.max_iterr' }, message: expect.stringContaining("Did you mean 'max_iter'") as string } });
    expect(wrongKey).not.toHaveProperty('stack');
    expect(await fault(client.runs.log.query({ run: 'x', bytes: -1 }))).toMatchObject({ code: 'BAD_REQUEST', lab: { code: 'USAGE', place: { key: 'bytes' } } });
    expect(await fault(client.runs.stop.mutate({ run: '../../etc/passwd' }))).toMatchObject({ code: 'NOT_FOUND', lab: { code: 'NOT_FOUND' } });
    expect(await fault(client.runs.enqueue.mutate({ overrides, surprise: 1 } as never))).toMatchObject({ lab: { code: 'USAGE' } });
    expect(await fault(client.runs.fork.mutate({ run: 'x', overrides: [] }))).toMatchObject({ lab: { code: 'NOT_FOUND' } });
    expect((await client.runs.list.query()).runs).toEqual([]);
  });
});
