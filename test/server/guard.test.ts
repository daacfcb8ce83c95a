// Who is turned away, on every route: foreign hosts, foreign origins, forms (cases 47, 48 and 51 of the fault list).
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { contentSecurityPolicy, type Route, type RunningServer } from '#server';
import { createContext, serve } from '#test/client.ts';
import { rawRequest, sendRaw, upgradeHeaders, type RawRequest } from '#test/rawHttp.ts';
import { scratchFolder } from '#test/scratch.ts';

/** A built interface with a link that leads out of it. */
function createAssets(): string {
  const folder = join(scratchFolder(), 'renderer');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>app</title>');
  writeFileSync(join(folder, 'assets', 'index-1.js'), 'export {};');
  writeFileSync(`${folder}-sibling.js`, 'secret');
  symlinkSync('/etc/hostname', join(folder, 'link.txt'));
  symlinkSync(join(folder, '..'), join(folder, 'up'));
  return folder;
}

const start = () => serve(createContext(), { assets: createAssets() });
const signedIn = ({ port, token }: RunningServer) => ({ Host: `127.0.0.1:${port}`, Authorization: `Bearer ${token}` });

/** A route as a browser would ask for it. */
function requestOf({ method, path }: Route): RawRequest & { headers: Record<string, string> } {
  if (method === 'UPGRADE') return { path, headers: upgradeHeaders };
  if (method === 'POST') return { method, path, headers: { 'Content-Type': 'application/json' }, body: '{}' };
  return { path, headers: {} };
}

const send = (server: RunningServer, request: RawRequest) => sendRaw(server.port, rawRequest(request));

describe('hosts', () => {
  const statusOf = async (server: RunningServer, path: string, host: string | string[]) => {
    const extra = path === '/ws' ? upgradeHeaders : {};
    const headers: RawRequest['headers'] = { Authorization: `Bearer ${server.token}`, Host: host, ...extra };
    return (await send(server, { path, headers })).status;
  };

  test('own names pass, with and without a port', async () => {
    const server = await start();
    for (const host of ['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]'].flatMap((name) => [name, `${name}:${server.port}`])) {
      expect([host, await statusOf(server, '/trpc/settings.get', host), await statusOf(server, '/ws', host)]).toEqual([host, 200, 101]);
    }
  });

  test('everything else is turned away, everywhere', async () => {
    const server = await start();
    const foreign = ['evil.test', '127.0.0.1.evil.test', 'localhost.evil.test', 'evil.test:80', 'localhost.', '127.0.0.1.', '127.1', '0.0.0.0', '[::]', '2130706433', '0x7f.1', '127.0.0.1:80:80', '127.0.0.1@evil.test', 'evil.test#127.0.0.1', 'localhost, evil.test', ''];
    for (const path of ['/', '/assets/index-1.js', '/trpc/settings.get', '/ws', `/?token=${server.token}`]) {
      for (const host of foreign) expect([path, host, await statusOf(server, path, host)]).toEqual([path, host, 403]);
    }
    expect(await statusOf(server, '/trpc/settings.get', ['127.0.0.1', 'evil.test'])).not.toBe(200);
    const { status } = await sendRaw(server.port, `GET /trpc/settings.get HTTP/1.0\r\nAuthorization: Bearer ${server.token}\r\n\r\n`);
    expect(status).toBe(403);
    const absolute = await send(server, { path: `http://evil.test/trpc/settings.get`, headers: signedIn(server) });
    expect(absolute.status).toBe(400);
  });
});

