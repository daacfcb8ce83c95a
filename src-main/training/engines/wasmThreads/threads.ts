// The engine's threads: this one and workers, all with their own instance of the kernels over the one memory.
import { Worker } from 'node:worker_threads';
import { ownOptions } from '#contract';
import type { Heap } from '../wasm/heap.ts';
import { timeTasks, type TaskTime } from './profile.ts';
import { controlAddress, decodeProgram, encodeProgram, host, inGroups, kernelNamesOf, progressAt, runAlone, runShared, words, type Group, type Kernels } from './program.ts';

/** Rows of one block of the filter gradient's product; fixes the order of its sums. */
export const outerBlock = 256;
/** Tiles of six columns that one chunk of it packs: 96 columns, so that they stay in a core's own cache. */
export const outerTiles = 16;
const scratchBytes = (outerBlock + 2) * 24 * outerTiles;

/** A program in memory, ready to run by any number of the threads. */
export type LoadedProgram = { run(threads: number): void; profile(runs: number): TaskTime[]; release(): void; readonly bytes: number };

export class Threads {
  readonly kernels: Kernels;
  readonly count: number;
  readonly #heap: Heap;
  readonly #workers: Worker[] = [];
  readonly #control: Int32Array;
  #programs = 0;

  constructor(heap: Heap, module: WebAssembly.Module, count: number) {
    this.#heap = heap;
    this.count = count;
    this.kernels = new WebAssembly.Instance(module, { env: { memory: heap.memory, abort: () => { throw new Error('abort'); } } }).exports as Kernels;
    this.kernels.setScratch?.(heap.allocate(scratchBytes));
    this.#control = new Int32Array(heap.memory.buffer, controlAddress, 16);
    for (let index = 1; index < count; index += 1) {
      const worker = new Worker(new URL('./worker.ts', import.meta.url), ownOptions({ workerData: { memory: heap.memory, module, scratch: heap.allocate(scratchBytes), threads: count } }));
      worker.unref();
      this.#workers.push(worker);
    }
  }

  /** Whether all workers have started; programs run without those that have not. */
  get areUp(): boolean { return Atomics.load(this.#control, words.up) === this.#workers.length; }

  load(tasks: { name: string; chunks: number; args: number[] }[]): LoadedProgram {
    const numbers = encodeProgram(tasks, kernelNamesOf(this.kernels));
    const address = this.#heap.allocate(16 + numbers.byteLength);
    const counters = this.#heap.allocate(8 * tasks.length);
    this.#programs += 1;
    this.#heap.doubles(address, 2).set([this.#programs, numbers.length]);
    this.#heap.doubles(address + 16, numbers.length).set(numbers);
    const own = decodeProgram(numbers, this.kernels);
    const groups = inGroups(own);
    return {
      bytes: numbers.byteLength + 8 * tasks.length,
      run: (threads) => (threads < 2 || this.#workers.length === 0 ? runAlone(own) : this.#run(groups, { address, counters })),
      profile: (runs) => timeTasks(own, tasks.map(({ name }) => name), runs),
      release: () => [address, counters].forEach((block) => this.#heap.release(block)),
    };
  }

  #run(groups: Group[], { address, counters }: { address: number; counters: number }): void {
    this.#heap.ints(counters, 2 * groups.length).fill(0);
    Atomics.store(this.#control, words.program, address | 0);
    Atomics.store(this.#control, words.counters, counters | 0);
    Atomics.store(this.#control, words.failed, 0);
    host(this.#control, () => runShared(groups, progressAt(this.#heap.memory.buffer, counters, groups.length), this.count));
    if (Atomics.load(this.#control, words.failed) === 1) throw new Error('A kernel failed in another thread of the wasm engine; the log has its words. The step is not complete, so the run must go on from its last checkpoint.');
  }

  async dispose(): Promise<void> {
    Atomics.store(this.#control, words.quit, 1);
    Atomics.add(this.#control, words.generation, 1);
    Atomics.notify(this.#control, words.generation);
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
