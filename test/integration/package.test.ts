// A package made for real by `npm run package -- --dir`, around a stand-in for Electron's program: the fuses read back, and the core trained by the Node that comes along.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { createStandInElectron, readFuses } from '#test/electronDist.ts';
import { temporaryFolder } from '../helpers/folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'out', 'packages', 'linux-unpacked');
const resources = join(folder, 'resources');

/** Names in an archive's header, which is JSON behind 16 bytes of sizes. */
function listArchive(file: string): { files: Record<string, { files?: Record<string, unknown>; unpacked?: boolean; integrity?: unknown }> } {
  const bytes = readFileSync(file);
  return JSON.parse(bytes.subarray(16, 16 + bytes.readUInt32LE(12)).toString('utf8'));
}

describe.skipIf(!process.env.VSGD_LAB_LONG || process.platform !== 'linux')('the package (long; stand-in for Electron)', () => {
  beforeAll(() => {
    rmSync(folder, { recursive: true, force: true });
    const program = createStandInElectron(join(root, 'out', 'stand-in-electron'));
    const { status, stderr, stdout } = spawnSync(process.execPath, [join(root, 'scripts', 'bootstrap.mjs'), 'package', '--dir'], { env: { ...process.env, VSGD_LAB_ELECTRON: program }, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${stdout}\n${stderr}`);
  }, 600_000);

  test('the fuses are set in the program', () => {
    expect(readFuses(join(folder, 'vsgd-lab-app'))).toEqual({
      runAsNode: false, enableCookieEncryption: true, enableNodeOptionsEnvironmentVariable: false, enableNodeCliInspectArguments: false, enableEmbeddedAsarIntegrityValidation: true, onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false, grantFileProtocolExtraPrivileges: false,
    });
  });

  test('the archive holds page and preload with their digests, and no sources', () => {
    const { files } = listArchive(join(resources, 'app.asar'));
    expect(Object.keys(files).toSorted()).toEqual(['dist', 'node_modules', 'out', 'package.json', 'resources']);
    const preload = (files.out?.files?.preload as { files: Record<string, { integrity?: object; unpacked?: boolean }> }).files['preload.cjs'];
    expect([preload?.unpacked ?? false, typeof preload?.integrity]).toEqual([false, 'object']);
    expect(existsSync(join(resources, 'app.asar.unpacked', 'out'))).toBe(false);
  });

  test('the programs that try the engines come along, with the sources that are compiled where they run', () => {
    const engines = join(resources, 'app.asar.unpacked', 'dist', 'training', 'engines');
    for (const file of ['tensorflow/probeChild.js', 'probing/webgpuProgram.js', 'probing/child.js', 'tensorflowNative/module.cc', 'wasmAssembly/index.ts']) expect([file, existsSync(join(engines, file))]).toEqual([file, true]);
    expect(existsSync(join(resources, 'app.asar.unpacked', 'node_modules', '@tensorflow', 'tfjs-node-gpu', 'binding', 'tfjs_backend.cc'))).toBe(true);
    expect(existsSync(join(resources, 'app.asar.unpacked', 'node_modules', '@tensorflow', 'tfjs-layers'))).toBe(false);
  });

  test('the core trains beside the archive on the Node of the package', () => {
    const home = temporaryFolder();
    const { status, stdout, stderr } = spawnSync(join(resources, 'node', 'node'), [join(resources, 'app.asar.unpacked', 'dist', 'cli', 'main.js'), 'run', 'experiment=quickstart', 'model.dim=8', 'model.depth=1', 'train.max_iter=10', '--json'],
      { cwd: home, env: { PATH: '/usr/bin:/bin', HOME: home, VSGD_LAB_HOME: join(home, 'lab'), VSGD_LAB_CACHE: join(home, 'cache') }, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject([{ state: 'finished', step: 10 }]);
  });
});
