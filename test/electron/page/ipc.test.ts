// The IPC of the desktop app with a stand-in for Electron: only our own page is heard, and a page that goes takes its calls with it.
import { describe, expect, test, vi } from 'vitest';
import { createContext } from '#test/client.ts';
import { createStandInIpc, type StandInPage } from '#test/electron.ts';
import { longestWireText } from '#contract';
import { listRunViews } from '#services';
import { attachIpc } from '../../../src-main/electron/page/ipc.ts';

const call = (more: Record<string, unknown> = {}) => JSON.stringify({ type: 'call', id: 1, kind: 'query', path: 'system.about', ...more });
const subscribe = (id: number) => call({ id, kind: 'subscription', path: 'live.changes', input: { cursor: '0:0', series: [] } });

function setUp(url?: string) {
  const context = createContext();
  const { ipcMain, openPage } = createStandInIpc();
  attachIpc(ipcMain, context);
  return { context, page: openPage(url) };
}

/** Sends a good call of our own page after the others: once that is answered, they have been looked at. */
async function repliesAfter(page: StandInPage): Promise<string[]> {
  page.sendAs({ url: 'app://vsgd-lab/', parent: null }, call({ id: 999 }));
  await vi.waitFor(() => expect(page.received.some((text) => text.includes('"id":999'))).toBe(true));
  return page.received.filter((text) => !text.includes('"id":999'));
}

describe('the sender (stand-in)', () => {
  test.each([
    ['another site', { url: 'https://evil.test/', parent: null }], ['a file', { url: 'file:///app/index.html', parent: null }], ['another host of our scheme', { url: 'app://evil/', parent: null }],
    ['a name that begins as ours', { url: 'app://vsgd-lab.evil.test/', parent: null }], ['our name as user', { url: 'app://vsgd-lab@evil.test/', parent: null }], ['a blank page', { url: 'about:blank', parent: null }],
    ['a frame in our page', { url: 'app://vsgd-lab/', parent: {} }], ['a frame that is gone', null], ['no address', { url: '', parent: null }],
  ])('%s is not heard', async (_name, frame) => {
    const { page } = setUp();
    page.sendAs(frame, call());
    expect(await repliesAfter(page)).toEqual([]);
  });

  test('our page is heard, at any of its addresses', async () => {
    const { page, context } = setUp('app://vsgd-lab/#/runs/1?tab=log');
    page.bridge.send(call());
    const [reply] = await vi.waitFor(() => {
      expect(page.received).toHaveLength(1);
      return page.received;
    });
    expect(JSON.parse(reply as string)).toMatchObject({ type: 'data', id: 1, data: { version: '1.2.3', home: context.lab.home.root } });
  });
});

describe('the message (stand-in)', () => {
  test.each([
    ['no text', { type: 'call' }], ['no JSON', '{'], ['an unknown type', call({ type: 'open' })], ['an unknown key', call({ extra: 1 })], ['an id that is no number', call({ id: '1' })], ['a kind that there is not', call({ kind: 'eval' })],
    ['null', 'null'], ['a list', '[]'], ['a text that is too long', call({ input: 'x'.repeat(longestWireText) })], ['nothing', undefined],
  ])('%s is dropped', async (_name, message) => {
    const { page } = setUp();
    page.sendAs(page.frame, message);
    expect(await repliesAfter(page)).toEqual([]);
  });

  test.each([['constructor', 'query'], ['__proto__', 'query'], ['runs.__proto__', 'query'], ['toString', 'mutation'], ['runs.list', 'mutation'], ['runs.enqueue', 'query'], ['', 'query']])('%s is no %s', async (path, kind) => {
    const { page } = setUp();
    page.bridge.send(call({ path, kind }));
    const [reply] = await repliesAfter(page);
    expect(JSON.parse(reply as string)).toMatchObject({ type: 'error', id: 1, error: { data: { lab: { code: 'NOT_FOUND' } } } });
  });

  test('keys of prototypes in an input reach no object', async () => {
    const { page } = setUp();
    page.bridge.send('{"type":"call","id":1,"kind":"mutation","path":"settings.set","input":{"__proto__":{"slots":9},"constructor":{"prototype":{"polluted":1}}}}');
    const [reply] = await repliesAfter(page);
    expect(JSON.parse(reply as string)).toMatchObject({ type: 'error', error: { data: { lab: { code: 'USAGE' } } } });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('a page that goes (stand-in)', () => {
  test.each([
    ['reloads', (page: StandInPage) => page.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false })],
    ['crashes', (page: StandInPage) => page.emit('render-process-gone')], ['is closed', (page: StandInPage) => page.close()],
    ['stops its subscriptions', (page: StandInPage) => { for (const id of [1, 2]) page.bridge.send(JSON.stringify({ type: 'stop', id })); }],
  ])('a page that %s ends its subscriptions and leaves nothing at work', async (_name, go) => {
    const { page, context } = setUp();
    const prepare = vi.spyOn(context.lab.database, 'transaction');
    for (const id of [1, 2]) page.bridge.send(subscribe(id));
    await vi.waitFor(() => expect(page.received.filter((text) => text.includes('"data"'))).toHaveLength(2));
    go(page);
    await vi.waitFor(async () => {
      const before = prepare.mock.calls.length;
      await new Promise((resolve) => setTimeout(resolve, 350));
      expect(prepare.mock.calls.length).toBe(before);
    });
  });

  test('a move within the page keeps them', async () => {
    const { page, context } = setUp();
    page.bridge.send(subscribe(1));
    page.emit('did-start-navigation', { isMainFrame: true, isSameDocument: true });
    await vi.waitFor(() => expect(page.received.length).toBeGreaterThan(1));
    page.bridge.send(call({ id: 2, kind: 'mutation', path: 'runs.enqueue', input: { overrides: ['experiment=quickstart'] } }));
    await vi.waitFor(() => expect(page.received.some((text) => JSON.parse(text).data?.data?.runs?.length === 1)).toBe(true));
    expect(listRunViews(context.lab, {}).runs).toHaveLength(1);
    page.close();
  });
});

test('the page is given two functions and nothing else (stand-in)', () => {
  const { page } = setUp();
  expect([page.exposed, Object.keys(page.bridge)]).toEqual([['vsgdLab'], ['send', 'listen']]);
});
