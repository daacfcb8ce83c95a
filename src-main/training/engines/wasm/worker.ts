// A thread of the engine: sleeps until a program is set, runs its part, sleeps again.
import { workerData } from 'node:worker_threads';
import { controlAddress, decodeProgram, runShared, words, type Kernels, type Task } from './program.ts';

type Data = { memory: WebAssembly.Memory; module: WebAssembly.Module; scratch: number };

const { memory, module, scratch } = workerData as Data;
const kernels = new WebAssembly.Instance(module, { env: { memory, abort: () => { throw new Error('abort'); } } }).exports as Kernels;
kernels.setScratch?.(scratch);
const control = new Int32Array(memory.buffer, controlAddress, 16);
const decoded = new Map<number, Task[]>();

let generation = 0;
while (Atomics.load(control, words.quit) === 0) {
  Atomics.wait(control, words.generation, generation);
  const now = Atomics.load(control, words.generation);
  if (now === generation || Atomics.load(control, words.quit) !== 0) continue;
  generation = now;
  const address = Atomics.load(control, words.program) >>> 0;
  const serial = Atomics.load(control, words.counters) >>> 0;
  const header = new Float64Array(memory.buffer, address, 2);
  const [id = 0, length = 0] = header;
  if (!decoded.has(id)) decoded.set(id, decodeProgram(new Float64Array(memory.buffer, address + 16, length), kernels));
  const tasks = decoded.get(id) as Task[];
  runShared(tasks, control, { counters: new Int32Array(memory.buffer, serial, tasks.length), threads: Atomics.load(control, words.threads) });
}
