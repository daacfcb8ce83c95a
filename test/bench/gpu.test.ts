// bench/gpu.sh as it is started: its usage, its refusals, and a whole trial on a driver that computes on the CPU.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { scratchFolder } from '#test/scratch.ts';
import { webgpu } from '#test/webgpu.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const day = new Date().toISOString().slice(0, 10);

function gpu(args: string[], more: Record<string, string> = {}): { status: number | null; stdout: string; stderr: string } {
  const env = { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VSGD_LAB_GPU_'))), NODE: process.execPath, ...more };
  return spawnSync('bash', [join(root, 'bench', 'gpu.sh'), ...args], { encoding: 'utf8', env });
}

describe.skipIf(process.platform !== 'linux')('bench/gpu.sh (needs Linux)', () => {
  test('explains itself, and refuses what it does not know', () => {
    expect(gpu(['--help'])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Times training steps on this computer's GPU/) });
    expect(gpu(['--quick'])).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(/^Unknown option '--quick'/) });
    expect(gpu(['mnist'])).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(/^Unexpected argument 'mnist'/) });
    expect(gpu([], { VSGD_LAB_GPU_BATCH: 'x' })).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(/^VSGD_LAB_GPU_BATCH takes a whole number/) });
  });

  test('without an adapter it stops at once, and leaves the results that there are', () => {
    const out = scratchFolder();
    writeFileSync(join(out, `${day}-gpu.md`), 'kept');
    const { status, stdout, stderr } = gpu(['--out', out], { VK_ICD_FILENAMES: '/nonexistent.json' });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^The webgpu engine cannot be used here, so that there is nothing to measure\. .*\ndocs\/engines\.md, under webgpu/);
    expect(readdirSync(out)).toEqual([`${day}-gpu.md`]);
    expect(readFileSync(join(out, `${day}-gpu.md`), 'utf8')).toBe('kept');
  });

  test.skipIf(!webgpu.usable || !webgpu.software)('a software adapter is refused; asked for by name, a trial is filed beside the results of the day (needs SwiftShader)', () => {
    const out = scratchFolder();
    writeFileSync(join(out, `${day}-gpu.md`), 'kept');
    const refused = gpu(['--out', out]);
    expect(refused).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('VSGD_LAB_GPU_ADAPTER=software tries this program on it.') });
    const trial = gpu(['--out', out], { VSGD_LAB_GPU_ADAPTER: 'software', VSGD_LAB_GPU_TESTS: 'skip', VSGD_LAB_GPU_PEERS: 'skip', VSGD_LAB_GPU_FLOAT16: 'skip', VSGD_LAB_GPU_MODELS: 'mnist', VSGD_LAB_GPU_BATCH: '2', VSGD_LAB_GPU_SECONDS: '0.1' });
    expect(trial.status, trial.stderr).toBe(0);
    expect(readFileSync(join(out, `${day}-gpu.md`), 'utf8')).toBe('kept');
    const report = readFileSync(join(out, `${day}-gpu-2.md`), 'utf8');
    expect(report).toContain('A trial of bench/gpu.sh on a driver that computes on the CPU: no measurement.');
    expect(report).toMatch(/\| MNIST demo \| 2 \| webgpu \| \d/);
  });
});
