// The compiled binding as TypeScript sees it: the calls of the package's that we use, and ours (tensorflowNative/module.cc).

/** Element types that we use, by TensorFlow's numbers. */
export const dtypes = { float32: 1, int32: 3, bool: 10, bfloat16: 14, float16: 19 } as const;
export type Dtype = keyof typeof dtypes;

/** An operation's attribute. */
export type Attribute =
  | { string: string } | { int: number } | { ints: number[] } | { float: number } | { bool: boolean } | { type: Dtype };
export type Attributes = Record<string, Attribute>;

type Output = { id: number; shape: number[]; dtype: number };

export interface Binding {
  readonly TF_Version: string;
  /** Runs an operation, or a function that was added, on tensors by their ids. */
  executeOp(name: string, attributes: { name: string; type: number; value: unknown }[], ids: number[], outputs: number): Output[];
  /** A copy of a tensor's values. */
  tensorDataSync(id: number): Float32Array | Int32Array;
  deleteTensor(id: number): void;
  getNumOfTensors(): number;
  isUsingGpuDevice(): boolean;
  /** A tensor with a copy of the values; its id. */
  copyTensor(shape: number[], dtype: number, values: Float32Array | Int32Array): number;
  /** Makes a function out of a GraphDef: inputs and outputs by "node:index". */
  addFunction(name: string, graphDef: Uint8Array, inputs: string[], outputs: string[]): void;
  removeFunction(name: string): void;
  listDevices(): { name: string; type: string }[];
  /** Threads of our own kernels; before the first runs. */
  setThreads(count: number): void;
}

// TF_AttrType of TensorFlow's C interface.
const kinds = { string: 0, int: 1, ints: 1, float: 2, bool: 3, type: 4 } as const;

/** Attributes in the form that the binding takes. */
export function encodeAttributes(attributes: Attributes): { name: string; type: number; value: unknown }[] {
  return Object.entries(attributes).map(([name, attribute]) => {
    const [kind, value] = Object.entries(attribute)[0] as [keyof typeof kinds, unknown];
    return { name, type: kinds[kind], value: kind === 'type' ? dtypes[value as Dtype] : value };
  });
}
