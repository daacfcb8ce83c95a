// TensorFlow's operations as functions of values: what kernels are put together from.
import type { Dtype } from '../tensorflow/binding.ts';
import { sizeOf, type Operation, type Sink, type Value } from '../tensorflow/sink.ts';

/** Named inputs and attributes to outputs. */
export type Kernel<A = object> = (sink: Sink, inputs: Record<string, Value>, attributes: A) => Value[];

/** The input of this name; kernels are only called with those of vocabulary.ts. */
export function input(inputs: Record<string, Value>, name: string): Value {
  const found = inputs[name];
  if (found === undefined) throw new Error(`The kernel got no input ${name}.`);
  return found;
}

/** An operation with one output. */
export function one(sink: Sink, operation: Omit<Operation, 'outputs'> & { shape: number[]; dtype?: Dtype }): Value {
  const { op, inputs, attributes = {}, shape, dtype = 'float32' } = operation;
  return sink.run({ op, inputs, attributes, outputs: [{ shape, dtype }] })[0] as Value;
}

export const T = { type: 'float32' } as const;

/** The shape that two shapes broadcast to. */
function broadcast(a: number[], b: number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const sideOf = (shape: number[], axis: number) => shape[axis - (rank - shape.length)] ?? 1;
  return Array.from({ length: rank }, (_, axis) => Math.max(sideOf(a, axis), sideOf(b, axis)));
}

export const scalar = (sink: Sink, value: number): Value => sink.constant(Float32Array.of(value), []);
/** A tensor of nothing: what an operation takes where there is none. */
export const empty = (sink: Sink): Value => sink.constant(new Float32Array(0), [0]);
export const integers = (sink: Sink, values: number[]): Value => sink.constant(Int32Array.from(values), [values.length]);

type Term = Value | number;
const valueOf = (sink: Sink, term: Term) => (typeof term === 'number' ? scalar(sink, term) : term);

/** a ∘ b of float32 values, either of which may be a number. */
export function binary(sink: Sink, op: 'AddV2' | 'Sub' | 'Mul' | 'RealDiv' | 'Minimum' | 'Maximum' | 'DivNoNan', [a, b]: [Term, Term]): Value {
  const inputs = [valueOf(sink, a), valueOf(sink, b)] as const;
  return one(sink, { op, inputs: [...inputs], attributes: { T }, shape: broadcast(inputs[0].shape, inputs[1].shape) });
}

export const unary = (sink: Sink, op: string, x: Value): Value => one(sink, { op, inputs: [x], attributes: { T: { type: x.dtype } }, shape: x.shape, dtype: x.dtype });

/** Arithmetic on a sink, for formulas. */
export const arithmetic = (sink: Sink) => ({
  add: (...terms: Term[]) => terms.reduce((sum, term) => binary(sink, 'AddV2', [sum, term])) as Value,
  sub: (a: Term, b: Term) => binary(sink, 'Sub', [a, b]),
  mul: (...terms: Term[]) => terms.reduce((product, term) => binary(sink, 'Mul', [product, term])) as Value,
  div: (a: Term, b: Term) => binary(sink, 'RealDiv', [a, b]),
  min: (a: Term, b: Term) => binary(sink, 'Minimum', [a, b]),
  sqrt: (x: Value) => unary(sink, 'Sqrt', x),
  square: (x: Value) => unary(sink, 'Square', x),
});

/** Whether a comparison holds, element by element; bool. */
export const compare = (sink: Sink, op: 'Greater' | 'GreaterEqual' | 'Less', [a, b]: [Value, Value]): Value =>
  one(sink, { op, inputs: [a, b], attributes: { T: { type: a.dtype } }, shape: broadcast(a.shape, b.shape), dtype: 'bool' });

/** `yes` where the condition holds, else `no`; the condition broadcasts. */
export const select = (sink: Sink, condition: Value, [yes, no]: [Value, Value]): Value =>
  one(sink, { op: 'SelectV2', inputs: [condition, yes, no], attributes: { T }, shape: broadcast(condition.shape, broadcast(yes.shape, no.shape)) });

export function cast(sink: Sink, x: Value, dtype: Dtype): Value {
  if (x.dtype === dtype) return x;
  return one(sink, { op: 'Cast', inputs: [x], attributes: { SrcT: { type: x.dtype }, DstT: { type: dtype }, Truncate: { bool: false } }, shape: x.shape, dtype });
}

export const reshape = (sink: Sink, x: Value, shape: number[]): Value =>
  one(sink, { op: 'Reshape', inputs: [x, integers(sink, shape)], attributes: { T: { type: x.dtype }, Tshape: { type: 'int32' } }, shape, dtype: x.dtype });

/** Sum or mean over axes. */
export function reduce(sink: Sink, op: 'Sum' | 'Mean', { x, axes, keep = false }: { x: Value; axes: number[]; keep?: boolean }): Value {
  const shape = keep ? x.shape.map((side, axis) => (axes.includes(axis) ? 1 : side)) : x.shape.filter((_, axis) => !axes.includes(axis));
  return one(sink, { op, inputs: [x, integers(sink, axes)], attributes: { T, Tidx: { type: 'int32' }, keep_dims: { bool: keep } }, shape });
}

/** Element `index` of a vector, as a scalar. */
export const element = (sink: Sink, x: Value, index: number): Value => one(sink, {
  op: 'StridedSlice',
  inputs: [x, integers(sink, [index]), integers(sink, [index + 1]), integers(sink, [1])],
  attributes: { T, Index: { type: 'int32' }, begin_mask: { int: 0 }, end_mask: { int: 0 }, ellipsis_mask: { int: 0 }, new_axis_mask: { int: 0 }, shrink_axis_mask: { int: 1 } },
  shape: [],
});

/** An image batch's view of any tensor over its last axis: [1, 1, rows, channels]. */
export const rowsOf = ({ shape }: Value): number[] => [1, 1, sizeOf(shape) / (shape.at(-1) ?? 1), shape.at(-1) ?? 1];
