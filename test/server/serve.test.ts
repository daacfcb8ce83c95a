// `vsgd-lab serve` as a process, and where it may listen (cases 50 and 53 of the fault list).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { defaultPort } from '#server';
import { checkBinding, isLoopback, ownHosts } from '../../src-main/server/hosts.ts';
import { createContext, createNetworkClient, serve } from '#test/client.ts';
import { waitUntil } from '#test/processes.ts';
import { scratchFolder } from '#test/scratch.ts';

const main = fileURLToPath(new URL('../../src-main/cli/main.ts', import.meta.url));

/** Local addresses, as hexadecimal, of what listens on a port. */
const listeners = (port: number) => ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => readFileSync(file, 'utf8').split('\n').map((line) => line.trim().split(/\s+/)))
  .filter(([, local, , state]) => state === '0A' && local?.endsWith(`:${port.toString(16).toUpperCase().padStart(4, '0')}`)).map(([, local = '']) => local.split(':')[0]);

describe('the process', () => {
  const start = (home: string, ...args: string[]) => {
    const child = spawn(process.execPath, [main, 'serve', '--port', '0', ...args], { env: { ...process.env, VSGD_LAB_HOME: home }, stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => { if (child.exitCode === null) child.kill('SIGKILL'); });
    const output = { text: '' };
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output.text += chunk.toString(); });
    return { child, output };
  };
  const read = (home: string) => JSON.parse(readFileSync(join(home, 'server.json'), 'utf8')) as { address: string; token: string; pid: number };

  test('serves, hosts the queue, keeps its token to itself, and ends cleanly', async () => {
    const home = scratchFolder();
    const { child, output } = start(home);
    await waitUntil('the server', () => output.text.includes('Ctrl-C'));
    const { address, token, pid } = read(home);
    expect(pid).toBe(child.pid);
    const port = Number(new URL(address).port);
    expect(listeners(port)).toEqual(['0100007F']);
    const client = createNetworkClient({ address, token } as never);
    await expect.poll(() => client.system.about.query()).toMatchObject({ home, hosted: true });
    await fetch(`${address}/trpc/settings.get?token=${token}`);
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(143);
    expect(existsSync(join(home, 'server.json')) || existsSync(join(home, 'open.html'))).toBe(false);
    expect(output.text).toContain(address);
    expect(output.text).not.toContain(token);
    expect(statSync(join(home, 'token.json')).mode & 0o777).toBe(0o600); // kept for the next start
    for (const entry of readdirSync(home, { recursive: true, withFileTypes: true }).filter((item) => item.isFile() && item.name !== 'token.json')) expect(readFileSync(join(entry.parentPath, entry.name), 'latin1')).not.toContain(token);
  });

  test('opens the browser with a file, not with the token in a command line', async () => {
    const home = scratchFolder();
    const { child, output } = start(home, '--json');
    await waitUntil('the server', () => output.text.includes('}'));
    const { page, tokenFile } = JSON.parse(output.text) as { page: string; tokenFile: string };
    const { token, address } = read(home);
    expect(readFileSync(page, 'utf8')).toContain(`content="0;url=${address}/?token=${token}"`);
    expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
    expect(readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')).not.toContain(token);
    child.kill('SIGINT');
    expect((await once(child, 'exit'))[0]).toBe(130);
  });

  test('refuses an address of the network without the flag', async () => {
    const { child, output } = start(scratchFolder(), '--host', '0.0.0.0');
    expect((await once(child, 'close'))[0]).toBe(2);
    expect(output.text).toMatch(/--allow-remote/);
  });
});

describe('binding', () => {
  test('loopback is free, the network needs the flag and warns', () => {
    for (const host of ['127.0.0.1', 'localhost', '::1', '127.1.2.3']) expect([isLoopback(host), checkBinding(host, false)]).toEqual([true, null]);
    for (const host of ['0.0.0.0', '::', '192.168.1.2', '127.0.0.1.evil.test', 'localhost.evil.test']) {
      expect(() => checkBinding(host, false)).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
      expect(checkBinding(host, true)).toMatch(/not encrypted/);
    }
    expect([...ownHosts('127.0.0.1')]).toEqual(['127.0.0.1', 'localhost', '[::1]']);
    expect(ownHosts('10.1.2.3').has('10.1.2.3')).toBe(true);
  });

  test('with the flag it listens on all addresses and still asks for the token', async () => {
    const server = await serve(createContext(), { host: '0.0.0.0', allowRemote: true });
    expect(server.warning).toMatch(/Other computers/);
    expect(listeners(server.port)).toEqual(['00000000']);
    expect((await fetch(`${server.address}/trpc/settings.get`)).status).toBe(401);
    expect(await createNetworkClient(server).settings.get.query()).toMatchObject({ slots: 1 });
  });

  test('a taken port is an error where it was asked for, else the next one is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    await expect(serve(createContext(), { port })).rejects.toMatchObject({ code: 'CONFLICT', place: { key: '--port' }, message: expect.stringContaining('another program uses it') as string });
    const [first, second] = [await serve(createContext(), { port: null }), await serve(createContext(), { port: null })];
    expect(first.port).toBeGreaterThanOrEqual(defaultPort);
    expect(second.port).toBeGreaterThan(first.port);
  });
});
