// The tfjs backend over the binding: data ids to handles, kernels to operations. Recording swaps the sink.
import { DataStorage, engine, KernelBackend, registerKernel, type BackendValues, type DataId, type DataType, type TensorInfo } from '@tensorflow/tfjs-core';
import { LabError } from '#contract';
import { convert, kernels, runUpdate } from '../tensorflowKernels/index.ts';
import type { Binding, Dtype } from './binding.ts';
import type { Recorder } from './record.ts';
import { EagerSink, sizeOf, type Sink, type Traits, type Value } from './sink.ts';

type Entry = { value: Value; references: number };

export class TensorflowBackend extends KernelBackend {
  readonly binding: Binding;
  readonly eager: EagerSink;
  recorder: Recorder | null = null;
  readonly #data: DataStorage<Entry>;

  constructor(binding: Binding, traits: Traits) {
    super();
    this.binding = binding;
    this.eager = new EagerSink(binding, traits, runUpdate);
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
    const value = (this.recorder ?? this.eager).upload(numbers, shape);
    this.#data.set(dataId, { value, references });
  }

  override readSync(dataId: DataId): Float32Array | Int32Array {
    if (this.recorder) throw new LabError('RECORDING_REFUSED', 'A step to be compiled reads a tensor\'s values on the host; give it out as an output instead.');
    return this.binding.tensorDataSync(this.#entry(dataId).value.handle as number);
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
    if (entry.value.handle !== null) this.binding.deleteTensor(entry.value.handle);
    return true;
  }

  override memory(): { unreliable: boolean } { return { unreliable: false }; }
  override dispose(): void {}

  holds(dataId: DataId): boolean { return this.#data.has(dataId); }
  valueAt(dataId: DataId): Value { return this.#entry(dataId).value; }
  /** Lets a data id refer to another value; the former is the caller's. */
  rebind(dataId: DataId, value: Value): void { this.#entry(dataId).value = value; }

  /** A tensor over a value, which it owns from now on. */
  wrap(value: Value): TensorInfo {
    const dataId = {};
    this.#data.set(dataId, { value, references: 1 });
    return { dataId, shape: value.shape, dtype: value.dtype as DataType };
  }

  /** Runs a kernel on the sink in use and wraps its outputs. */
  compute(infos: TensorInfo[], kernel: (sink: Sink, values: Value[]) => Value[]): TensorInfo[] {
    const values = infos.map(({ dataId, shape, dtype }) => ({ ...this.valueAt(dataId), shape, dtype: dtype as Dtype }));
    const outputs = this.recorder ? kernel(this.recorder, values) : this.eager.scope(() => kernel(this.eager, values));
    return outputs.map((output) => this.wrap(output));
  }

  #entry(dataId: DataId): Entry {
    const entry = this.#data.get(dataId);
    if (entry === undefined) throw new LabError('INTERNAL', 'The tensorflow engine does not hold this tensor; it was made on another engine or disposed.');
    return entry;
  }
}

type Call = { inputs: object; backend: unknown; attrs?: object };

/** Registers every kernel under the backend's name; once per process. */
export function registerKernels(backendName: string): void {
  const register = (kernelName: string, compute: (call: Call) => TensorInfo[]) => registerKernel({
    kernelName, backendName,
    kernelFunc: (call) => {
      const outputs = compute(call);
      return outputs.length === 1 ? (outputs[0] as TensorInfo) : outputs;
    },
  });
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    register(kernelName, ({ inputs, backend, attrs }) => {
      const names = Object.keys(inputs);
      const infos = Object.values(inputs) as TensorInfo[];
      return (backend as TensorflowBackend).compute(infos, (sink, values) => kernel(sink, Object.fromEntries(values.map((value, index) => [names[index], value])), attrs ?? {}));
    });
  }
  register('Identity', ({ inputs, backend }) => (backend as TensorflowBackend).compute(Object.values(inputs) as TensorInfo[], (sink, [x]) => [sink.view(x as Value)]));
  register('Cast', ({ inputs, backend, attrs }) => {
    const dtype = (attrs as { dtype: DataType }).dtype === 'int32' ? 'int32' : 'float32';
    return (backend as TensorflowBackend).compute(Object.values(inputs) as TensorInfo[], (sink, [x]) => [convert(sink, x as Value, dtype)]);
  });
  const filled = (value: (attrs: { value?: number }) => number, likeOf: (inputs: Record<string, TensorInfo>, attrs: object) => { shape: number[]; dtype?: DataType }) => ({ inputs, backend, attrs }: Call) => {
    const { shape, dtype } = likeOf(inputs as Record<string, TensorInfo>, attrs ?? {});
    return (backend as TensorflowBackend).compute([], (sink) => [sink.fill(value(attrs ?? {}), { shape, dtype: dtype === 'int32' ? 'int32' : 'float32' })]);
  };
  register('ZerosLike', filled(() => 0, ({ x }) => x as TensorInfo));
  register('OnesLike', filled(() => 1, ({ x }) => x as TensorInfo));
  register('Fill', filled(({ value }) => value as number, (_, attrs) => attrs as { shape: number[]; dtype?: DataType }));
}
