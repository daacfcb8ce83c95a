// What the tfjs backends of our engines have in common: data ids to counted entries, and the sink in use. What an entry is, is each one's concern.
import { DataStorage, engine, KernelBackend, type BackendValues, type DataId, type DataType } from '@tensorflow/tfjs-core';
import { LabError } from '#contract';
import { refused } from './block.ts';
import { sizeOf } from './operands.ts';

type Entry = { references: number };
type Numbers = Float32Array | Int32Array;
export type Placing = { shape: number[]; dtype: DataType; references: number };

export abstract class StoreBackend<E extends Entry, S, R> extends KernelBackend {
  readonly eager: S;
  recorder: R | null = null;
  readonly #name: string;
  readonly #data: DataStorage<E>;

  /** @param name the engine's, for messages */
  constructor(name: string, eager: S) {
    super();
    this.#name = name;
    this.eager = eager;
    this.#data = new DataStorage<E>(this, engine());
  }

  /** Puts numbers where the sink in use keeps them; `keep` remembers the entry. */
  protected abstract take(dataId: DataId, numbers: Numbers, placing: Placing): void;
  /** Gives back what an entry held, when nothing refers to it any more. */
  protected abstract release(entry: E): void;

  get sink(): S | R { return this.recorder ?? this.eager; }
  override numDataIds(): number { return this.#data.numDataIds(); }
  override floatPrecision(): 32 { return 32; }
  override epsilon(): number { return 1e-7; }
  override timerAvailable(): boolean { return false; }
  override memory(): { unreliable: boolean } { return { unreliable: false }; }
  override dispose(): void {}

  override write(values: BackendValues | null, shape: number[], dtype: DataType): DataId {
    const dataId = {};
    this.#put(dataId, values, { shape, dtype, references: 1 });
    return dataId;
  }

  // tfjs gives five arguments.
  override move(...[dataId, values, shape, dtype, references]: Parameters<KernelBackend['move']>): void {
    this.#put(dataId, values, { shape, dtype, references });
  }

  #put(dataId: DataId, values: BackendValues | null, placing: Placing): void {
    const size = sizeOf(placing.shape);
    const numbers = placing.dtype === 'int32' ? Int32Array.from((values ?? new Int32Array(size)) as ArrayLike<number>) : Float32Array.from((values ?? new Float32Array(size)) as ArrayLike<number>);
    this.take(dataId, numbers, placing);
  }

  override incRef(dataId: DataId): void { this.entry(dataId).references += 1; }
  override refCount(dataId: DataId): number { return this.holds(dataId) ? this.entry(dataId).references : 0; }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.holds(dataId)) return true;
    const entry = this.entry(dataId);
    entry.references -= 1;
    if (!force && entry.references > 0) return false;
    this.#data.delete(dataId);
    this.release(entry);
    return true;
  }

  holds(dataId: DataId): boolean { return this.#data.has(dataId); }

  protected keep(dataId: DataId, entry: E): void { this.#data.set(dataId, entry); }

  protected entry(dataId: DataId): E {
    const entry = this.#data.get(dataId);
    if (entry === undefined) throw new LabError('INTERNAL', `The ${this.#name} engine does not hold this tensor; it was made on another engine or disposed.`);
    return entry;
  }

  /** What can be read on the host. @throws LabError RECORDING_REFUSED while a step is recorded */
  protected readable(dataId: DataId): E {
    if (this.recorder) throw refused('reads a tensor\'s values on the host; give it out as an output instead');
    return this.entry(dataId);
  }
}
