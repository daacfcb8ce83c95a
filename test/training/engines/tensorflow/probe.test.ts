// The probe and the build of the TensorFlow engine: answers, crashes as reasons, a list of what is missing, settings that TensorFlow reads.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TensorflowManifest } from '#contract';
import { bindingHash, bindingPath, buildTensorflowBinding, isOutdated, prebuiltName } from '../../../../src-main/training/engines/tensorflow/build.ts';
import { loadBinding, settingsOf } from '../../../../src-main/training/engines/tensorflow/load.ts';
import { probeTensorflow } from '../../../../src-main/training/engines/tensorflow/probe.ts';
import { hasTensorflow, needsTensorflow, tensorflowFolder } from '../../../helpers/tensorflow.ts';

let folder: string;
let former: string | undefined;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'vsgd-lab-tensorflow-')), 'tensorflow-2.21.0-cpu');
  mkdirSync(folder);
  former = process.env.VSGD_LAB_BINDINGS;
});
afterEach(() => {
  rmSync(join(folder, '..'), { recursive: true, force: true });
  if (former === undefined) delete process.env.VSGD_LAB_BINDINGS;
  else process.env.VSGD_LAB_BINDINGS = former;
});

const manifest = (hash: string): TensorflowManifest => ({ format: 1, name: 'tensorflow', version: '2.21.0', flavour: 'cpu', bindingHash: hash, source: 'a test', installedAt: new Date(0).toISOString() });
const program = (source: string) => {
  const path = join(folder, 'child.mjs');
  writeFileSync(path, source);
  return path;
};

describe('the probe', () => {
  test.skipIf(!hasTensorflow)(`finds an installed engine usable ${needsTensorflow}`, async () => {
    const found = await probeTensorflow(tensorflowFolder);
    expect(found, found.reason).toMatchObject({ usable: true, device: 'CPU', devices: ['CPU'] });
    expect(found.reason).toMatch(/^TensorFlow \d+\.\d+\.\d+, on the CPU\.$/);
  });

  test('says that a folder without a binding has none', async () => {
    const found = await probeTensorflow(folder);
    expect(found).toMatchObject({ usable: false, device: null, devices: [] });
    expect(found.reason).toContain('has no binding');
    expect(found.reason).toContain('engines install tensorflow');
  });

  test('takes a crash for a reason, with the last words', async () => {
    const found = await probeTensorflow(folder, { program: program('process.stderr.write("illegal instruction\\n", () => process.kill(process.pid, "SIGSEGV"));') });
    expect(found.usable).toBe(false);
    expect(found.reason).toContain('crashed with SIGSEGV.\nillegal instruction');
  });

  test('takes silence and hanging for reasons', async () => {
    expect((await probeTensorflow(folder, { program: program('') })).reason).toContain('ended with exit code 0 and no answer');
    expect((await probeTensorflow(folder, { program: program('setInterval(() => {}, 1000);'), timeoutMs: 500 })).reason).toContain('took longer than 0.5 s');
  });
});

describe('the build', () => {
  test('lists all that is missing and how to get it', async () => {
    const refusal = buildTensorflowBinding({ folder });
    await expect(refusal).rejects.toMatchObject({ code: 'ENGINE_UNUSABLE' });
    await expect(refusal).rejects.toThrow(/headers in .*include: install the engine again\n- libtensorflow_cc/);
  });

  test('takes a prebuilt binding and writes its hash into the manifest', async () => {
    const bindings = join(folder, '..', 'bindings');
    mkdirSync(bindings);
    writeFileSync(join(bindings, prebuiltName('2.21.0')), 'prebuilt');
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest('older')));
    process.env.VSGD_LAB_BINDINGS = bindings;
    expect(isOutdated(folder)).toBe(true);
    const lines: string[] = [];
    expect(await buildTensorflowBinding({ folder, onLine: (line) => lines.push(line) })).toEqual({ bindingHash: bindingHash(), prebuilt: true });
    expect(lines).toEqual([`taking the prebuilt ${prebuiltName('2.21.0')}`]);
    expect(readFileSync(bindingPath(folder), 'utf8')).toBe('prebuilt');
    expect(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))).toEqual(manifest(bindingHash()));
    expect(isOutdated(folder)).toBe(false);
  });
});

describe('loading', () => {
  const options = { device: 'cpu', threads: 0, tf32: true };

  test('refuses a binding of another version, and one that is none', () => {
    mkdirSync(join(folder, 'binding'));
    writeFileSync(bindingPath(folder), 'no library');
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest('older')));
    expect(() => loadBinding({ folder, ...options })).toThrow('belongs to another version');
    copyFileSync(join(folder, 'manifest.json'), join(folder, `${basename(folder)}.json`));
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest(bindingHash())));
    expect(() => loadBinding({ folder, ...options })).toThrow('could not be loaded');
  });

  test('sets what TensorFlow reads: device, memory growth, threads, TF32', () => {
    vi.stubEnv('CUDA_VISIBLE_DEVICES', undefined);
    expect(settingsOf({ device: 'cuda:2', threads: 3, tf32: false })).toMatchObject({ CUDA_VISIBLE_DEVICES: '2', TF_FORCE_GPU_ALLOW_GROWTH: 'true', TF_NUM_INTRAOP_THREADS: '3', NVIDIA_TF32_OVERRIDE: '0' });
    expect(settingsOf({ device: 'cpu', threads: 0, tf32: true })).toMatchObject({ CUDA_VISIBLE_DEVICES: '-1' });
    // As in PyTorch, CUDA_VISIBLE_DEVICES says what is counted.
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '3,1');
    expect(['cuda:0', 'cuda:1', 'cuda:2'].map((device) => settingsOf({ device, threads: 0, tf32: true }).CUDA_VISIBLE_DEVICES)).toEqual(['3', '1', '-1']);
    vi.unstubAllEnvs();
    expect(Object.keys(settingsOf({ device: 'auto', threads: 0, tf32: true }))).not.toContain('CUDA_VISIBLE_DEVICES');
    // One operation at a time where there are few processors; many can do several.
    expect(settingsOf({ device: 'cpu', threads: 0, tf32: true }, 2)).toMatchObject({ TF_NUM_INTEROP_THREADS: '1' });
    expect(Object.keys(settingsOf({ device: 'cpu', threads: 0, tf32: true }, 16))).not.toContain('TF_NUM_INTEROP_THREADS');
  });
});
