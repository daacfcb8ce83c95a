// The tfjs backend over the binding: data ids to handles, kernels to operations. Recording swaps the sink.
import { registerKernel, type DataId, type DataType, type TensorInfo } from '@tensorflow/tfjs-core';
import { StoreBackend, type Placing } from '../recording/store.ts';
import { convert, kernels, runUpdate } from '../tensorflowKernels/index.ts';
import type { Binding, Dtype } from './binding.ts';
import type { Recorder } from './record.ts';
import { EagerSink, type Sink, type Traits, type Value } from './sink.ts';

type Entry = { value: Value; references: number };

export class TensorflowBackend extends StoreBackend<Entry, EagerSink, Recorder> {
  readonly binding: Binding;

  constructor(binding: Binding, traits: Traits) {
    super('tensorflow', new EagerSink(binding, traits, runUpdate));
    this.binding = binding;
  }

  protected override take(dataId: DataId, numbers: Float32Array | Int32Array, { shape, references }: Placing): void {
    this.keep(dataId, { value: this.sink.upload(numbers, shape), references });
  }

  protected override release({ value }: Entry): void {
    if (value.handle !== null) this.binding.deleteTensor(value.handle);
  }

  override readSync(dataId: DataId): Float32Array | Int32Array {
    return this.binding.tensorDataSync(this.readable(dataId).value.handle as number);
  }

  override async read(dataId: DataId): Promise<Float32Array | Int32Array> { return this.readSync(dataId); }

  valueAt(dataId: DataId): Value { return this.entry(dataId).value; }
  /** Lets a data id refer to another value; the former is the caller's. */
  rebind(dataId: DataId, value: Value): void { this.entry(dataId).value = value; }

  /** A tensor over a value, which it owns from now on. */
  wrap(value: Value): TensorInfo {
    const dataId = {};
    this.keep(dataId, { value, references: 1 });
    return { dataId, shape: value.shape, dtype: value.dtype as DataType };
  }

  /** Runs a kernel on the sink in use and wraps its outputs. */
  compute(infos: TensorInfo[], kernel: (sink: Sink, values: Value[]) => Value[]): TensorInfo[] {
    const values = infos.map(({ dataId, shape, dtype }) => ({ ...this.valueAt(dataId), shape, dtype: dtype as Dtype }));
    const outputs = this.recorder ? kernel(this.recorder, values) : this.eager.scope(() => kernel(this.eager, values));
    return outputs.map((output) => this.wrap(output));
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
