// The child of the probe: `node probeChild.ts FOLDER` loads the engine, computes with TensorFlow's kernels and ours, and prints an answer as JSON.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { engine as tfEngine, tensor, tidy, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import { toLabError, type EngineProbe } from '#contract';
import { createTensorflowEngine } from './index.ts';
import { loadBinding } from './load.ts';

/** Names of NVIDIA's GPUs by the driver, in the order of the bus; only those that CUDA_VISIBLE_DEVICES leaves. */
function gpuNames(): string[] {
  try {
    const folder = '/proc/driver/nvidia/gpus';
    const all = readdirSync(folder).sort().map((bus) => /Model:\s*(.+)/.exec(readFileSync(join(folder, bus, 'information'), 'utf8'))?.[1]?.trim() ?? '');
    return process.env.CUDA_VISIBLE_DEVICES?.split(',').map((number) => all[Number(number)] ?? '') ?? all;
  } catch {
    return [];
  }
}

const run = (name: string, inputs: NamedTensorMap, attributes = {}): Tensor => tfEngine().runKernel(name, inputs, attributes) as Tensor;

/** A convolution (TensorFlow's kernel) and a GELU (ours on the CPU) whose results are known. */
function computes(): boolean {
  const [sum, half] = tidy(() => [
    run('LabConv2D', { x: tensor(new Float32Array(2 * 4 * 4 * 3).fill(1), [2, 4, 4, 3]), filter: tensor(new Float32Array(3 * 3 * 3 * 2).fill(1), [3, 3, 3, 2]) }, { stride: 1, pads: [1, 1], groups: 1 }).dataSync()[10] as number,
    run('LabGelu', { x: tensor([0, 1]) }).dataSync()[1] as number,
  ]) as unknown as [number, number];
  return sum === 27 && Math.abs(half - 0.8413447) < 1e-5;
}

async function probe(folder: string): Promise<EngineProbe> {
  const engine = await createTensorflowEngine({ folder });
  const binding = loadBinding({ folder, device: 'auto', threads: 0, tf32: true });
  const names = gpuNames();
  const gpus = binding.listDevices().filter(({ type }) => type === 'GPU').map((_, index) => (names[index] ? `cuda:${index} (${names[index]})` : `cuda:${index}`));
  const devices = ['CPU', ...gpus];
  const right = computes();
  await engine.dispose();
  if (!right) return { usable: false, reason: `TensorFlow ${binding.TF_Version} computes wrongly here.`, device: null, devices };
  return { usable: true, reason: `TensorFlow ${binding.TF_Version}, ${gpus.length > 0 ? `${gpus.length} GPU${gpus.length > 1 ? 's' : ''}` : 'on the CPU'}.`, device: gpus[0] ?? 'CPU', devices };
}

const answer = await probe(process.argv[2] ?? '').catch((error: unknown): EngineProbe => ({ usable: false, reason: toLabError(error).message, device: null, devices: [] }));
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
