// The tfjs backend over the engine's shared memory.
import type { DataId } from '@tensorflow/tfjs-core';
import { BlockBackend } from '../recording/backend.ts';
import type { Block } from '../recording/block.ts';
import type { Heap } from './heap.ts';
import type { Recorder } from './record.ts';
import type { EagerSink, Sink } from './sink.ts';

export class WasmBackend extends BlockBackend<Sink, Recorder> {
  readonly heap: Heap;

  constructor(heap: Heap, eager: EagerSink) {
    super('wasm', eager);
    this.heap = heap;
  }

  override readSync(dataId: DataId): Float32Array | Int32Array {
    const { block, dtype, size } = this.readable(dataId);
    return dtype === 'int32' ? this.heap.ints(block.address, size).slice() : this.heap.floats(block.address, size).slice();
  }

  override async read(dataId: DataId): Promise<Float32Array | Int32Array> { return this.readSync(dataId); }

  protected override fill(block: Block, numbers: Float32Array | Int32Array): void {
    if (numbers instanceof Int32Array) this.heap.ints(block.address, numbers.length).set(numbers);
    else this.heap.floats(block.address, numbers.length).set(numbers);
  }
}
