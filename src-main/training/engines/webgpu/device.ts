// Opens an adapter by Dawn: which one, what it can, and what happens when it is lost.
import { setTimeout } from 'node:timers/promises';
import { LabError } from '#contract';
import type { MatrixUnits } from './sink.ts';

export type DeviceOptions = {
  /** Part of an adapter's name, as `vsgd-lab engines check` prints it; by default VSGD_LAB_ADAPTER, else the fastest. */
  adapter?: string | undefined;
  /** Dawn's toggles, for instance disable_robustness; by default VSGD_LAB_DAWN_FEATURES, separated by commas. */
  toggles?: string[];
};

/** An adapter as it calls itself. */
export type AdapterFacts = { name: string; vendor: string; architecture: string; driver: string; software: boolean; features: string[] };
export type OpenDevice = { device: GPUDevice; facts: AdapterFacts; limits: GPUSupportedLimits; /** For float16 factors and float32 sums. */ matrices: MatrixUnits | null };

/** What is taken where the adapter has it. */
const wantedFeatures = ['shader-f16', 'subgroups', 'timestamp-query', 'chromium-experimental-subgroup-matrix'];
const wantedLimits = ['maxBufferSize', 'maxStorageBufferBindingSize', 'maxComputeWorkgroupStorageSize', 'maxComputeInvocationsPerWorkgroup', 'maxComputeWorkgroupSizeX', 'maxStorageBuffersPerShaderStage'] as const;

/** Dawn objects end the process when they are collected before their parents; this keeps them. */
const kept: unknown[] = [];

const missing = `No GPU can be used: neither Vulkan, Metal nor Direct3D 12 offers an adapter. Install the GPU's driver (on Linux also its Vulkan part and libvulkan1), or use another engine: --engine wasm.`;

function factsOf({ info, features }: GPUAdapter): AdapterFacts {
  const { vendor, architecture, device, description } = info;
  const software = (info as { isFallbackAdapter?: boolean }).isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render/i.test(`${architecture} ${device} ${description}`);
  return { name: device || description || vendor || 'unnamed adapter', vendor, architecture, driver: description, software, features: [...features].map(String).sort() };
}

/** What Dawn says of an adapter beyond the standard. */
type MatrixConfig = { componentType: string; resultComponentType: string; M: number; N: number; K: number };

/** The matrix units that take float16 and give float32, where all subgroups have one size. */
function matricesOf({ info, features }: GPUAdapter): MatrixUnits | null {
  const { subgroupMinSize = 0, subgroupMaxSize = 0, subgroupMatrixConfigs = [] } = info as GPUAdapterInfo & { subgroupMatrixConfigs?: MatrixConfig[] };
  if (!['shader-f16', 'subgroups', 'chromium-experimental-subgroup-matrix'].every((one) => features.has(one)) || subgroupMinSize !== subgroupMaxSize) return null;
  const fitting = [...subgroupMatrixConfigs].filter(({ componentType, resultComponentType, M, N }) => componentType === 'f16' && resultComponentType === 'f32' && M % 8 === 0 && N % 8 === 0);
  const [best] = fitting.sort((a, b) => b.M * b.N - a.M * a.N);
  return best ? { m: best.M, n: best.N, k: best.K, lanes: subgroupMaxSize } : null;
}

/** Dawn's module, loaded only when a GPU is opened: where its binary cannot be loaded, everything but webgpu still works. @throws LabError ENGINE_UNUSABLE */
async function loadDawn() {
  try {
    return await import('webgpu');
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new LabError('ENGINE_UNUSABLE', `The webgpu package cannot be loaded on this computer: ${message}. On Linux it needs glibc 2.34 or newer. Use another engine: --engine wasm.`, { cause });
  }
}

async function dawn(options: string[]): Promise<GPU> {
  const { create, globals } = await loadDawn();
  Object.assign(globalThis, globals);
  const gpu = create(options);
  kept.push(gpu);
  return gpu;
}

/** Asks Dawn for the adapter. @throws LabError ENGINE_UNUSABLE */
export async function requestAdapter({ adapter = process.env.VSGD_LAB_ADAPTER, toggles = process.env.VSGD_LAB_DAWN_FEATURES?.split(',') ?? [] }: DeviceOptions = {}): Promise<GPUAdapter> {
  // All kernels are ours: they write shared memory before they read it, and stay within their buffers, so that clearing and
  // clamping is time lost. NVIDIA's float16 lacks only what compute shaders do not use.
  const features = ['allow_unsafe_apis', 'disable_workgroup_init', 'disable_robustness', 'vulkan_enable_f16_on_nvidia', ...toggles].join(',');
  try {
    const gpu = await dawn([`enable-dawn-features=${features}`, 'disable-dawn-features=timestamp_quantization', ...(adapter ? [`adapter=${adapter}`] : [])]);
    const found = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (found) return found;
  } catch (cause) {
    if (cause instanceof LabError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new LabError('ENGINE_UNUSABLE', adapter ? `There is no GPU named '${adapter}' (VSGD_LAB_ADAPTER). ${message}` : `${missing} ${message}`, { cause });
  }
  throw new LabError('ENGINE_UNUSABLE', missing);
}

/** Opens a device with all that the adapter offers of what the engine uses. @throws LabError ENGINE_UNUSABLE */
export async function openDevice(options: DeviceOptions = {}): Promise<OpenDevice> {
  const adapter = await requestAdapter(options);
  const facts = factsOf(adapter);
  try {
    const device = await adapter.requestDevice({
      requiredFeatures: wantedFeatures.filter((feature) => adapter.features.has(feature)) as GPUFeatureName[],
      requiredLimits: Object.fromEntries(wantedLimits.map((limit) => [limit, adapter.limits[limit]])),
    });
    kept.push(adapter, device);
    return { device, facts, limits: device.limits, matrices: matricesOf(adapter) };
  } catch (cause) {
    throw new LabError('ENGINE_UNUSABLE', `The GPU ${facts.name} (${facts.driver}) could not be opened: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** What went wrong on a device where nobody waits for it. */
export class DeviceWatch {
  readonly #device: GPUDevice;
  readonly #name: string;
  #closing = false;
  #failure: LabError | null = null;

  constructor(device: GPUDevice, name: string) {
    this.#device = device;
    this.#name = name;
    void device.lost.then(({ reason, message }) => {
      if (this.#closing) return;
      this.#failure = new LabError('DEVICE_LOST', `The GPU ${this.#name} was lost (${reason}${message ? `: ${message.trim()}` : ''}): its driver was reset, updated or ran out of time, or the GPU was taken away. The run can go on from its last checkpoint.`);
    });
    device.addEventListener('uncapturederror', (event) => {
      const { error } = event as GPUUncapturedErrorEvent;
      this.#failure ??= new LabError('INTERNAL', `The GPU refused a command: ${error.message}`);
    });
  }

  /** @throws LabError DEVICE_LOST or INTERNAL */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Waits for what the GPU does; when it fails because the device is gone, says so. @throws LabError DEVICE_LOST */
  async guard<T>(work: () => Promise<T>): Promise<T> {
    this.check();
    try {
      const result = await work();
      this.check();
      return result;
    } catch (error) {
      if (error instanceof LabError) throw error;
      await Promise.race([this.#device.lost, setTimeout(200)]);
      this.check();
      throw error;
    }
  }

  /** Ends the device on purpose. */
  close(): void {
    this.#closing = true;
    this.#device.destroy();
  }
}
