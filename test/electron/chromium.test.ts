// The built interface in a real Chromium as the desktop app carries it: its own protocol's answers, the preload's bridge, a stand-in for Electron's IPC, a real trainer.
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { attachIpc } from '../../src-main/electron/page/ipc.ts';
import { createResponder } from '../../src-main/electron/page/protocol.ts';
import { builtRenderer, listAssets } from '#server';
import { listRunViews } from '#services';
import { chromiumPath } from '../helpers/browser.ts';
import { createContext, host } from '../helpers/client.ts';
import { createStandInIpc } from '../helpers/electron.ts';
import { rendererBuilt } from '../helpers/renderer.ts';

const line = 'vsgd-lab run experiment=quickstart model.dim=8 model.depth=1 train.max_iter=20';

/** Answers the page's requests as the protocol does; anything else that it asks for is noted. */
async function servePage(page: Page, asked: string[]): Promise<void> {
  const respond = createResponder(listAssets(builtRenderer));
  await page.route('**/*', async (route) => {
    const url = route.request().url();
    if (!url.startsWith('https://vsgd-lab/')) asked.push(url);
    const response = respond({ url: url.replace('https:', 'app:'), method: route.request().method() });
    await route.fulfill({ status: response.status, headers: Object.fromEntries(response.headers), body: Buffer.from(await response.arrayBuffer()) });
  });
}

describe.skipIf(chromiumPath === null)('the interface over the desktop app\'s bridge (needs /usr/bin/chromium; stand-in for Electron)', () => {
  test('starts a run and watches it to its end; a reload misses nothing; its folder opens; nothing leaves the program', async () => {
    await rendererBuilt();
    const opened: string[] = [];
    const context = { ...createContext(), openFolder: async (path: string) => void opened.push(path) };
    host(context);
    const { ipcMain, openPage } = createStandInIpc();
    onTestFinished(attachIpc(ipcMain, context));
    const standIn = openPage();
    const browser = await chromium.launch({ executablePath: chromiumPath as string, args: ['--no-sandbox'] });
    onTestFinished(() => browser.close());
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const [asked, complaints]: [string[], string[]] = [[], []];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
    page.on('websocket', (socket) => asked.push(socket.url()));
    await servePage(page, asked);
    await page.exposeFunction('toMain', (text: string) => standIn.bridge.send(text));
    // The page may be on its way to the next: then nobody takes the text.
    standIn.bridge.listen((text) => void page.evaluate((reply) => (globalThis as unknown as { fromMain?: (text: string) => void }).fromMain?.(reply), text).catch(() => {}));
    await page.addInitScript('window.vsgdLab = { send: (text) => void window.toMain(text), listen: (take) => { window.fromMain = take; return () => {}; } };');
    await page.goto('https://vsgd-lab/#/new');
    await page.getByLabel('Command line').fill(line);
    await page.getByLabel('Command line').blur();
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.locator('.facts').getByText('Finished').waitFor();
    standIn.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false });
    await page.reload();
    await page.locator('.facts').getByText('Finished').waitFor();
    const { runs } = listRunViews(context.lab, {});
    expect(runs).toMatchObject([{ state: 'finished', step: 20 }]);
    await page.getByRole('tab', { name: 'Files' }).click();
    await page.getByRole('button', { name: 'Open folder' }).click();
    await expect.poll(() => opened).toEqual([join(context.lab.home.runs, runs[0]!.id)]);
    standIn.close();
    expect([asked, complaints]).toEqual([[], []]);
  });
});
