// Runs the app in Electron and finds out whether its window came up; until then its complaints are kept, not printed.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** `reason`: why there was never a window, in words that end a line. */
export type WindowEnd = { status: number } | { reason: string };

/** A window that is not up by then never will be. */
const startLimitMs = 120_000;

const readOr = (path: string, fallback: string): string => (existsSync(path) ? readFileSync(path, 'utf8').trim() : fallback);

/** Why Linux may refuse Electron's sandbox, from the kernel's settings; '' where they allow it. */
export function sandboxHint(proc = '/proc/sys'): string {
  if (readOr(join(proc, 'kernel', 'apparmor_restrict_unprivileged_userns'), '0') === '1') return '; AppArmor restricts user namespaces here (Ubuntu 23.10 and later), which Electron\'s sandbox needs: install the .deb package, which brings a profile';
  if (readOr(join(proc, 'user', 'max_user_namespaces'), '1') === '0') return '; user namespaces are switched off here (user.max_user_namespaces), which Electron\'s sandbox needs';
  return '';
}

/** The last line that says something, without Chromium's prefix of process, time and source. */
const lastLine = (text: string): string => text.trim().split('\n').map((line) => line.replace(/^\[[^\]]*\]\s*/, '').trim()).filter((line) => line !== '' && !/^(#\d+ |Received signal|Trace\/breakpoint)/.test(line)).at(-1)?.replace(/\.$/, '').slice(0, 300) ?? '';

/** Runs `binary` with `args` to its end. The app announces its window by writing the file that VSGD_LAB_WINDOW_UP names. */
export async function runWindow(binary: string, args: string[], limitMs = startLimitMs): Promise<WindowEnd> {
  const folder = mkdtempSync(join(tmpdir(), 'vsgd-lab-window-'));
  const up = join(folder, 'up');
  const child = spawn(binary, args, { stdio: ['inherit', 'inherit', 'pipe'], env: { ...process.env, VSGD_LAB_NODE: process.execPath, VSGD_LAB_WINDOW_UP: up } });
  let complaints = '';
  let isUp = false;
  let interrupted = false;
  child.stderr.on('data', (chunk: Buffer) => {
    if (isUp) process.stderr.write(chunk);
    else complaints = `${complaints}${chunk.toString()}`.slice(-20_000);
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => { interrupted = true; child.kill(signal); });
  const ended = new Promise<{ status: number; how: string }>((resolve) => {
    child.on('error', (error) => resolve({ status: 1, how: error.message }));
    child.on('close', (code, signal) => resolve({ status: code ?? 1, how: signal ?? `exit code ${code}` }));
  });
  const watch = async (): Promise<void> => {
    const limit = performance.now() + limitMs;
    while (!existsSync(up) && performance.now() < limit && child.exitCode === null && child.signalCode === null) await delay(50);
    isUp = existsSync(up);
    if (isUp) process.stderr.write(complaints);
    else if (performance.now() >= limit) child.kill('SIGKILL');
  };
  try {
    const [{ status, how }] = await Promise.all([ended, watch()]);
    if (isUp || existsSync(up) || interrupted) return { status };
    const said = lastLine(complaints);
    return { reason: `Electron ended before its window was up (${how}${said === '' ? '' : `: ${said}`})${process.platform === 'linux' ? sandboxHint() : ''}` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
