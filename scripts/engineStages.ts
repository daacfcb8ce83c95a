// The stages of `.ci/run` that compute with engines from outside: TensorFlow by the product's own installer, WebGPU on a GPU made of software.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { errorCodes } from '#contract';
import { root } from './commands.ts';
import { runStage, type Count, type Stage } from './stages.ts';

/** Files of these stages, as vitest's patterns. */
export const engineSuites = ['test/training/engines/tensorflow/**', 'test/reference/models-tensorflow*', 'test/training/engines/webgpu/**', 'test/reference/models-webgpu*'];

/** The GPU made of software that comes with Debian's chromium. */
export const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';

export const webgpuStage: Stage = {
  name: 'WebGPU engine', paths: ['test/training/engines/webgpu', 'test/reference/models-webgpu'],
  env: { VSGD_LAB_LONG: '1', ...(existsSync('/dev/dri') || !existsSync(swiftShader) ? {} : { VK_ICD_FILENAMES: swiftShader }) },
};

const found = (program: string, ...args: string[]): string => {
  const { stdout } = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return stdout ?? '';
};

/** What the suites need of the system, with a sign that it is there. */
const systemPackages: Record<string, () => boolean> = {
  chromium: () => existsSync('/usr/bin/chromium'),
  libvulkan1: () => found('/sbin/ldconfig', '-p').includes('libvulkan.so.1'),
  'g++': () => found('g++', '--version') !== '',
};

/** On Debian what is missing is installed. Where it cannot be, what needs it is skipped by name. */
export function installSystemPackages(): void {
  const missing = Object.entries(systemPackages).filter(([, isThere]) => !isThere()).map(([name]) => name);
  if (missing.length === 0 || process.platform !== 'linux') return;
  console.log(`installing from the system's packages: ${missing.join(', ')}`);
  for (const args of [['update', '-qq'], ['install', '-y', '-qq', '--no-install-recommends', ...missing]]) {
    const { status } = spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
    if (status !== 0) return console.log(`${missing.join(', ')} could not be installed; what needs it is skipped by name`);
  }
}

/** Installs TensorFlow as a user does, into .cache, where a complete one is used again. Its folder, or why there is none. */
function installTensorflow(): { folder: string } | { skipped: string } | { failed: string } {
  if (process.platform !== 'linux' || process.arch !== 'x64') return { skipped: `it is installed on Linux x64 only, this is ${process.platform} ${process.arch}` };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['src-main/cli/main.ts', 'engines', 'install', 'tensorflow', '--json', '--home', join(root, '.cache', 'engines')], { cwd: root, encoding: 'utf8' });
  if (status === 0) return JSON.parse(stdout) as { folder: string };
  const said = `${stdout}${stderr}`.trim();
  return status === errorCodes.DOWNLOAD_FAILED ? { skipped: `the package index cannot be reached: ${said}` } : { failed: said };
}

/** The suites of the TensorFlow engine; without a package index they are skipped by name. */
export function runTensorflowStage(): Count {
  const start = performance.now();
  const installed = installTensorflow();
  if ('failed' in installed) {
    return { passed: 0, failed: 1, skipped: 0, skippedNames: [], failures: [{ name: 'TensorFlow engine: its installation', message: installed.failed }] };
  }
  console.log('skipped' in installed ? `TensorFlow was not installed: ${installed.skipped}` : `TensorFlow installed in ${((performance.now() - start) / 1000).toFixed(0)} s`);
  const env = 'folder' in installed ? { VSGD_LAB_TENSORFLOW: installed.folder, VSGD_LAB_LONG: '1' } : {};
  return runStage({ name: 'TensorFlow engine', paths: ['test/training/engines/tensorflow', 'test/reference/models-tensorflow', 'test/reference/optimizers'], env: env as Record<string, string> });
}
