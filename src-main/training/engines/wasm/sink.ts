// Where kernels put their instructions: the eager sink runs them at once, the recorder (record.ts) keeps them for a program.
import type { Block, BlockSource } from '../recording/block.ts';
import type { Heap } from './heap.ts';
import type { Kernels } from '../wasmThreads/program.ts';

export type { Block } from '../recording/block.ts';

/** An address within a block, or a plain number. */
export type Argument = number | Block | { block: Block; offset: number };

export interface Sink extends BlockSource {
  /** A block that holds these numbers; tables of equal keys are shared. */
  table(key: string, make: () => Int32Array): Block;
  /** One kernel, run for chunks 0 … chunks-1 in any order. */
  emit(name: string, chunks: number, args: Argument[]): void;
}

/** A block at `offset` bytes. */
export const at = (block: Block, offset: number): Argument => ({ block, offset });

export const addressOf = (argument: Argument): number => {
  if (typeof argument === 'number') return argument;
  return 'block' in argument ? argument.block.address + argument.offset : argument.address;
};

/** Runs every instruction on the calling thread as it comes. */
export class EagerSink implements Sink {
  readonly #heap: Heap;
  readonly #kernels: Kernels;
  readonly #tables = new Map<string, Block>();

  constructor(heap: Heap, kernels: Kernels) {
    this.#heap = heap;
    this.#kernels = kernels;
  }

  allocate(bytes: number): Block {
    return { bytes, kind: 'eager', address: this.#heap.allocate(bytes), references: 0, version: 0 };
  }

  table(key: string, make: () => Int32Array): Block {
    const known = this.#tables.get(key);
    if (known) return known;
    const numbers = make();
    const block = this.allocate(numbers.byteLength);
    this.#heap.ints(block.address, numbers.length).set(numbers);
    this.#tables.set(key, block);
    return block;
  }

  renew(block: Block): Block {
    const copy = this.allocate(block.bytes);
    this.#heap.floats(copy.address, block.bytes / 4).set(this.#heap.floats(block.address, block.bytes / 4));
    return copy;
  }

  emit(name: string, chunks: number, args: Argument[]): void {
    const kernel = this.#kernels[name];
    if (kernel === undefined) throw new Error(`The wasm engine has no kernel ${name}.`);
    const numbers = args.map(addressOf);
    for (let chunk = 0; chunk < chunks; chunk += 1) kernel(chunk, ...numbers);
  }

  free(block: Block): void {
    this.#heap.release(block.address);
  }
}
