// The app in Electron from the outside: a window that comes up, and every way in which it does not (programs of the test's in Electron's place).
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { runWindow, sandboxHint } from '../../scripts/window.ts';
import { scratchFolder } from '#test/scratch.ts';

/** A program in Electron's place that does what the text says. */
function program(text: string, mode = 0o755): string {
  const file = join(scratchFolder(), 'electron');
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, mode);
  return file;
}

/** What reaches standard error. */
function printed(): () => string {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  return () => write.mock.calls.map(([chunk]) => String(chunk)).join('');
}
afterEach(() => { vi.restoreAllMocks(); });

describe.skipIf(process.platform === 'win32')('runWindow', () => {
  test('an app whose window came up gives its exit status, and what it prints is seen', async () => {
    const seen = printed();
    expect(await runWindow(program('echo early >&2; : > "$VSGD_LAB_WINDOW_UP"; sleep 0.3; echo late >&2; exit 3'), [])).toEqual({ status: 3 });
    expect(seen()).toBe('early\nlate\n');
  });

  test.each([
    ['aborts', 'echo "[12:0101/120000.1:FATAL:setuid_sandbox_host.cc(163)] The SUID sandbox helper binary was found, but is not configured correctly." >&2; kill -ABRT $$', /^Electron ended before its window was up \(SIGABRT: The SUID sandbox helper binary was found, but is not configured correctly\)/],
    ['lacks a library', 'echo "electron: error while loading shared libraries: libnss3.so: cannot open" >&2; exit 127', /exit code 127: electron: error while loading shared libraries: libnss3.so: cannot open/],
    ['ends in peace', 'exit 0', /exit code 0/],
  ])('one that %s gives its reason, and prints nothing by itself', async (_name, text, reason) => {
    const seen = printed();
    expect(await runWindow(program(text), [])).toEqual({ reason: expect.stringMatching(reason) as string });
    expect(seen()).toBe('');
  });

  test('one that cannot be started', async () => {
    expect(await runWindow(program('exit 0', 0o644), [])).toEqual({ reason: expect.stringContaining('EACCES') as string });
    expect(await runWindow('/no/such/electron', [])).toEqual({ reason: expect.stringContaining('ENOENT') as string });
  });

  test('one that hangs is ended', async () => {
    expect(await runWindow(program('exec sleep 600'), [], 300)).toEqual({ reason: expect.stringContaining('SIGKILL') as string });
  });
});

test('the kernel\'s settings explain why Electron has no sandbox', () => {
  const proc = (files: Record<string, string>): string => {
    const folder = scratchFolder();
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(folder, name.split('/')[0] ?? ''), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return folder;
  };
  expect(sandboxHint(proc({ 'kernel/apparmor_restrict_unprivileged_userns': '1\n' }))).toContain('AppArmor');
  expect(sandboxHint(proc({ 'kernel/apparmor_restrict_unprivileged_userns': '0\n', 'user/max_user_namespaces': '0\n' }))).toContain('switched off');
  expect(sandboxHint(proc({}))).toBe('');
});
