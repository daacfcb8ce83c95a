// One behaviour over every transport: values, errors, subscriptions and cancellation are the same in process, over HTTP and WebSocket, and over IPC.
import { TRPCClientError } from '@trpc/client';
import { describe, expect, test, vi } from 'vitest';
import { createClient, createContext, gather, transports, type LiveEvent } from '#test/client.ts';
import { journal, metrics } from '#test/journals.ts';
import { unpackPoints } from '../../src-renderer/client/points.ts';

const overrides = ['experiment=quickstart'];

describe.each(transports)('%s', (transport) => {
  const connect = async () => {
    const context = createContext();
    return { context, client: await createClient(transport, context) };
  };
  const faultOf = async (promise: Promise<unknown>) => {
    const error: unknown = await promise.then(() => null, (thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TRPCClientError);
    const { message, data } = error as TRPCClientError<never>;
    return { message, data: data as { code: string; lab: unknown; stack?: string } | undefined };
  };

  test('values cross as JSON does: texts of any script, null, nothing that is undefined', async () => {
    const { client } = await connect();
    const name = 'ä 🧪 實驗 <b>"\'\\ %00';
    const [made] = await client.runs.enqueue.mutate({ overrides, name });
    const shown = await client.runs.show.query({ id: made!.id });
    expect(shown).toMatchObject({ name, trashedAt: null, fork: null });
    expect(Object.values(shown)).not.toContain(undefined);
  });

  test('an error is ours, with code, place and message, and without a stack', async () => {
    const { client } = await connect();
    const missing = await faultOf(client.runs.show.query({ id: 'none' }));
    expect(missing).toMatchObject({ message: expect.stringContaining('none') as string, data: { code: 'NOT_FOUND', lab: { code: 'NOT_FOUND' } } });
    expect(missing.data?.stack).toBeUndefined();
    expect(await faultOf(client.settings.set.mutate({ slots: -1 }))).toMatchObject({ data: { code: 'BAD_REQUEST', lab: { code: 'USAGE', place: { key: 'slots' } } } });
    expect(await faultOf(client.runs.enqueue.mutate({ overrides: ['model=nosuch'] }))).toMatchObject({ data: { lab: { code: 'CONFIG_MISSING' } } });
  });

  test('many calls at once are answered each with its own', async () => {
    const { client } = await connect();
    const answers = await Promise.all(Array.from({ length: 30 }, (_, index) => client.configuration.schedule.query({ overrides: [...overrides, `train.optimizer.lr=0.${index + 1}`], points: 2 })));
    expect(answers.map(({ rates }) => rates[0])).toEqual(Array.from({ length: 30 }, (_, index) => Number(`0.${index + 1}`)));
  });

  test('a subscription tells what has changed, and goes on where an event left off', async () => {
    const { client, context } = await connect();
    const [made] = await client.runs.enqueue.mutate({ overrides });
    const id = made!.id;
    journal(context.lab, id, [metrics(1, { 'train/loss': 2 })]);
    const series = [{ runId: id, key: 'train/loss', cursor: null }];
    const follow = (lastEventId?: string) => gather<LiveEvent>((watcher) => client.live.changes.subscribe({ cursor: '0:0', series, lastEventId }, watcher), (all) => all.some(({ data }) => data.series.length > 0));
    const first = (await follow()).at(-1)!;
    const pointsOf = ({ data }: LiveEvent) => { const { steps, values } = unpackPoints(data.series[0]!.points); return [[...steps], [...values]]; };
    expect(pointsOf(first)).toEqual([[1], [2]]);
    journal(context.lab, id, [metrics(2, { 'train/loss': 1 })]);
    expect(pointsOf((await follow(first.id)).at(-1)!)).toEqual([[2], [1]]);
  });

  test('a subscription with a wrong input fails as a call does', async () => {
    const { client } = await connect();
    const failed = faultOf(gather<LiveEvent>((watcher) => client.live.changes.subscribe({ cursor: null, series: [{}] as never }, watcher), () => true));
    expect(await failed).toMatchObject({ data: { code: 'BAD_REQUEST', lab: { code: 'USAGE' } } });
  });

  test('after unsubscribing nothing more is told and nothing is at work', async () => {
    const { client, context } = await connect();
    const look = vi.spyOn(context.lab.database, 'transaction');
    const told: unknown[] = [];
    const subscription = client.live.changes.subscribe({ cursor: '0:0', series: [] }, { onData: (event) => told.push(event) });
    await vi.waitFor(() => expect(told.length).toBeGreaterThan(0));
    subscription.unsubscribe();
    await vi.waitFor(async () => {
      const before = look.mock.calls.length;
      await new Promise((resolve) => setTimeout(resolve, 350));
      expect(look.mock.calls.length).toBe(before);
    });
    const count = told.length;
    await client.runs.enqueue.mutate({ overrides });
    expect(told).toHaveLength(count);
  });
});

// In process there is nothing to cut: a procedure that does not wait is over when its caller can speak again.
describe.each(transports.filter((transport) => transport !== 'in process'))('%s', (transport) => {
  test('a call can be cancelled, and the next one is answered', async () => {
    const client = await createClient(transport, createContext());
    const cancelling = new AbortController();
    const call = client.configuration.describe.query(undefined, { signal: cancelling.signal });
    cancelling.abort();
    await expect(call).rejects.toBeInstanceOf(TRPCClientError);
    expect(await client.settings.get.query()).toMatchObject({ slots: 1 });
  });
});
