// A model's named tensors: PyTorch's state_dict names, shapes and element order outside, the engine's layout inside.
import { tensor, tidy, variable, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { normals, uniforms } from '#contract';

/** How the engine lays a tensor out: as PyTorch does, OIHW → HWIO, or [C, 1, k, k] → [k, k, C]. */
export type Layout = 'same' | 'conv' | 'depthwise';
/** Initial values in PyTorch's element order. */
export type Initializer = { kind: 'normal'; deviation: number } | { kind: 'uniform'; bound: number } | { kind: 'constant'; value: number };

export type NamedTensor = { name: string; shape: number[]; layout: Layout; variable: Variable };

/** The permutation of axes from PyTorch's layout to the engine's. */
const axes: Record<Exclude<Layout, 'same'>, number[]> = { conv: [2, 3, 1, 0], depthwise: [2, 3, 0, 1] };

/** Moves elements: the result's axis k is the source's axis `order[k]`. */
export function permuteAxes(values: Float32Array, shape: number[], order: number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, side) => product * side, 1));
  const target = order.map((axis) => shape[axis] as number);
  const steps = order.map((axis) => strides[axis] as number);
  const result = new Float32Array(values.length);
  const index = target.map(() => 0);
  let source = 0;
  for (let at = 0; at < result.length; at += 1) {
    result[at] = values[source] as number;
    for (let axis = target.length - 1; axis >= 0; axis -= 1) {
      index[axis] = (index[axis] as number) + 1;
      source += steps[axis] as number;
      if ((index[axis] as number) < (target[axis] as number)) break;
      source -= (steps[axis] as number) * (target[axis] as number);
      index[axis] = 0;
    }
  }
  return result;
}

/** Values in PyTorch's order → the engine's order. `shape` is PyTorch's. */
export function fromTorch({ shape, layout }: Pick<NamedTensor, 'shape' | 'layout'>, values: Float32Array): Float32Array {
  return layout === 'same' ? values : permuteAxes(values, shape, axes[layout]);
}

/** Values in the engine's order → PyTorch's order. */
export function toTorch({ shape, layout }: Pick<NamedTensor, 'shape' | 'layout'>, values: Float32Array): Float32Array {
  if (layout === 'same') return values;
  const order = axes[layout];
  const engineShape = order.map((axis) => shape[axis] as number);
  const inverse = order.map((_, axis) => order.indexOf(axis));
  return permuteAxes(values, engineShape, inverse);
}

function engineShape(shape: number[], layout: Layout): number[] {
  if (layout === 'same') return shape;
  const permuted = axes[layout].map((axis) => shape[axis] as number);
  return layout === 'depthwise' ? permuted.slice(0, 3) : permuted;
}

function initialValues(count: number, initializer: Initializer, stream: { seed: number; index: number }): Float32Array {
  if (initializer.kind === 'constant') return new Float32Array(count).fill(initializer.value);
  if (initializer.kind === 'normal') {
    const draw = normals(stream.seed, 'initialization', stream.index);
    return Float32Array.from({ length: count }, () => draw() * initializer.deviation);
  }
  const draw = uniforms(stream.seed, 'initialization', stream.index);
  return Float32Array.from({ length: count }, () => (2 * draw() - 1) * initializer.bound);
}

/** Collects a model's tensors while it is built; the k-th parameter draws its values from stream k. */
export class ParameterList {
  readonly parameters: NamedTensor[] = [];
  readonly buffers: NamedTensor[] = [];
  readonly #seed: number | null;

  /** @param seed of the initial values; null: only shapes are noted, no tensor is made, and the forward function must not be called */
  constructor(seed: number | null) {
    this.#seed = seed;
  }

  /** Adds a trainable tensor; `shape` is PyTorch's. */
  add(name: string, shape: number[], { layout = 'same', init }: { layout?: Layout; init: Initializer }): Variable {
    const count = shape.reduce((product, side) => product * side, 1);
    if (this.#seed === null) return this.#note(this.parameters, { name, shape, layout });
    const values = initialValues(count, init, { seed: this.#seed, index: this.parameters.length });
    return this.#keep(this.parameters, { name, shape, layout, values });
  }

  /** Adds a tensor that training renews but no optimizer touches. */
  addBuffer(name: string, shape: number[], value: number): Variable {
    if (this.#seed === null) return this.#note(this.buffers, { name, shape, layout: 'same' });
    const values = new Float32Array(shape.reduce((product, side) => product * side, 1)).fill(value);
    return this.#keep(this.buffers, { name, shape, layout: 'same', values });
  }

  #note(list: NamedTensor[], tensorFacts: Omit<NamedTensor, 'variable'>): Variable {
    const absent = undefined as unknown as Variable;
    list.push({ ...tensorFacts, variable: absent });
    return absent;
  }

  #keep(list: NamedTensor[], { name, shape, layout, values }: Omit<NamedTensor, 'variable'> & { values: Float32Array }): Variable {
    const made = tidy(() => variable(tensor(fromTorch({ shape, layout }, values), engineShape(shape, layout)) as Tensor, true));
    list.push({ name, shape, layout, variable: made });
    return made;
  }
}
