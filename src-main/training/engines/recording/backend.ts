// A tfjs backend over blocks: data ids to memory, shared by our own engines. While a step is recorded, the recorder is the sink.
import { DataStorage, engine, KernelBackend, type BackendValues, type DataId, type DataType, type TensorInfo } from '@tensorflow/tfjs-core';
import { LabError } from '#contract';
import { type Block, type BlockSource, refused } from './block.ts';
import { sizeOf, type Operand } from './operands.ts';
import type { BlockRecorder } from './recorder.ts';

type Entry = { block: Block; dtype: DataType; version: number; references: number; size: number };

export abstract class BlockBackend<S extends BlockSource = BlockSource, R extends S & BlockRecorder = S & BlockRecorder> extends KernelBackend {
  readonly eager: S;
  recorder: R | null = null;
  /** Name of the kernel that is being lowered. */
  kernel = '';
  readonly #name: string;
  readonly #data: DataStorage<Entry>;

  /** @param name the engine's, for messages */
  constructor(name: string, eager: S) {
    super();
    this.#name = name;
    this.eager = eager;
    this.#data = new DataStorage<Entry>(this, engine());
  }

  /** Writes numbers into an eager block. */
  protected abstract fill(block: Block, numbers: Float32Array | Int32Array): void;

  get sink(): S { return this.recorder ?? this.eager; }
  override numDataIds(): number { return this.#data.numDataIds(); }
  override floatPrecision(): 32 { return 32; }
  override epsilon(): number { return 1e-7; }
  override timerAvailable(): boolean { return false; }

  override write(values: BackendValues | null, shape: number[], dtype: DataType): DataId {
    const dataId = {};
    this.#take(dataId, values, { shape, dtype, references: 1 });
    return dataId;
  }

  // tfjs gives five arguments.
  override move(...[dataId, values, shape, dtype, references]: Parameters<KernelBackend['move']>): void {
    this.#take(dataId, values, { shape, dtype, references });
  }

  #take(dataId: DataId, values: BackendValues | null, { shape, dtype, references }: { shape: number[]; dtype: DataType; references: number }): void {
    const size = sizeOf(shape);
    const numbers = dtype === 'int32' ? Int32Array.from((values ?? new Int32Array(size)) as ArrayLike<number>) : Float32Array.from((values ?? new Float32Array(size)) as ArrayLike<number>);
    const block = this.recorder ? this.recorder.upload(numbers) : this.eager.allocate(4 * size);
    if (!this.recorder) this.fill(block, numbers);
    this.#keep(dataId, block, { dtype, size, references });
  }

  override incRef(dataId: DataId): void { this.entry(dataId).references += 1; }
  override refCount(dataId: DataId): number { return this.#data.has(dataId) ? this.entry(dataId).references : 0; }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.#data.has(dataId)) return true;
    const entry = this.entry(dataId);
    entry.references -= 1;
    if (!force && entry.references > 0) return false;
    this.#data.delete(dataId);
    entry.block.references -= 1;
    // While a step is recorded, state keeps its place whatever tfjs thinks of it.
    if (entry.block.references === 0 && entry.block.kind === 'eager' && !this.recorder) this.eager.free(entry.block);
    return true;
  }

  override memory(): { unreliable: boolean } { return { unreliable: false }; }
  override dispose(): void {}

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
    this.#keep(dataId, block, { dtype, size: sizeOf(shape), references: 1 });
    return { dataId, shape, dtype };
  }

  /** The operand behind a tensor. @throws LabError RECORDING_REFUSED for state that was renewed since */
  operand({ dataId, shape }: TensorInfo): Operand {
    const entry = this.entry(dataId);
    if (entry.version !== entry.block.version) throw refused('reads state after it was renewed in place; read it before the update');
    return { shape, block: entry.block };
  }

  /** What can be read on the host. @throws LabError RECORDING_REFUSED while a step is recorded */
  protected readable(dataId: DataId): Entry {
    if (this.recorder) throw refused('reads a tensor\'s values on the host; give it out as an output instead');
    return this.entry(dataId);
  }

  protected entry(dataId: DataId): Entry {
    const entry = this.#data.get(dataId);
    if (entry === undefined) throw new LabError('INTERNAL', `The ${this.#name} engine does not hold this tensor; it was made on another engine or disposed.`);
    return entry;
  }

  #keep(dataId: DataId, block: Block, { dtype, size, references }: { dtype: DataType; size: number; references: number }): void {
    block.references += 1;
    this.#data.set(dataId, { block, dtype, version: block.version, references, size });
  }
}
