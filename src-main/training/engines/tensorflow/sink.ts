// Where kernels put their operations: the eager sink runs them at once, the recorder (record.ts) keeps them for a function.
import { LabError } from '#contract';
import { dtypes, encodeAttributes, type Attributes, type Binding, type Dtype } from './binding.ts';

export type Spec = { readonly shape: number[]; readonly dtype: Dtype };

/** A tensor as a kernel sees it: a handle in the binding where it exists, a node's output ("node:index") where it is recorded. */
export type Value = Spec & { readonly handle: number | null; readonly node: string | null };

/** One TensorFlow operation. Its outputs' shapes are stated by the kernel, so that recording needs no computing. */
export type Operation = { op: string; inputs: Value[]; attributes?: Attributes; outputs: Spec[] };

export type UpdateKind = 'vsgd' | 'adam' | 'adamw' | 'sgd' | 'nesterov';
/** An optimizer's update: `states` are the parameter and its slots. */
export type Update = { kind: UpdateKind; states: Value[]; gradient: Value; hyper: Value; control: Value };

/** What kernels must know of the device and the run's options. */
export type Traits = {
  /** Our own kernels (CPU, float32) may be used; otherwise the same is put together from TensorFlow's operations. */
  own: boolean;
  gpu: boolean;
  /** Gradients of grouped convolutions are in TensorFlow's kernels: with oneDNN, and on a GPU. */
  groups: boolean;
  /** Type that convolutions and matrix products compute in. */
  mixed: 'none' | 'float16' | 'bfloat16';
  /** Recorded updates of all parameters become one update of everything laid end to end. */
  flat: boolean;
};

export interface Sink {
  readonly traits: Traits;
  run(operation: Operation): Value[];
  constant(values: Float32Array | Int32Array, shape: number[]): Value;
  /** A tensor of one number. */
  fill(value: number, spec: Spec): Value;
  update(update: Update): Value[];
  /** A tensor over the same numbers. */
  view(value: Value): Value;
}

export const sizeOf = (shape: number[]): number => shape.reduce((product, side) => product * side, 1);

/** How an update is put together; given to the sinks by the kernels, which know. */
export type UpdateRunner = (sink: Sink, update: Update) => Value[];

/** Runs every operation as it comes, and deletes a kernel's intermediate tensors when it is done. */
export class EagerSink implements Sink {
  readonly traits: Traits;
  readonly #binding: Binding;
  readonly #runUpdate: UpdateRunner;
  /** Small tensors of sizes and factors, by their contents: made once. */
  readonly #constants = new Map<string, Value>();
  #made: Value[] = [];

  constructor(binding: Binding, traits: Traits, runUpdate: UpdateRunner) {
    this.#binding = binding;
    this.traits = traits;
    this.#runUpdate = runUpdate;
  }

  run({ op, inputs, attributes = {}, outputs }: Operation): Value[] {
    const ids = inputs.map(({ handle }) => {
      if (handle === null) throw new LabError('INTERNAL', `A tensor of a recorded step was used outside of it, by ${op}.`);
      return handle;
    });
    const made = this.#binding.executeOp(op, encodeAttributes(attributes), ids, outputs.length);
    return made.map(({ id, shape, dtype }, index) => {
      const spec = outputs[index] as Spec;
      if (dtypes[spec.dtype] !== dtype || (spec.shape[0] !== -1 && shape.join() !== spec.shape.join())) throw new LabError('INTERNAL', `TensorFlow's ${op} gave [${shape.join(', ')}] of type ${dtype} where the kernel says ${spec.dtype} [${spec.shape.join(', ')}].`);
      return this.#keep({ ...spec, handle: id, node: null });
    });
  }

  constant(values: Float32Array | Int32Array, shape: number[]): Value {
    const key = `${values.constructor.name} ${shape.join()} ${values.join()}`;
    const known = this.#constants.get(key);
    if (known) return known;
    const value = this.upload(values, shape);
    this.#constants.set(key, value);
    return value;
  }

  fill(value: number, { shape, dtype }: Spec): Value {
    return this.#keep(this.upload((dtype === 'int32' ? new Int32Array(sizeOf(shape)) : new Float32Array(sizeOf(shape))).fill(value), shape));
  }

  update(update: Update): Value[] { return this.#runUpdate(this, update); }

  view(value: Value): Value {
    return this.run({ op: 'Identity', inputs: [value], attributes: { T: { type: value.dtype } }, outputs: [value] })[0] as Value;
  }

  /** A tensor with these values; the caller deletes it. */
  upload(values: Float32Array | Int32Array, shape: number[]): Value {
    const dtype = values instanceof Int32Array ? 'int32' : 'float32';
    return { shape, dtype, handle: this.#binding.copyTensor(shape, dtypes[dtype], values), node: null };
  }

  /** Runs a kernel and deletes what it made and did not give out, also where it throws. */
  scope(kernel: () => Value[]): Value[] {
    this.#made = [];
    let outputs: Value[] = [];
    try {
      outputs = kernel();
      return outputs;
    } finally {
      for (const value of this.#made) if (!outputs.includes(value)) this.#binding.deleteTensor(value.handle as number);
      this.#made = [];
    }
  }

  /** Deletes what was kept for later. */
  dispose(): void {
    for (const { handle } of this.#constants.values()) this.#binding.deleteTensor(handle as number);
    this.#constants.clear();
  }

  #keep(value: Value): Value {
    this.#made.push(value);
    return value;
  }
}