describe('origins', () => {
  test('a foreign page gets nothing from any route', async () => {
    const server = await start();
    const own = `http://127.0.0.1:${server.port}`;
    const foreign = ['http://evil.test', 'null', `${own}.evil.test`, `http://evil.test/${own}`, `https://127.0.0.1:${server.port}`, 'http://127.0.0.1', `http://127.0.0.1:${server.port + 1}`, `http://localhost:${server.port}`, `${own}/`, ''];
    for (const route of server.routes) {
      const request = requestOf(route);
      for (const origin of foreign) {
        const { status, head } = await send(server, { ...request, headers: { ...signedIn(server), ...request.headers, Origin: origin } });
        expect([route.path, origin, status]).toEqual([route.path, origin, 403]);
        expect(head).not.toMatch(/access-control/i);
      }
    }
  });

  test('simple requests, forms and requests without CORS reach no route', async () => {
    const server = await start();
    const kinds = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain; application/json', 'application/jsonp', ''];
    for (const { path } of server.routes) {
      for (const kind of kinds) {
        const { status } = await send(server, { method: 'POST', path, headers: { ...signedIn(server), 'Content-Type': kind }, body: '{}' });
        expect([path, kind, status]).toEqual([path, kind, 415]);
      }
      for (const site of ['cross-site', 'same-site', 'strange']) {
        const { status } = await send(server, { path, headers: { ...signedIn(server), 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'script' } });
        expect([path, site, status]).toEqual([path, site, 403]);
      }
    }
  });

  test('a click on the link of another page opens the first page, nothing deeper', async () => {
    const server = await start();
    const click = { ...signedIn(server), 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' };
    expect((await send(server, { path: '/', headers: click })).status).toBe(200);
    expect((await send(server, { path: '/trpc/settings.get', headers: click })).status).toBe(403);
    expect((await send(server, { path: '/', headers: { ...click, 'Sec-Fetch-Dest': 'iframe' } })).status).toBe(403);
  });

  test('own pages pass', async () => {
    const server = await start();
    const headers = { ...signedIn(server), Origin: `http://127.0.0.1:${server.port}`, 'Sec-Fetch-Site': 'same-origin' };
    expect((await send(server, { path: '/trpc/settings.get', headers })).status).toBe(200);
    expect((await send(server, { path: '/ws', headers: { ...headers, ...upgradeHeaders } })).status).toBe(101);
  });

  test.each(['PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'])('%s is not known', async (method) => {
    const server = await start();
    for (const { path } of server.routes) expect([path, (await send(server, { method, path, headers: signedIn(server) })).status]).toEqual([path, 405]);
  });
});

describe('paths', () => {
  const dots = ['..', '%2e%2e', '%252e%252e', '.%2e', '..;', '..%00', '%c0%ae%c0%ae', '..%5c', '..\\', '%uff0e%uff0e'];
  const targets = ['etc/passwd', 'package.json', 'renderer-sibling.js', 'lab.db', 'server.json', 'settings.json'];
  const payloads = [...dots.flatMap((up) => targets.map((target) => `${up}/${up}/${target}`)), '-sibling.js', '/../renderer-sibling.js', 'link.txt', 'up/renderer-sibling.js', 'index.html/', 'INDEX.HTML', 'index.html%00', 'index.html;x', '/etc/passwd', 'C:/Windows/win.ini'];

  test('no path leaves the table of files', async () => {
    const server = await start();
    const missing = await send(server, { path: '/nothing', headers: signedIn(server) });
    expect(missing.status).toBe(404);
    for (const prefix of ['/', '/assets/', '/trpc/', '/trpc/runs.show/', '/ws/']) {
      for (const payload of payloads) {
        const { status, body } = await send(server, { path: `${prefix}${payload}`, headers: signedIn(server) });
        expect([prefix, payload, status, body]).toEqual([prefix, payload, 404, missing.body]);
      }
    }
    for (const name of ['__proto__', 'constructor', 'runs', 'runs.toString', 'toString', 'runs.list,__proto__', '']) expect((await send(server, { path: `/trpc/${name}`, headers: signedIn(server) })).status).toBe(404);
  });

  test('files carry their type and every answer its headers', async () => {
    const server = await start();
    const script = await send(server, { path: '/assets/index-1.js', headers: signedIn(server) });
    expect([script.status, script.body]).toEqual([200, 'export {};']);
    expect(script.head).toMatch(/content-type: text\/javascript/i);
    for (const request of [{ path: '/' }, { path: '/nothing' }, { path: '/trpc/settings.get' }, { path: '/', headers: { Host: 'evil.test' } }]) {
      const { head } = await send(server, { headers: signedIn(server), ...request });
      for (const line of [`Content-Security-Policy: ${contentSecurityPolicy}`, 'X-Content-Type-Options: nosniff', 'Referrer-Policy: no-referrer', 'X-Frame-Options: DENY']) expect(head).toContain(line);
    }
    expect(contentSecurityPolicy).not.toMatch(/unsafe|\*|http/);
  });

  test('without a built interface the server says so', async () => {
    const server = await serve(createContext(), { assets: join(scratchFolder(), 'none') });
    expect(await send(server, { path: '/', headers: signedIn(server) })).toMatchObject({ status: 404, body: expect.stringContaining('not built') as string });
  });
});
