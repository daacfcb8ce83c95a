// The child of webgpu.ts: opens the adapter, runs one product, compares it, and prints one line of JSON.
import { tensor, tidy, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { linear } from '#operations/linear';
import { openDevice } from '../webgpu/device.ts';
import { createWebgpuEngine } from '../webgpu/index.ts';
import type { WebgpuProbe } from './webgpu.ts';

async function probe(): Promise<WebgpuProbe> {
  const { device, facts } = await openDevice();
  device.destroy();
  const engine = await createWebgpuEngine();
  const y = tidy(() => linear({ x: tensor([1, 2, 3, 4], [2, 2]) as Tensor2D, weight: tensor([5, 6, 7, 8], [2, 2]) as Tensor2D, bias: tensor([1, -1]) as Tensor1D }));
  const values = [...(await y.data())].join();
  const usable = values === '18,22,40,52';
  const reason = !usable ? `The GPU computes wrongly (${values} for 18,22,40,52); update its driver.`
    : facts.software ? 'Vulkan offers no GPU, only a driver that computes on the CPU: right, and far too slow for work.' : `Own kernels in WGSL on ${facts.name}.`;
  return { usable, reason, device: engine.info.device, software: facts.software };
}

const answer = await probe().catch((error: unknown): WebgpuProbe => ({ usable: false, reason: error instanceof Error ? error.message : String(error), device: null, software: false }));
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
