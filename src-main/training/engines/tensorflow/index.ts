// The engine on TensorFlow: its library from the Python wheel, the package's binding with our additions, steps as one function each.
import { availableParallelism } from 'node:os';
import { engine as tfEngine, registerBackend, removeBackend, setBackend, type Variable } from '@tensorflow/tfjs-core';
import { LabError, type EngineInfo } from '#contract';
import type { Engine } from '../engine.ts';
import { registerKernels, TensorflowBackend } from './backend.ts';
import { compileStep } from './compile.ts';
import { loadBinding } from './load.ts';
import type { Traits } from './sink.ts';

export { bindingHash, buildTensorflowBinding } from './build.ts';
export { probeTensorflow } from './probe.ts';

const backendName = 'lab-tensorflow';
let registered = false;

export type TensorflowOptions = {
  /** The installed engine: `tensorflow-<version>-<flavour>`. */
  folder: string;
  /** auto (a GPU where there is one), cpu, or a GPU and nothing else: cuda, or one of several: cuda:N. */
  device?: string;
  /** 0: as many as there are processors. */
  threads?: number;
  /** Products of float32 numbers in TF32 on a GPU that has it. */
  tf32?: boolean;
  /** Type that convolutions and matrix products compute in; parameters and everything else stay float32. */
  mixed?: 'none' | 'float16' | 'bfloat16';
  /** Our own CPU kernels; off, TensorFlow's operations compute the same. */
  ownKernels?: boolean;
  /** Grouped convolutions by TensorFlow's own kernels, which have their gradients with oneDNN and on a GPU. */
  nativeGroups?: boolean;
  /** One update over all parameters laid end to end: on by default where the device is a GPU, whose launches cost more than the copies. */
  flatUpdate?: boolean;
};

function infoOf(options: Required<Pick<TensorflowOptions, 'tf32' | 'mixed'>> & { gpu: string | null; threads: number; version: string }): EngineInfo {
  const { gpu, threads, tf32, mixed, version } = options;
  const numbers = mixed === 'none' ? {} : { mixedPrecision: mixed };
  return gpu === null
    ? { name: 'tensorflow', device: `CPU, TensorFlow ${version}`, threads: threads > 0 ? threads : availableParallelism(), ...numbers }
    : { name: 'tensorflow', device: `${gpu}, TensorFlow ${version}`, tf32, ...numbers };
}

/**
 * Makes the tensorflow engine and sets its tfjs backend; one at a time in a process, with one set of options.
 * @throws LabError ENGINE_UNUSABLE
 */
export async function createTensorflowEngine(options: TensorflowOptions): Promise<Engine> {
  const { folder, device = 'auto', threads = 0, tf32 = true, mixed = 'none' } = options;
  const binding = loadBinding({ folder, device, threads, tf32 });
  const gpu = binding.isUsingGpuDevice() ? (device.startsWith('cuda:') ? device : 'cuda:0') : null;
  if (gpu === null && device.startsWith('cuda')) throw new LabError('ENGINE_UNUSABLE', `TensorFlow finds no GPU ${device} that it can use. "vsgd-lab engines check" lists those that there are; nvidia-smi tells whether another program fills their memory.`);
  const { ownKernels = gpu === null, flatUpdate = gpu !== null, nativeGroups = gpu !== null || process.arch === 'x64' } = options;
  const traits: Traits = { own: ownKernels && gpu === null && mixed === 'none', mixed, flat: flatUpdate, gpu: gpu !== null, groups: nativeGroups };
  const backend = new TensorflowBackend(binding, traits);
  if (!registered) registerKernels(backendName);
  registered = true;
  if (tfEngine().findBackendFactory(backendName)) removeBackend(backendName);
  registerBackend(backendName, () => backend);
  await setBackend(backendName);
  return {
    info: infoOf({ gpu, threads, tf32, mixed, version: binding.TF_Version }),
    backend: backendName,
    compile: async (step, specs, state) => compileStep(backend, { step, specs, state, traits }),
    read: async (variable: Variable) => backend.readSync(variable.dataId) as Float32Array,
    async write(variable: Variable, values: Float32Array) {
      const { dataId, shape } = variable;
      const old = backend.valueAt(dataId);
      backend.rebind(dataId, backend.eager.upload(values, shape));
      binding.deleteTensor(old.handle as number);
    },
    dispose: async () => backend.eager.dispose(),
  };
}
