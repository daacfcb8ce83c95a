// The tfjs backend over the engine's memory: data ids to blocks, kernels to lowerings. Recording swaps the sink.
import { DataStorage, engine, KernelBackend, registerKernel, type BackendValues, type DataId, type DataType, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core';
import { LabError } from '#contract';
import type { Heap } from './heap.ts';
import { conversions, lowerings } from '../wasmKernels/index.ts';
import { sizeOf, type Operand } from '../wasmKernels/lower.ts';
import type { Recorder } from './record.ts';
import type { Block, EagerSink, Sink } from './sink.ts';

type Entry = { block: Block; dtype: DataType; version: number; references: number; size: number };

const refused = (what: string) => new LabError('RECORDING_REFUSED', `A step to be compiled ${what}.`);

export class WasmBackend extends KernelBackend {
  readonly heap: Heap;
  readonly eager: EagerSink;
  recorder: Recorder | null = null;
  readonly #data: DataStorage<Entry>;

  constructor(heap: Heap, eager: EagerSink) {
    super();
    this.heap = heap;
    this.eager = eager;
    this.#data = new DataStorage<Entry>(this, engine());
  }

  get sink(): Sink { return this.recorder ?? this.eager; }
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
    if (!this.recorder) this.#fill(block, numbers);
    this.#keep(dataId, block, { dtype, size, references });
  }

  override readSync(dataId: DataId): Float32Array | Int32Array {
    if (this.recorder) throw refused('reads a tensor\'s values on the host; give it out as an output instead');
    const { block, dtype, size } = this.#entry(dataId);
    return dtype === 'int32' ? this.heap.ints(block.address, size).slice() : this.heap.floats(block.address, size).slice();
  }

  override async read(dataId: DataId): Promise<Float32Array | Int32Array> { return this.readSync(dataId); }
  override incRef(dataId: DataId): void { this.#entry(dataId).references += 1; }
  override refCount(dataId: DataId): number { return this.#data.has(dataId) ? this.#entry(dataId).references : 0; }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.#data.has(dataId)) return true;
    const entry = this.#entry(dataId);
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
  blockOf(dataId: DataId): Block { return this.#entry(dataId).block; }

  /** Lets a data id refer to another block: what a recorded step computed lies in its state's own place. */
  rebind(dataId: DataId, block: Block): void {
    const entry = this.#entry(dataId);
    if (entry.block !== block) {
      entry.block.references -= 1;
      block.references += 1;
    }
    Object.assign(entry, { block, version: block.version });
  }

  /** The block of state that a program will renew in place: its own, taken apart from earlier views of it. */
  pin(dataId: DataId): Block {
    let { block } = this.#entry(dataId);
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
    const entry = this.#entry(dataId);
    if (entry.version !== entry.block.version) throw refused('reads state after it was renewed in place; read it before the update');
    return { shape, block: entry.block };
  }

  #fill(block: Block, numbers: Float32Array | Int32Array): void {
    if (numbers instanceof Int32Array) this.heap.ints(block.address, numbers.length).set(numbers);
    else this.heap.floats(block.address, numbers.length).set(numbers);
  }

  #keep(dataId: DataId, block: Block, { dtype, size, references }: { dtype: DataType; size: number; references: number }): void {
    block.references += 1;
    this.#data.set(dataId, { block, dtype, version: block.version, references, size });
  }

  #entry(dataId: DataId): Entry {
    const entry = this.#data.get(dataId);
    if (entry === undefined) throw new LabError('INTERNAL', 'The wasm engine does not hold this tensor; it was made on another engine or disposed.');
    return entry;
  }
}

/** float32 to int32 (towards zero) and back; other types stay what they are. */
const cast: KernelFunc = ({ inputs, backend, attrs }) => {
  const x = inputs.x as TensorInfo;
  const wasm = backend as WasmBackend;
  const dtype = (attrs as { dtype: DataType }).dtype === 'int32' ? 'int32' : 'float32';
  const operand = wasm.operand(x);
  const same = dtype === (x.dtype === 'int32' ? 'int32' : 'float32');
  return wasm.wrap(same ? wasm.viewOf(x) : (conversions[dtype](wasm.sink, { x: operand }, {})[0] as Operand), dtype);
};

/** Registers every kernel under the backend's name; once per process. */
export function registerKernels(backendName: string): void {
  for (const [kernelName, lower] of Object.entries(lowerings)) {
    registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, backend, attrs }) => {
        const wasm = backend as WasmBackend;
        const list = Array.isArray(inputs) ? Object.fromEntries((inputs as TensorInfo[]).map((info, index) => [String(index), info])) : inputs;
        const operands = Object.fromEntries(Object.entries(list).map(([name, info]) => [name, wasm.operand(info as TensorInfo)]));
        const outputs = lower(wasm.sink, operands, attrs ?? {}).map((output) => wasm.wrap(output, 'float32'));
        return outputs.length === 1 ? (outputs[0] as TensorInfo) : outputs;
      },
    });
  }
  const view = (shapeOf: (info: TensorInfo, attrs: Record<string, unknown>) => number[], dtypeOf: (info: TensorInfo) => DataType) =>
    ({ inputs, backend, attrs }: { inputs: object; backend: unknown; attrs?: object }) => {
      const info = Object.values(inputs)[0] as TensorInfo;
      const wasm = backend as WasmBackend;
      return wasm.wrap({ shape: shapeOf(info, (attrs ?? {}) as Record<string, unknown>), block: wasm.viewOf(info).block }, dtypeOf(info));
    };
  const reshape = ({ shape }: TensorInfo, attrs: Record<string, unknown>) => {
    const wanted = attrs.shape as number[];
    const known = wanted.reduce((product, side) => (side < 0 ? product : product * side), 1);
    return wanted.map((side) => (side < 0 ? sizeOf(shape) / known : side));
  };
  registerKernel({ kernelName: 'Reshape', backendName, kernelFunc: view(reshape, ({ dtype }) => dtype) });
  registerKernel({ kernelName: 'Identity', backendName, kernelFunc: view(({ shape }) => shape, ({ dtype }) => dtype) });
  registerKernel({ kernelName: 'Cast', backendName, kernelFunc: cast });
  const filled = (value: (attrs: Record<string, unknown>) => number, likeOf: (inputs: Record<string, TensorInfo>, attrs: Record<string, unknown>) => { shape: number[]; dtype?: DataType }) =>
    ({ inputs, backend, attrs }: { inputs: object; backend: unknown; attrs?: object }) => {
      const attributes = (attrs ?? {}) as Record<string, unknown>;
      const { shape, dtype = 'float32' } = likeOf(inputs as Record<string, TensorInfo>, attributes);
      return { dataId: (backend as WasmBackend).write(new Float32Array(sizeOf(shape)).fill(value(attributes)), shape, dtype), shape, dtype };
    };
  const like = (inputs: Record<string, TensorInfo>) => inputs.x as TensorInfo;
  registerKernel({ kernelName: 'ZerosLike', backendName, kernelFunc: filled(() => 0, like) });
  registerKernel({ kernelName: 'OnesLike', backendName, kernelFunc: filled(() => 1, like) });
  registerKernel({ kernelName: 'Fill', backendName, kernelFunc: filled((attrs) => attrs.value as number, (_, attrs) => attrs as { shape: number[]; dtype?: DataType }) });
}
