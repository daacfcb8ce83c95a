// A thread of the engine: sleeps until a program is set, runs its part, sleeps again.
import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { workerData } from 'node:worker_threads';
import { controlAddress, decodeProgram, inGroups, progressAt, runShared, takePart, words, type Group, type Kernels } from './program.ts';

type Data = { memory: WebAssembly.Memory; module: WebAssembly.Module; scratch: number; threads: number };

const { memory, module, scratch, threads } = workerData as Data;
const kernels = new WebAssembly.Instance(module, { env: { memory, abort: () => { throw new Error('abort'); } } }).exports as Kernels;
kernels.setScratch?.(scratch);
const control = new Int32Array(memory.buffer, controlAddress, 16);
const decoded = new Map<number, { id: number; groups: Group[] }>();

/** The program that is open, as this thread's own tasks. Where one was released, the next at its address takes its place. */
function groupsAt(address: number): Group[] {
  const [id = 0, length = 0] = new Float64Array(memory.buffer, address, 2);
  const known = decoded.get(address);
  if (known?.id === id) return known.groups;
  const groups = inGroups(decodeProgram(new Float64Array(memory.buffer, address + 16, length), kernels));
  decoded.set(address, { id, groups });
  return groups;
}

Atomics.add(control, words.up, 1);
let generation = 0;
while (Atomics.load(control, words.quit) === 0) {
  Atomics.wait(control, words.generation, generation);
  generation = Atomics.load(control, words.generation);
  takePart(control, () => {
    try {
      const groups = groupsAt(Atomics.load(control, words.program) >>> 0);
      runShared(groups, progressAt(memory.buffer, Atomics.load(control, words.counters) >>> 0, groups.length), threads);
    } catch (error) {
      Atomics.store(control, words.failed, 1);
      writeSync(2, `A thread of the wasm engine: ${inspect(error)}\n`); // the console's way leads through the main thread, which may be about to end
    }
  });
}
