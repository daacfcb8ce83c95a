// `npm start` as a user meets it: the browser with a reason where there is no Electron, the address where there is no browser.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { electronVersion, findElectron, whyNoWindow, type Surroundings } from '../../scripts/electron.ts';
import { waitUntil } from '#test/processes.ts';
import { scratchFolder } from '#test/scratch.ts';

const script = fileURLToPath(new URL('../../scripts/start.ts', import.meta.url));
const surroundings = (more: Partial<Surroundings> = {}): Surroundings => ({ env: { HOME: scratchFolder(), DISPLAY: ':0' }, platform: 'linux', uid: 1000, ...more });

/** A folder that holds programs of these names, which do what the text says. */
function programs(texts: Record<string, string>): string {
  const folder = scratchFolder();
  for (const [name, text] of Object.entries(texts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

function start(home: string, env: Record<string, string>): { child: ChildProcess; output: { text: string } } {
  const child = spawn(process.execPath, [script, '--port', '0'], { env: { HOME: home, VSGD_LAB_HOME: join(home, 'lab'), PATH: '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => { if (child.exitCode === null) child.kill('SIGKILL'); });
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => { output.text += chunk.toString(); });
  return { child, output };
}

describe.skipIf(process.platform !== 'linux' || 'binary' in (findElectron() ?? {}))('without Electron (Linux)', () => {
  test('says why, serves, opens the browser; started again, it opens the one that is up', async () => {
    const home = scratchFolder();
    const opened = join(home, 'opened');
    const env = { PATH: `${programs({ 'xdg-open': `echo "$1" >> ${opened}` })}:/usr/bin:/bin` };
    const lines = () => (existsSync(opened) ? readFileSync(opened, 'utf8').split('\n').slice(0, -1) : []);
    const { child, output } = start(home, env);
    await waitUntil('the browser', () => lines().length === 1);
    expect(output.text.split('\n')[0]).toBe(`VSGD Lab opens in the browser: Electron ${electronVersion()} is not on this computer (npm run electron installs it, about 120 MB).`);
    expect(lines()).toEqual([join(home, 'lab', 'open.html')]);
    const { address, token } = JSON.parse(readFileSync(join(home, 'lab', 'server.json'), 'utf8')) as { address: string; token: string };
    expect(output.text).toContain(address);
    expect(await (await fetch(`${address}/`, { headers: { authorization: `Bearer ${token}` } })).text()).toContain('<div id="app">');
    const again = start(home, env);
    expect((await once(again.child, 'exit'))[0]).toBe(0);
    expect(again.output.text).toContain(`VSGD Lab is up already, at ${address}.`);
    await waitUntil('the browser again', () => lines().length === 2);
    child.kill('SIGINT');
    expect((await once(child, 'exit'))[0]).toBe(130);
  });

  test.each([['there is none', {}], ['it fails', { 'xdg-open': 'exit 3' }]])('where no browser opens because %s, it tells the address', async (_name, texts) => {
    const home = scratchFolder();
    const { child, output } = start(home, { PATH: programs(texts) });
    await waitUntil('the message', () => output.text.includes('No browser could be started'));
    expect(output.text).toMatch(/VSGD Lab is at http:\/\/127\.0\.0\.1:\d+/);
    expect(output.text).toContain(`open ${join(home, 'lab', 'open.html')} in one`);
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(143);
  });
});

describe.skipIf(process.platform !== 'linux')('with an Electron that fails (Linux)', () => {
  test('the app opens in the browser with one line that says why', async () => {
    const home = scratchFolder();
    const electron = programs({ electron: 'echo "[7:FATAL:sandbox.cc(1)] No usable sandbox!" >&2; kill -ABRT $$' });
    const { child, output } = start(home, { PATH: '/usr/bin:/bin', DISPLAY: ':77', VSGD_LAB_ELECTRON: join(electron, 'electron') });
    await waitUntil('the address', () => /VSGD Lab is at http/.test(output.text));
    const lines = output.text.split('\n').filter((line) => /Electron|sandbox|FATAL/.test(line));
    expect(lines).toEqual([expect.stringMatching(/^VSGD Lab opens in the browser: Electron ended before its window was up \(SIGABRT: No usable sandbox!\)/) as string]);
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(143);
  });
});

describe('finding Electron', () => {
  test('the given program, or a plain word about it', () => {
    const given = surroundings({ env: { VSGD_LAB_ELECTRON: process.execPath, DISPLAY: ':0' } });
    expect([findElectron(given), whyNoWindow(findElectron(given), given)]).toEqual([{ binary: process.execPath }, null]);
    const wrong = surroundings({ env: { VSGD_LAB_ELECTRON: '/no/electron', DISPLAY: ':0' } });
    expect([findElectron(wrong), whyNoWindow(findElectron(wrong), wrong)]).toEqual([null, 'there is no file /no/electron (VSGD_LAB_ELECTRON)']);
  });

  test('the archive in Electron\'s own cache', () => {
    const there = surroundings();
    const folder = join(there.env.HOME ?? '', '.cache', 'electron', '1a2b');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `electron-v1.0.0-linux-${process.arch}.zip`), '');
    const name = join(folder, `electron-v${electronVersion()}-linux-${process.arch}.zip`);
    if (findElectron(there) === null) {
      writeFileSync(name, '');
      expect(findElectron(there)).toEqual({ archive: name });
    }
  });

  test('no window without a display, nor as root; a Mac has its display', () => {
    const found = { binary: '/electron' };
    expect(whyNoWindow(found, surroundings({ env: {} }))).toMatch(/there is no display/);
    expect(whyNoWindow(found, surroundings({ env: { WAYLAND_DISPLAY: 'wayland-0' } }))).toBeNull();
    expect(whyNoWindow(found, surroundings({ uid: 0 }))).toMatch(/root/);
    expect(whyNoWindow(found, surroundings({ platform: 'darwin', env: {}, uid: 501 }))).toBeNull();
    expect(whyNoWindow(null, surroundings())).toContain('is not on this computer');
  });
});
