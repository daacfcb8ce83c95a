// A tfjs backend over blocks: data ids to memory, shared by our own engines. While a step is recorded, the recorder is the sink.
import type { DataId, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { type Block, type BlockSource, refused } from './block.ts';
import { sizeOf, type Operand } from './operands.ts';
import type { BlockRecorder } from './recorder.ts';
import { StoreBackend, type Placing } from './store.ts';

type Entry = { block: Block; dtype: DataType; version: number; references: number; size: number };

export abstract class BlockBackend<S extends BlockSource = BlockSource, R extends S & BlockRecorder = S & BlockRecorder> extends StoreBackend<Entry, S, R> {
  /** Name of the kernel that is being lowered. */
  kernel = '';

  /** Writes numbers into an eager block. */
  protected abstract fill(block: Block, numbers: Float32Array | Int32Array): void;

  override get sink(): S { return this.recorder ?? this.eager; }

  protected override take(dataId: DataId, numbers: Float32Array | Int32Array, { shape, dtype, references }: Placing): void {
    const size = sizeOf(shape);
    const block = this.recorder ? this.recorder.upload(numbers) : this.eager.allocate(4 * size);
    if (!this.recorder) this.fill(block, numbers);
    this.#place(dataId, block, { dtype, size, references });
  }

  protected override release({ block }: Entry): void {
    block.references -= 1;
    // While a step is recorded, state keeps its place whatever tfjs thinks of it.
    if (block.references === 0 && block.kind === 'eager' && !this.recorder) this.eager.free(block);
  }

  /** The block behind a tensor. */
  blockOf(dataId: DataId): Block { return this.entry(dataId).block; }

  /** Lets a data id refer to another block: what a recorded step computed lies in its state's own place. */
  rebind(dataId: DataId, block: Block): void {
    const entry = this.entry(dataId);
    if (entry.block !== block) {
      entry.block.references -= 1;
      block.references += 1;
    }
    Object.assign(entry, { block, version: block.version });
  }

  /** The block of state that a program will renew in place: its own, taken apart from earlier views of it. */
  pin(dataId: DataId): Block {
    let { block } = this.entry(dataId);
    if (block.references > 1 && !block.pinned) {
      block = this.eager.renew(block);
      this.rebind(dataId, block);
    }
    block.pinned = true;
    return block;
  }

  /** The operand as a view, or as a copy where a program would change what lies under it. */
  viewOf(info: TensorInfo): Operand {
    const operand = this.operand(info);
    return operand.block.pinned && !this.recorder ? { shape: operand.shape, block: this.eager.renew(operand.block) } : operand;
  }

  /** A tensor over a block. */
  wrap({ shape, block }: Operand, dtype: DataType): TensorInfo {
    const dataId = {};
    this.#place(dataId, block, { dtype, size: sizeOf(shape), references: 1 });
    return { dataId, shape, dtype };
  }

  /** The operand behind a tensor. @throws LabError RECORDING_REFUSED for state that was renewed since */
  operand({ dataId, shape }: TensorInfo): Operand {
    const entry = this.entry(dataId);
    if (entry.version !== entry.block.version) throw refused('reads state after it was renewed in place; read it before the update');
    return { shape, block: entry.block };
  }

  #place(dataId: DataId, block: Block, { dtype, size, references }: { dtype: DataType; size: number; references: number }): void {
    block.references += 1;
    this.keep(dataId, { block, dtype, version: block.version, references, size });
  }
}
