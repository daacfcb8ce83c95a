// A real Electron, where there is one (VSGD_LAB_ELECTRON, node_modules, or Electron's cache unpacked): the window opens on our page, without Node, and the core answers.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'electron-vite';
import { _electron } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { findElectron } from '../../scripts/electron.ts';
import { scratchFolder } from '#test/scratch.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const found = findElectron();
const binary = found && 'binary' in found ? found.binary : null;
const display = process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

describe.skipIf(binary === null || !display)('the app in a real Electron (needs its program by VSGD_LAB_ELECTRON, and a display)', () => {
  test('opens on our page, gives it the bridge alone, and answers', async () => {
    await build({ root, logLevel: 'warn' });
    const home = scratchFolder();
    const args = process.getuid?.() === 0 ? [root, '--no-sandbox'] : [root];
    const app = await _electron.launch({ executablePath: binary as string, args, env: { ...process.env, VSGD_LAB_HOME: join(home, 'lab'), VSGD_LAB_NODE: process.execPath } as Record<string, string> });
    try {
      const page = await app.firstWindow();
      const complaints: string[] = [];
      page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
      await page.getByRole('button', { name: 'Compare on generated data' }).waitFor();
      expect(new URL(page.url()).protocol).toBe('app:');
      expect(await page.evaluate('[typeof require, typeof process, typeof module, Object.keys(window.vsgdLab).join()]')).toEqual(['undefined', 'undefined', 'undefined', 'send,listen']);
      await page.evaluate('location.href = "https://evil.test/"');
      expect(await page.evaluate('window.open("https://evil.test/") === null')).toBe(true);
      expect(new URL(page.url()).host).toBe('vsgd-lab');
      expect(complaints.filter((text) => !text.includes('evil.test'))).toEqual([]);
    } finally {
      await app.close();
    }
  });
});
