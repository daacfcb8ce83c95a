// The command `vsgd-lab` as `npm link` puts it on the PATH: a link to scripts/vsgd-lab.mjs, for old Nodes too.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { waitUntil } from '#test/processes.ts';
import { scratchFolder } from '#test/scratch.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A link to the command in a folder of its own. */
function linked(): string {
  const link = join(scratchFolder(), 'vsgd-lab');
  symlinkSync(join(root, 'scripts', 'vsgd-lab.mjs'), link);
  return link;
}

const installed = existsSync(join(root, 'node_modules', '.vsgd-lab-installed'));

test.skipIf(!installed)('prints the command\'s own output and nothing else, and passes its exit code on', () => {
  const lab = (...args: string[]) => spawnSync(process.execPath, [linked(), ...args, '--home', scratchFolder()], { encoding: 'utf8' });
  const listed = lab('runs', 'list', '--json');
  expect({ ...listed, stdout: JSON.parse(listed.stdout) as unknown }).toMatchObject({ stdout: [], stderr: '', status: 0 });
  expect(lab('runs', 'show', 'nothing')).toMatchObject({ stdout: '', status: 3 });
});

test.skipIf(!installed)('reads relative paths from where the user stands', () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'mine', 'train'), { recursive: true });
  writeFileSync(join(folder, 'mine', 'train', 'defaults.yaml'), 'seed: 77\n');
  const { stdout } = spawnSync(process.execPath, [linked(), 'run', '--cfg', 'job', '--config-dir', 'mine', '--home', join(folder, 'home')], {
    cwd: folder, env: { ...process.env, INIT_CWD: root }, encoding: 'utf8',
  });
  expect(stdout).toContain('seed: 77');
});

test.skipIf(!installed || process.platform === 'win32')('a signal reaches the command', async () => {
  const child = spawn(process.execPath, [linked(), 'serve', '--port', '0', '--home', scratchFolder()], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => { child.kill('SIGKILL'); });
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output.text += chunk.toString(); });
  await waitUntil('the server', () => output.text.includes('Ctrl-C'));
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([143, null]);
});
