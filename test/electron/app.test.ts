// The desktop app from start to end on a real home, with a stand-in for Electron: order, one instance, leaving with runs at work, going on at the next start.
import { EventEmitter, once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTRPCClient } from '@trpc/client';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { AppRouter } from '#router';
import { openHome } from '#runs';
import { enqueueRuns, openLab, showRunView, type Lab } from '#services';
import { createLabHome } from '../helpers/lab.ts';
import { createStandInShell, keepSignals, type StandInShell } from '#test/electronShell.ts';
import { scratchFolder } from '#test/scratch.ts';
import { startApp } from '../../src-main/electron/app.ts';
import { announceInstance, waitForAnswer } from '../../src-main/electron/instance.ts';
import { ipcLink } from '../../src-renderer/client/ipcLink.ts';

const options = (home: string) => ({ home, preload: '/app/preload.cjs', icons: { window: '/app/icon.png', tray: '/app/tray.png' } });

async function start(home: string, standIn = createStandInShell()): Promise<StandInShell> {
  keepSignals();
  await startApp(standIn.shell, () => options(home));
  onTestFinished(async () => {
    if (standIn.log.includes('gone')) return;
    standIn.answer.quit = 1;
    standIn.quit();
    await vi.waitFor(() => expect(standIn.log).toContain('gone'), { timeout: 20_000 });
  });
  return standIn;
}

/** A home with a run that trains until it is told otherwise. */
function homeWithRun(): { home: string; lab: Lab; id: string } {
  vi.stubEnv('VSGD_LAB_TRAINER', fileURLToPath(new URL('../helpers/trainers/stub.mjs', import.meta.url)));
  onTestFinished(() => { vi.unstubAllEnvs(); });
  const home = scratchFolder();
  const lab = openLab(home);
  onTestFinished(() => lab.close());
  const [made] = enqueueRuns(lab, { overrides: ['experiment=quickstart'], engine: 'auto', name: 'obeys' });
  return { home, lab, id: made!.id };
}

test('locks everything before the first window opens on our page (stand-in)', async () => {
  const { log, windows, menus } = await start(scratchFolder());
  for (const step of ['sandbox', 'scheme', 'permissions', 'checks', 'devices', 'requests', 'handle app', 'menu']) expect(log).toContain(step);
  expect(log.indexOf('sandbox')).toBeLessThan(log.indexOf('handle app'));
  expect(windows().map(({ addresses }) => addresses)).toEqual([['app://vsgd-lab/']]);
  expect(JSON.stringify(menus)).not.toContain('toggleDevTools');
});

test('a second app on the same home ends at once and brings the first to the front (stand-in)', async () => {
  const home = scratchFolder();
  const first = await start(home);
  const second = createStandInShell();
  const [window] = first.windows();
  second.answer.first = false;
  // Electron gives the second's data to the first, with the event.
  second.answer.onLock = (instance) => void setImmediate(() => first.app.emit('second-instance', {}, [], '/', structuredClone(instance)));
  await startApp(second.shell, () => options(home));
  expect(second.log).toEqual(['sandbox', 'gone']);
  expect(window?.calls).toEqual(['restore', 'show', 'focus']);
  expect(readdirSync(join(home, 'window', 'instances'))).toEqual([]);
});

test('a lock whose holder does not answer is an error that says what to do', async () => {
  const home = scratchFolder();
  const instance = announceInstance(home);
  await expect(waitForAnswer(instance, 20)).rejects.toThrow(`Another VSGD Lab holds ${join(home, 'window')}, but it does not answer.`);
  expect(existsSync(instance.file)).toBe(false);
});

test('a second start cannot have a file removed that is no announcement (stand-in)', async () => {
  const home = scratchFolder();
  const standIn = await start(home);
  const precious = join(home, 'precious.txt');
  writeFileSync(precious, 'kept');
  for (const data of [{ file: precious }, { file: join(home, 'window', 'instances', '..', '..', 'precious.txt') }, null, 'text', { file: 5 }]) standIn.app.emit('second-instance', {}, [], '/', data);
  expect(readFileSync(precious, 'utf8')).toBe('kept');
});

