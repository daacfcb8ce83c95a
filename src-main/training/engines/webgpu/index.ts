// The engine for any GPU: own kernels in WGSL on Dawn (Vulkan, Metal, Direct3D 12), steps replayed as command buffers.
import { engine as tfEngine, registerBackend, removeBackend, setBackend, type Variable } from '@tensorflow/tfjs-core';
import { LabError } from '#contract';
import type { Engine } from '../engine.ts';
import { registerLowerings } from '../recording/kernels.ts';
import { checkedValues } from '../recording/variables.ts';
import { kernels } from '../webgpuKernels/index.ts';
import { WebgpuBackend } from './backend.ts';
import { compileStep } from './compile.ts';
import { DeviceWatch, openDevice, type DeviceOptions, type OpenDevice } from './device.ts';
import { DeviceMemory } from './memory.ts';
import { Pipelines } from './pipelines.ts';
import type { Abilities } from './sink.ts';
import { EagerSink } from './sinks.ts';
import { Tuning } from './tuning.ts';

const backendName = 'lab-webgpu';
let registered = false;

export type WebgpuOptions = DeviceOptions & {
  /** Factors of products in float16, sums in float32; on adapters with shader-f16 only. */
  mixed?: 'float16' | undefined;
  /** Mixed precision on any adapter: factors are rounded to float16 and kept in float32. To test what rounding does, not to be fast. */
  rounded?: boolean;
  /** Measure the tiles of products that were not measured on this adapter before; by default on real GPUs. */
  tune?: boolean;
  /** Products without workgroup memory, on adapters with subgroups: by default on those made of software whose tiles are not measured. */
  plain?: boolean;
  /** Name of the tile that every product gets; by default what was measured for each. */
  tile?: string;
  /** Bytes of one GPU buffer at most; the adapter's limit by default. */
  maxBufferBytes?: number;
  /** Bytes that a kernel sees of one buffer at most; the adapter's limit by default. */
  maxBindingBytes?: number;
};

function abilitiesOf({ facts, limits, matrices }: OpenDevice, { mixed, rounded, tune, plain, tile }: WebgpuOptions, tuning: Tuning): Abilities {
  if (mixed && !facts.features.includes('shader-f16')) throw new LabError('ENGINE_UNUSABLE', `The GPU ${facts.name} has no float16 (shader-f16). Leave mixed precision off.`);
  return {
    invocations: Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX),
    sharedBytes: limits.maxComputeWorkgroupStorageSize,
    half: mixed ?? (rounded ? 'rounded' : null),
    plain: !mixed && !rounded && facts.features.includes('subgroups') && (plain ?? (facts.software && !tune)),
    matrices: mixed ? matrices : null,
    tileOf: (product) => tile ?? tuning.tileOf(product),
  };
}

/**
 * Makes the webgpu engine and sets its tfjs backend; one at a time in a process.
 * @throws LabError ENGINE_UNUSABLE where there is no adapter, or it cannot what was asked for
 */
export async function createWebgpuEngine(options: WebgpuOptions = {}): Promise<Engine> {
  const opened = await openDevice(options);
  const { device, facts, limits } = opened;
  const watch = new DeviceWatch(device, facts.name);
  const pipelines = new Pipelines(device);
  const tuning = new Tuning(facts, { half: options.mixed === 'float16', enabled: options.tune ?? !facts.software });
  const memory: DeviceMemory = new DeviceMemory(device, {
    maxBufferBytes: Math.min(limits.maxBufferSize, options.maxBufferBytes ?? Infinity), maxBindingBytes: Math.min(limits.maxStorageBufferBindingSize, options.maxBindingBytes ?? Infinity),
  }, () => eager.flush());
  const eager = new EagerSink({ device, pipelines, memory, abilities: abilitiesOf(opened, options, tuning) });
  const backend = new WebgpuBackend(device, watch, eager);
  if (!registered) registerLowerings(backendName, kernels);
  registered = true;
  if (tfEngine().findBackendFactory(backendName)) removeBackend(backendName);
  registerBackend(backendName, () => backend);
  await setBackend(backendName);
  return {
    info: { name: 'webgpu', device: `${facts.software ? 'CPU, ' : ''}${facts.name} (${facts.driver})${options.mixed ? ', float16 products' : ''}`, ...(options.mixed ? { mixedPrecision: options.mixed } : {}) },
    backend: backendName,
    compile: async (step, specs, state) => compileStep(backend, { step, specs, state, pipelines, tuning }),
    read: async (variable: Variable) => new Float32Array(await backend.bytesOf(backend.blockOf(variable.dataId), 4 * variable.size)),
    async write(variable: Variable, values: Float32Array) {
      eager.write(backend.pin(variable.dataId), checkedValues(variable, values));
    },
    async dispose() {
      eager.flush();
      memory.dispose();
      watch.close();
    },
  };
}
