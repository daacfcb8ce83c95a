// Sign-in: who has the token, where it counts, and that nothing else learns it (case 50 of the fault list).
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isSignedIn, sameSecret } from '../../src-main/server/token.ts';
import type { RunningServer } from '#server';
import { createContext, serve } from '#test/client.ts';
import { rawRequest, sendRaw, upgradeHeaders, type RawRequest } from '#test/rawHttp.ts';

const send = (server: RunningServer, { headers, ...request }: RawRequest) => sendRaw(server.port, rawRequest({ ...request, headers: { Host: `127.0.0.1:${server.port}`, ...headers } }));

async function signIn(server: RunningServer): Promise<string> {
  const { head } = await send(server, { path: `/?token=${server.token}` });
  return /^set-cookie: ([^;]+)/im.exec(head)?.[1] ?? '';
}

describe('every route', () => {
  test('asks who it is', async () => {
    const server = await serve(createContext());
    const wrong: Record<string, string>[] = [{}, { Authorization: 'Bearer wrong' }, { Authorization: `Basic ${server.token}` }, { Authorization: `Bearer ${server.token}x` }, { Authorization: `Bearer ${server.token.slice(1)}` }, { Cookie: `vsgd-lab-${server.port}=${server.token}` }, { Cookie: `vsgd-lab-${server.port}=` }];
    for (const { method, path } of server.routes.filter((route) => route.method !== 'UPGRADE')) {
      for (const headers of wrong) {
        const json: RawRequest = method === 'POST' ? { method, headers: { ...headers, 'Content-Type': 'application/json' }, body: '{}' } : { headers };
        const { status } = await send(server, { path, ...json });
        expect([path, headers, status]).toEqual([path, headers, 401]);
      }
    }
  });

  test('takes no token in its address', async () => {
    const server = await serve(createContext());
    for (const { path } of server.routes.filter((route) => route.path !== '/' && route.method === 'GET')) expect((await send(server, { path: `${path}?token=${server.token}` })).status).toBe(401);
    expect((await send(server, { method: 'HEAD', path: `/?token=${server.token}` })).status).toBe(401);
  });
});

describe('the sign-in', () => {
  test('gives a cookie that scripts cannot read and other sites do not send', async () => {
    const server = await serve(createContext());
    const { status, head, body } = await send(server, { path: `/?token=${server.token}` });
    expect(status).toBe(200);
    expect(head).toMatch(new RegExp(`^set-cookie: vsgd-lab-${server.port}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/\\r?$`, 'im'));
    expect(`${head}${body}`).not.toContain(server.token);
    const cookie = await signIn(server);
    expect((await send(server, { path: '/trpc/settings.get', headers: { Cookie: `other=1; ${cookie}` } })).status).toBe(200);
    expect((await send(server, { path: '/ws', headers: { Cookie: cookie, ...upgradeHeaders } })).status).toBe(101);
    expect((await send(server, { path: '/trpc/settings.get', headers: { Cookie: `${cookie}; ${cookie}` } })).status).toBe(401);
    expect((await send(server, { path: '/?token=wrong' })).status).toBe(401);
  });

  test('is valid after a restart, until a new token is asked for', async () => {
    const context = createContext();
    const first = await serve(context);
    const cookie = await signIn(first);
    await first.close();
    const second = await serve(context, { port: first.port });
    expect(second.token).toBe(first.token);
    expect((await send(second, { path: '/trpc/settings.get', headers: { Cookie: cookie } })).status).toBe(200);
    expect((await send(second, { path: `/?token=${first.token}` })).status).toBe(200);
    await second.close();
    const third = await serve(context, { port: first.port, newToken: true });
    expect(third.token).not.toBe(first.token);
    const old: Record<string, string>[] = [{ Cookie: cookie }, { Authorization: `Bearer ${first.token}` }];
    for (const headers of old) expect((await send(third, { path: '/trpc/settings.get', headers })).status).toBe(401);
    expect((await send(third, { path: `/?token=${first.token}` })).status).toBe(401);
  });

  test('is kept where only its owner reads it; a file that is not as it should be is replaced', async () => {
    const context = createContext();
    const file = join(context.lab.home.root, 'token.json');
    writeFileSync(file, '{"token":"short","session":"__proto__"}', { mode: 0o644 });
    const server = await serve(context);
    expect(server.token).toMatch(/^[\w-]{43}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await server.close();
    chmodSync(file, 0o644);
    expect((await serve(context)).token).toBe(server.token);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

test('the token lies in files that only their owner reads, as long as the server is up', async () => {
  const { lab, ...context } = createContext();
  const server = await serve({ lab, ...context });
  for (const file of [server.files.file, server.files.page]) {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toContain(server.token);
  }
  const later = await serve({ lab, ...context });
  await server.close();
  expect(JSON.parse(readFileSync(later.files.file, 'utf8'))).toMatchObject({ address: later.address, token: later.token });
  await later.close();
  expect(() => statSync(later.files.file)).toThrow();
});

test('secrets are compared as digests of one length', () => {
  expect([sameSecret('abc', 'abc'), sameSecret('abc', 'abd'), sameSecret('', 'abc'), sameSecret('abcabc', 'abc'), sameSecret('ä', 'abc')]).toEqual([true, false, false, false, false]);
  const credentials = { token: 'token', session: 'session', cookie: 'name' };
  expect(isSignedIn({ headers: { authorization: 'Bearer wrong', cookie: 'name=session' } }, credentials)).toBe(false);
  expect(isSignedIn({ headers: { cookie: 'names=session; name=session' } }, credentials)).toBe(true);
});
