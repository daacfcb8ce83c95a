// A real Chromium on a real server: the built interface, a home of its own, every complaint of the page collected.
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { createLabHome, type LabHome } from './lab.ts';
import { waitUntil } from './processes.ts';
import { rendererBuilt } from './renderer.ts';

const places = [process.env.VSGD_LAB_CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** The installed Chromium, or null. */
export const chromiumPath = places.find((path) => path !== '' && existsSync(path)) ?? null;

export type BrowserLab = { lab: LabHome; page: Page; address: string; complaints: string[]; /** Ends the server by a signal and starts it on the same port, with further flags. */ restart(signal: NodeJS.Signals, ...flags: string[]): Promise<{ token: string }>; close(): Promise<void> };

/** Starts everything; `complaints` takes errors of the page, of its console, and broken rules of its content policy. */
export async function openBrowserLab(): Promise<BrowserLab> {
  await rendererBuilt();
  const lab = createLabHome();
  const file = join(lab.home, 'server.json');
  const serve = async (...flags: string[]) => {
    const child = lab.start('serve', '--json', ...flags);
    const read = () => JSON.parse(readFileSync(file, 'utf8')) as { pid: number; address: string; token: string };
    await waitUntil('the server', () => existsSync(file) && readFileSync(file, 'utf8').trim().endsWith('}') && read().pid === child.pid);
    return { child, ...read() };
  };
  const end = async (child: ChildProcess, signal: NodeJS.Signals) => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  };
  const started = await serve('--port', '0');
  let { child: server } = started;
  const { address, token } = started;
  const browser: Browser = await chromium.launch({ executablePath: chromiumPath as string, args: ['--no-sandbox'] });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  context.setDefaultTimeout(90_000); // a loaded computer is slow, not wrong
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  // What the server refuses is shown by the app and tested there; what it breaks on is a complaint.
  page.on('response', (response) => { if (response.status() >= 500) complaints.push(`${response.status()} ${response.url()}`); });
  page.on('console', (message) => { if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text()); });
  await page.goto(`${address}/?token=${token}`);
  await page.locator('main h1, main h2').first().waitFor(); // signed in, and sent on
  return {
    lab, page, address, complaints,
    async restart(signal, ...flags) {
      await end(server, signal);
      const again = await serve('--port', new URL(address).port, ...flags);
      server = again.child;
      return again;
    },
    async close() {
      await browser.close();
      await end(server, 'SIGTERM');
      lab.remove();
    },
  };
}