test('started with --no-sandbox it does not switch the sandbox on again: its pages would die (stand-in)', async () => {
  const standIn = createStandInShell();
  standIn.answer.switches = ['no-sandbox'];
  await start(scratchFolder(), standIn);
  expect(standIn.log).not.toContain('sandbox');
});

test('the window is announced to npm start when it is shown (stand-in)', async () => {
  const up = join(scratchFolder(), 'up');
  vi.stubEnv('VSGD_LAB_WINDOW_UP', up);
  onTestFinished(() => { vi.unstubAllEnvs(); });
  const standIn = await start(scratchFolder());
  expect(existsSync(up)).toBe(false);
  standIn.windows()[0]?.emit('ready-to-show');
  expect(existsSync(up)).toBe(true);
});

test('a file that the page saves gets a dialog with its name, and the page learns how it ended (stand-in)', async () => {
  const standIn = await start(scratchFolder());
  const page = standIn.openPage();
  const client = createTRPCClient<AppRouter>({ links: [ipcLink(page.bridge)] });
  const files: unknown[] = [];
  const following = client.system.downloads.subscribe(undefined, { onData: (file) => files.push(file) });
  const save = (name: string, path: string, state: string) => {
    const item = Object.assign(new EventEmitter(), { getFilename: () => name, getSavePath: () => path, setSaveDialogOptions: vi.fn() });
    standIn.session.emit('will-download', {}, item);
    item.emit('done', {}, state);
    return item.setSaveDialogOptions;
  };
  await vi.waitFor(() => {
    const dialog = save('figure.pdf', '/home/user/figure.pdf', 'completed');
    expect(dialog).toHaveBeenCalledExactlyOnceWith({ title: 'Save', defaultPath: '/home/user/downloads/figure.pdf' });
    expect(files).toContainEqual({ name: 'figure.pdf', path: '/home/user/figure.pdf', state: 'saved' });
  });
  save('figure.svg', '', 'cancelled');
  save('figure.png', '', 'interrupted');
  await vi.waitFor(() => expect(files.slice(-2)).toEqual([{ name: 'figure.svg', path: '', state: 'cancelled' }, { name: 'figure.png', path: '', state: 'failed' }]));
  following.unsubscribe();
  page.close();
});

test('without runs at work it leaves without a question (stand-in)', async () => {
  const standIn = await start(scratchFolder());
  standIn.quit();
  await vi.waitFor(() => expect(standIn.log).toContain('gone'));
  expect(standIn.log.join()).not.toContain('asked');
});

test('leaving while a run trains asks; the run is saved and goes on at the next start (stand-in)', async () => {
  const { home, lab, id } = homeWithRun();
  const state = () => showRunView(lab, id).state;
  const first = await start(home);
  await vi.waitFor(() => expect(first.log).toContain('awake'), { timeout: 20_000 });
  await vi.waitFor(() => expect(state()).toBe('running'), { timeout: 20_000 });
  first.app.emit('window-all-closed');
  expect(first.log).not.toContain('gone');
  first.quit();
  expect(first.log).toContain('asked A run is training.');
  expect(state()).toBe('running');
  first.answer.quit = 0;
  first.quit();
  await vi.waitFor(() => expect(first.log).toContain('gone'), { timeout: 20_000 });
  expect(first.log).toContain('may sleep 1');
  expect(state()).toBe('interrupted');
  const next = await start(home);
  await vi.waitFor(() => expect(next.log).toContain('awake'), { timeout: 20_000 });
  await vi.waitFor(() => expect(state()).toBe('running'), { timeout: 20_000 });
  next.answer.quit = 1;
  next.quit();
  await vi.waitFor(() => expect(next.log).toContain('gone'), { timeout: 20_000 });
  expect(state()).toBe('interrupted');
  const last = await start(home);
  await vi.waitFor(() => expect(last.log).toContain('tray VSGD Lab'));
  expect(state()).toBe('interrupted');
});

