// The webgpu engine's device: what is said when there is none, when it is lost, and when its memory is full.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findBackend, mul, tensor, variable, zeros, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import type { WebgpuProbe } from '#training';
import type { WebgpuBackend } from '../../../../src-main/training/engines/webgpu/backend.ts';
import { openWebgpu, webgpu } from '../../../helpers/webgpu.ts';

const probeProgram = fileURLToPath(new URL('../../../../src-main/training/engines/probing/webgpuProgram.ts', import.meta.url));
const x = { x: { shape: [4], dtype: 'float32' as const } };

test.skipIf(process.platform !== 'linux')('without an adapter the probe says what to install and what to use', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [probeProgram], { env: { ...process.env, VK_ICD_FILENAMES: '/nonexistent', VK_DRIVER_FILES: '/nonexistent' } });
  const told = JSON.parse(stdout.split('\n').find((line) => line.startsWith('{"usable"')) ?? '{}') as WebgpuProbe;
  expect(told).toMatchObject({ usable: false, device: null, software: false });
  expect(told.reason).toMatch(/Install the GPU's driver.*--engine wasm/);
});

describe.skipIf(!webgpu.usable)('an adapter (needs one)', () => {
  test('is named, and a software one called so', async () => {
    expect(webgpu.device).not.toBeNull();
    const engine = await openWebgpu();
    expect(engine.info).toMatchObject({ name: 'webgpu', device: webgpu.device });
    expect(engine.info.device.startsWith('CPU, ')).toBe(webgpu.software);
    await engine.dispose();
  });

  test('that does not exist is refused with the names of those that do', async () => {
    await expect(openWebgpu({ adapter: 'no such GPU' })).rejects.toThrow(/no GPU named 'no such GPU'[^]*Available adapters/);
  });

  test('that is lost ends a run with DEVICE_LOST; one that is disposed does not', async () => {
    const engine = await openWebgpu();
    const w = variable(tensor([1, 2, 3, 4])) as Variable;
    const compiled = await engine.compile(({ x: input }) => ({ y: mul(input as Tensor, w) }), x, [w]);
    const inputs = { x: Float32Array.of(1, 1, 1, 1) };
    expect((await compiled.run(inputs)).y).toEqual(Float32Array.of(1, 2, 3, 4));
    (findBackend('lab-webgpu') as WebgpuBackend).device.destroy();
    const lost = expect.objectContaining({ code: 'DEVICE_LOST', message: expect.stringContaining('was lost') as string }) as object;
    await expect(compiled.run(inputs)).rejects.toThrow(lost);
    await expect(compiled.run(inputs)).rejects.toThrow(lost);
    await expect(engine.read(w)).rejects.toThrow(lost);
    await engine.dispose();
    const another = await openWebgpu();
    await another.dispose();
  });

  test('whose memory is full says how much is needed and what to lower, and keeps nothing', async () => {
    const engine = await openWebgpu({ maxBufferBytes: 2 ** 20 });
    const { memory } = (findBackend('lab-webgpu') as WebgpuBackend).own;
    const w = variable(zeros([4])) as Variable;
    const { blocks, used } = memory;
    await expect(engine.compile(({ x: input }) => ({ y: mul(input as Tensor, input as Tensor) }), { x: { shape: [2 ** 19], dtype: 'float32' } }, [w])).rejects.toThrow(expect.objectContaining({
      code: 'ENGINE_UNUSABLE', message: expect.stringMatching(/needs 2 MiB more.*Lower dataset.data_module.batch_size/) as string,
    }));
    expect({ blocks: memory.blocks, used: memory.used }).toEqual({ blocks, used });
    w.dispose();
    await engine.dispose();
  });

  test('that refuses memory by itself is told apart from a wrong step', async () => {
    const engine = await openWebgpu();
    const { memory } = (findBackend('lab-webgpu') as WebgpuBackend).own;
    // More than any computer has, piece by piece: the device refuses at some point, without an exception.
    const pieces: number[] = [];
    const full = async () => {
      for (let count = 0; count < 64; count += 1) {
        pieces.push(memory.own(memory.limits.maxBufferBytes));
        await memory.settled();
      }
    };
    if (webgpu.software) await expect(full()).rejects.toThrow(/GPU's memory is full.*Lower dataset/);
    pieces.forEach((address) => memory.release(address));
    await engine.dispose();
  });
});
