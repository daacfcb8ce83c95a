// WebSockets: who gets one, and that no client can fill the memory or hold up the others (case 49 of the fault list).
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import { notSignedIn, socketLimits, type RunningServer, type SocketLimits } from '#server';
import { createContext, createNetworkClient, serve } from '#test/client.ts';
import { rawRequest, sendRaw, upgradeHeaders } from '#test/rawHttp.ts';

const bearer = ({ token }: RunningServer) => ({ authorization: `Bearer ${token}` });

function open({ address }: RunningServer, options: ClientOptions): WebSocket {
  const socket = new WebSocket(`${address.replace('http', 'ws')}/ws`, options);
  onTestFinished(() => socket.terminate());
  return socket;
}

async function openSignedIn(server: RunningServer): Promise<WebSocket> {
  const socket = open(server, { headers: bearer(server) });
  await once(socket, 'open');
  return socket;
}

const closeCode = async (socket: WebSocket): Promise<number> => ((await once(socket, 'close')) as [number])[0];
const start = (limits?: SocketLimits) => serve(createContext(), { limits });
const query = (id: number, path: string) => JSON.stringify({ id, method: 'query', params: { path } });

/** Another client of the same server is served. */
const othersAreServed = async (server: RunningServer) => expect(await createNetworkClient(server).settings.get.query()).toMatchObject({ slots: 1 });

describe('the upgrade', () => {
  test('a foreign page gets no socket', async () => {
    const server = await start();
    for (const origin of ['http://evil.test', 'null', `${server.address}.evil.test`]) {
      const refused = await new Promise((resolve) => { open(server, { origin, headers: bearer(server) }).on('unexpected-response', (_request, { statusCode }) => resolve(statusCode)).on('error', () => {}); });
      expect(refused).toBe(403);
    }
  });

  test.each([[{}], [{ authorization: 'Bearer wrong' }], [{ cookie: 'vsgd-lab=x' }]])('without the token it is closed with 4401: %j', async (headers) => {
    const server = await start();
    expect(await closeCode(open(server, { headers }))).toBe(notSignedIn);
    expect(notSignedIn).toBe(4401);
  });

  test('a token in the address counts for nothing, other paths are no sockets', async () => {
    const server = await start();
    const socket = new WebSocket(`${server.address.replace('http', 'ws')}/ws?token=${server.token}`);
    expect(await closeCode(socket)).toBe(notSignedIn);
    for (const path of ['/', '/ws/', '/wss', '/trpc/live.changes', '//ws']) expect((await sendRaw(server.port, rawRequest({ path, headers: { Host: 'localhost', Authorization: `Bearer ${server.token}`, ...upgradeHeaders } }))).status).toBe(404);
  });

  test('there are so many and no more', async () => {
    const server = await start({ ...socketLimits, sockets: 2 });
    const first = await openSignedIn(server);
    await openSignedIn(server);
    const refused = await new Promise((resolve) => { open(server, { headers: bearer(server) }).on('unexpected-response', (_request, { statusCode }) => resolve(statusCode)).on('error', () => {}); });
    expect(refused).toBe(503);
    first.close();
    await once(first, 'close');
    await openSignedIn(server);
  });
});

describe('a client that misbehaves', () => {
  test('gets so many subscriptions and no more, and a new one for each that it stops', async () => {
    const server = await start({ ...socketLimits, subscriptions: 3 });
    const socket = await openSignedIn(server);
    const answers: { id: number; error?: { message: string } }[] = [];
    socket.on('message', (data: Buffer) => { answers.push(...[JSON.parse(data.toString())].flat() as typeof answers); });
    const subscribe = (id: number) => socket.send(JSON.stringify({ id, method: 'subscription', params: { path: 'datasets.progress' } }));
    const answered = (id: number) => expect.poll(() => answers.some((answer) => answer.id === id), { timeout: 30_000 }).toBe(true);
    for (let id = 1; id <= 4; id += 1) subscribe(id);
    for (let id = 1; id <= 4; id += 1) await answered(id);
    expect(answers.filter(({ error }) => error).map(({ id }) => id)).toEqual([4]);
    expect(answers.find(({ id }) => id === 4)?.error?.message).toMatch(/3 subscriptions/);
    socket.send(JSON.stringify({ id: 1, method: 'subscription.stop' }));
    await expect.poll(() => answers.filter(({ id }) => id === 1).length, { timeout: 30_000 }).toBeGreaterThan(1);
    subscribe(5);
    await answered(5);
    expect(answers.find(({ id }) => id === 5)?.error).toBeUndefined();
    await othersAreServed(server);
  });

  test('is closed with 1009 for a frame of 64 MB', async () => {
    const server = await start();
    const socket = await openSignedIn(server);
    socket.on('error', () => {}); // the server stops reading
    const closed = once(socket, 'close') as Promise<[number]>;
    socket.send(Buffer.alloc(64 * 2 ** 20));
    expect([1009, 1006]).toContain((await closed)[0]); // 1006: the reset overtook the close frame
    await othersAreServed(server);
  });

  test('is closed for a flood of pings', async () => {
    const server = await start();
    const socket = await openSignedIn(server);
    let pongs = 0;
    socket.on('pong', () => { pongs += 1; });
    for (let index = 0; index < 150; index += 1) socket.ping();
    expect(await closeCode(socket)).toBe(1008);
    expect(pongs).toBe(socketLimits.pings);
    await othersAreServed(server);
  });

  test('is cut off when it asks for much and reads nothing, and the others are served meanwhile', async () => {
    // Without beats only the cap can end it.
    const server = await start({ ...socketLimits, unread: 8 * 2 ** 20, beatMs: 2 ** 30 });
    const socket = await openSignedIn(server);
    const questions = 1000;
    const size = JSON.stringify(await createNetworkClient(server).configuration.describe.query()).length;
    let received = 0;
    socket.on('message', (data: Buffer) => { received += data.length; });
    socket.pause();
    for (let index = 0; index < questions; index += 1) socket.send(query(index, 'configuration.describe'));
    await othersAreServed(server);
    expect(server.connections()).toBe(1); // before its questions are all answered
    // The server hangs up although we have read nothing; only then do we look at what had come.
    await expect.poll(() => server.connections(), { timeout: 60_000 }).toBe(0);
    socket.resume();
    expect(await closeCode(socket)).toBe(1006);
    expect(received).toBeLessThan((questions * size) / 2);
    await othersAreServed(server);
  });

  test.each([['no JSON', 'nonsense'], ['another shape', '{"id":1}'], ['an unknown procedure', query(1, 'nosuch.procedure')], ['a prototype', query(1, '__proto__.constructor')], ['a deep tree', '['.repeat(100_000)]])('gets an error for %s, and the server goes on', async (_name, text) => {
    const server = await start();
    const socket = await openSignedIn(server);
    const answered = new Promise<string>((resolve) => { socket.on('message', (data: Buffer) => resolve(data.toString())).on('close', () => resolve('"error" closed')); });
    socket.send(text);
    expect(await answered).toContain('"error"');
    await othersAreServed(server);
  });
});