test('a shutdown asks nothing: the run is saved and noted (stand-in)', async () => {
  const { home, lab, id } = homeWithRun();
  const standIn = await start(home);
  await vi.waitFor(() => expect(showRunView(lab, id).state).toBe('running'), { timeout: 20_000 });
  const event = { preventDefault: vi.fn() };
  standIn.powerMonitor.emit('shutdown', event);
  expect(event.preventDefault).toHaveBeenCalled();
  await vi.waitFor(() => expect(standIn.log).toContain('gone'), { timeout: 20_000 });
  expect(standIn.log.join()).not.toContain('asked');
  expect(JSON.parse(readFileSync(join(home, 'resume.json'), 'utf8'))).toEqual([id]);
});

test('the end of a Windows session waits until the run is saved (stand-in)', async () => {
  const { home, lab, id } = homeWithRun();
  const standIn = await start(home);
  await vi.waitFor(() => expect(showRunView(lab, id).state).toBe('running'), { timeout: 20_000 });
  const event = { preventDefault: vi.fn() };
  standIn.windows()[0]?.emit('query-session-end', event);
  expect(event.preventDefault).toHaveBeenCalled();
  await vi.waitFor(() => expect(standIn.log).toContain('gone'), { timeout: 20_000 });
  expect(showRunView(lab, id).state).toBe('interrupted');
});

test('a command line beside it queues in its host and follows the run (stand-in)', async () => {
  const lab = createLabHome();
  onTestFinished(() => lab.remove());
  const standIn = await start(lab.home);
  const command = lab.start('run', '--json', 'experiment=quickstart', 'model.dim=8', 'model.depth=1', 'train.max_iter=10');
  expect((await once(command, 'exit'))[0]).toBe(0);
  expect(JSON.parse(readFileSync(join(lab.home, 'host.lock'), 'utf8'))).toMatchObject({ pid: process.pid });
  expect(standIn.log).toContain('awake');
  await vi.waitFor(() => expect(standIn.log.join()).toMatch(/notification Run finished: .*best test accuracy/));
  standIn.quit();
  await vi.waitFor(() => expect(standIn.log).toContain('gone'), { timeout: 20_000 });
  expect(existsSync(join(lab.home, 'host.lock'))).toBe(false);
});

test('a page has the folder of a run opened by the run\'s id, and no other (stand-in)', async () => {
  const { home, id } = homeWithRun();
  const standIn = await start(home);
  const page = standIn.openPage();
  const client = createTRPCClient<AppRouter>({ links: [ipcLink(page.bridge)] });
  const folders = () => standIn.log.filter((line) => line.startsWith('folder'));
  const opened = `folder ${join(home, 'runs', id)}`;
  await client.runs.openFolder.mutate({ id });
  expect(folders()).toEqual([opened]);
  for (const other of ['..', '/etc', `../runs/${id}`, id.slice(0, -1)]) await expect(client.runs.openFolder.mutate({ id: other })).rejects.toThrow(`There is no run ${other}.`);
  await expect(client.runs.openFolder.mutate({ id, path: '/etc' } as { id: string })).rejects.toThrow(/path/);
  expect(folders()).toEqual([opened]);
  standIn.answer.folder = 'no file manager is installed';
  await expect(client.runs.openFolder.mutate({ id })).rejects.toThrow(/did not open .*: no file manager is installed/);
  page.close();
});

test('a home that cannot be opened is told in a box (stand-in)', async () => {
  const standIn = createStandInShell();
  await startApp(standIn.shell, () => options(openHome('/dev/null/home').root));
  expect(standIn.log.filter((line) => /^(error|exit)/.test(line))).toEqual([expect.stringMatching(/^error VSGD Lab cannot start .*\/dev\/null\/home/) as string, 'exit 1']);
});
