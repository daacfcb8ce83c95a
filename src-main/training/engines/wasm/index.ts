// The embedded engine: own kernels in WebAssembly, steps compiled to flat programs that threads run over one shared memory.
import { availableParallelism } from 'node:os';
import { engine as tfEngine, registerBackend, removeBackend, setBackend, type Variable } from '@tensorflow/tfjs-core';
import type { Engine } from '../engine.ts';
import { registerLowerings } from '../recording/kernels.ts';
import { checkedValues } from '../recording/variables.ts';
import { conversions, lowerings } from '../wasmKernels/index.ts';
import { WasmBackend } from './backend.ts';
import { buildKernels, hasRelaxedSimd } from '../wasmBuild/build.ts';
import { compileStep } from './compile.ts';
import { Heap } from './heap.ts';
import { EagerSink } from './sink.ts';
import { Threads } from '../wasmThreads/threads.ts';
import { joinVectors } from '../wasmBuild/wide.ts';

const backendName = 'lab-wasm';
let registered = false;

export type WasmOptions = {
  /** Threads; 0 measures one against all in the first steps of each program and keeps the faster. */
  threads?: number;
  /** Fused multiply-add; by default where the computer has it. */
  fma?: boolean;
  maxMemoryBytes?: number;
};

/**
 * Makes the wasm engine and sets its tfjs backend; one at a time in a process.
 * @throws LabError ENGINE_UNUSABLE when the kernels cannot be compiled or memory runs out
 */
export async function createWasmEngine({ threads = 0, fma = hasRelaxedSimd(), maxMemoryBytes }: WasmOptions = {}): Promise<Engine> {
  joinVectors();
  const module = await WebAssembly.compile((await buildKernels(fma)) as Uint8Array<ArrayBuffer>);
  const heap = new Heap(maxMemoryBytes);
  const pool = new Threads(heap, module, threads > 0 ? threads : Math.min(16, availableParallelism()));
  const backend = new WasmBackend(heap, new EagerSink(heap, pool.kernels));
  if (!registered) registerLowerings(backendName, { lowerings, conversions });
  registered = true;
  if (tfEngine().findBackendFactory(backendName)) removeBackend(backendName);
  registerBackend(backendName, () => backend);
  await setBackend(backendName);
  return {
    info: { name: 'wasm', device: `CPU, ${fma ? 'fused multiply-add' : 'multiply and add'}`, threads: pool.count },
    backend: backendName,
    compile: async (step, specs, state) => compileStep(backend, { step, specs, state, threads: pool, asked: threads }),
    read: async (variable: Variable) => backend.readSync(variable.dataId) as Float32Array,
    async write(variable: Variable, values: Float32Array) {
      heap.floats(backend.pin(variable.dataId).address, variable.size).set(checkedValues(variable, values));
    },
    dispose: () => pool.dispose(),
  };
}
