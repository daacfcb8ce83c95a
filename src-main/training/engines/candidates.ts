// Every way to compute, from fastest to slowest: what speaks against it before it is tried, how it is tried, how it is made.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { EngineName } from '#contract';
import { createCpuEngine } from './cpu/cpu.ts';
import type { Engine } from './engine.ts';
import { listInstalled } from './installed.ts';
import { loadTensorflow, loadWebgpu, type MixedPrecision } from './modules.ts';
import { createWasmEngine } from './wasm/index.ts';

export type CandidateName = Exclude<EngineName, 'auto'>;

/** What a try has found. `gpu`: computes on a GPU; `software`: by a program that plays one. */
export type CandidateProbe = { usable: boolean; reason: string; device: string | null; devices?: string[]; gpu: boolean; software?: boolean };

/** The engines' folder; null where nothing can be installed. */
export type EnginesFolder = string | null;
export type CreateOptions = { engines: EnginesFolder; device: string; threads: number; tf32?: boolean; mixed?: MixedPrecision };

export type Candidate = {
  name: CandidateName;
  /** The name that `--engine` and a run's record have. */
  engine: string;
  label: string;
  /** Why it need not even be tried; null where it must. `named`: it was asked for by name. */
  absent(engines: EnginesFolder, named?: boolean): string | null;
  /** May crash the process: only the probing child calls it. */
  probe(engines: EnginesFolder): Promise<CandidateProbe>;
  create(options: CreateOptions): Promise<Engine>;
};

const folderOf = (engines: EnginesFolder, ...flavours: ('cpu' | 'cuda')[]): string | null => {
  const installed = engines === null ? [] : listInstalled(engines);
  return flavours.map((flavour) => installed.find(({ manifest }) => manifest.flavour === flavour)?.folder).find((folder) => folder !== undefined) ?? null;
};

const isCuda = (device: string | null): boolean => device !== null && /cuda|gpu/i.test(device);

const cuda: Candidate = {
  name: 'tensorflow-cuda', engine: 'tensorflow', label: 'TensorFlow, CUDA',
  absent: (engines) => (process.platform !== 'linux' ? 'For NVIDIA GPUs under Linux only; webgpu uses any GPU.' : folderOf(engines, 'cuda') === null ? 'Not installed. For NVIDIA GPUs: vsgd-lab engines install tensorflow-cuda.' : null),
  async probe(engines) {
    const found = await (await loadTensorflow()).probeTensorflow(folderOf(engines, 'cuda') ?? '');
    const device = [found.device, ...found.devices].find(isCuda) ?? null;
    if (!found.usable || device !== null) return { ...found, device, gpu: found.usable };
    return { ...found, usable: false, device: null, gpu: false, reason: 'TensorFlow works, but finds no NVIDIA GPU that it can use. See whether nvidia-smi lists one, and whether its driver is 525 or newer.' };
  },
  create: async ({ engines, device, ...options }) => (await loadTensorflow()).createTensorflowEngine({ ...options, folder: folderOf(engines, 'cuda') ?? '', device: /^cuda:\d+$/.test(device) ? device : 'cuda' }),
};

/** Whether Linux has any device that a GPU's driver would have made; elsewhere only a try tells. */
const mayHaveGpu = (): boolean => process.platform !== 'linux' || ['VK_ICD_FILENAMES', 'VK_DRIVER_FILES', 'VSGD_LAB_ENGINE_MODULE'].some((name) => process.env[name]) || ['/dev/dri', '/dev/nvidia0', '/dev/dxg', '/dev/kfd'].some((path) => existsSync(path));

const webgpu: Candidate = {
  name: 'webgpu', engine: 'webgpu', label: 'WebGPU',
  absent: (_engines, named = false) => (named || mayHaveGpu() ? null : 'No GPU is to be seen here: there is neither /dev/dri nor /dev/nvidia0. In a container, pass the GPU on to it.'),
  async probe() {
    const found = await (await loadWebgpu()).probeWebgpu();
    return { ...found, gpu: found.usable && !found.software };
  },
  create: async ({ mixed }) => (await loadWebgpu()).createWebgpuEngine(mixed === 'float16' ? { mixed } : {}),
};

const tensorflow: Candidate = {
  name: 'tensorflow', engine: 'tensorflow', label: 'TensorFlow, CPU',
  absent: (engines) => (process.platform === 'win32' ? 'Not for Windows.' : folderOf(engines, 'cpu', 'cuda') === null ? 'Not installed. The fastest on a CPU: vsgd-lab engines install tensorflow.' : null),
  async probe(engines) {
    const found = await (await loadTensorflow()).probeTensorflow(folderOf(engines, 'cpu', 'cuda') ?? '');
    return { ...found, device: isCuda(found.device) ? (found.devices.find((device) => !isCuda(device)) ?? 'CPU') : found.device, gpu: false };
  },
  create: async ({ engines, ...options }) => (await loadTensorflow()).createTensorflowEngine({ ...options, folder: folderOf(engines, 'cpu', 'cuda') ?? '', device: 'cpu' }),
};

const ours = (create: (threads: number) => Promise<Engine>, reason: string): Pick<Candidate, 'absent' | 'probe' | 'create'> => ({
  absent: () => null,
  async probe() {
    const engine = await create(0);
    const { device, threads } = engine.info;
    await engine.dispose();
    return { usable: true, reason, device: threads ? `${device}, ${Math.min(threads, availableParallelism())} threads` : device, gpu: false };
  },
  create: ({ threads }) => create(threads),
});

/** In the order of the automatic choice, which leaves the last out. */
export const candidates: readonly Candidate[] = [
  cuda, webgpu, tensorflow,
  { name: 'wasm', engine: 'wasm', label: 'WebAssembly', ...ours((threads) => createWasmEngine({ threads }), 'Own kernels, on every computer, nothing to install.') },
  { name: 'cpu', engine: 'cpu', label: 'Plain JavaScript', ...ours(() => createCpuEngine(), 'Plain JavaScript, for tests: far too slow for work.') },
];
