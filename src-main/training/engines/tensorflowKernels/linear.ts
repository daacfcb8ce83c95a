// The linear layer, and softmax cross entropy with integer labels.
import type { Sink, Spec, Value } from '../tensorflow/sink.ts';
import { arithmetic, binary, cast, compare, input, one, reduce, scalar, T, unary, type Kernel } from './algebra.ts';
import { addBias } from './convolution.ts';
import { inMixed } from './mixed.ts';

type Product = { inputs: [Value, Value]; shape: number[]; transpose?: [boolean, boolean]; gradient?: number };

const product = (sink: Sink, { inputs, shape, transpose: [a, b] = [false, false], gradient }: Product): Value =>
  inMixed(sink, { inputs, ...(gradient === undefined ? {} : { gradient }) }, (lowered) => one(sink, {
    op: 'MatMul', inputs: lowered, dtype: lowered[0]!.dtype, shape,
    attributes: { T: { type: lowered[0]!.dtype }, transpose_a: { bool: a }, transpose_b: { bool: b } },
  }));

export const linear: Kernel = (sink, inputs) => {
  const [x, weight] = [input(inputs, 'x'), input(inputs, 'weight')];
  const y = product(sink, { inputs: [x, weight], transpose: [false, true], shape: [x.shape[0] ?? 0, weight.shape[0] ?? 0] });
  return [addBias(sink, y, inputs.bias)];
};

export const linearInputGradient: Kernel = (sink, inputs) => {
  const [dy, weight] = [input(inputs, 'dy'), input(inputs, 'weight')];
  return [product(sink, { inputs: [dy, weight], gradient: 0, shape: [dy.shape[0] ?? 0, weight.shape[1] ?? 0] })];
};

export const linearWeightGradient: Kernel = (sink, inputs) => {
  const [x, dy] = [input(inputs, 'x'), input(inputs, 'dy')];
  return [product(sink, { inputs: [dy, x], transpose: [true, false], gradient: 0, shape: [dy.shape[1] ?? 0, x.shape[1] ?? 0] })];
};

const zero = (sink: Sink) => sink.constant(Int32Array.of(0), []);
/** 1 for rows that have a label, 0 for those that are left out. */
const labelled = (sink: Sink, labels: Value) => cast(sink, compare(sink, 'GreaterEqual', [labels, zero(sink)]), 'float32');

export const softmaxCrossEntropy: Kernel = (sink, inputs) => {
  const [logits, labels] = [input(inputs, 'logits'), input(inputs, 'labels')];
  const number: Spec = { shape: [], dtype: 'float32' };
  if (sink.traits.own) return sink.run({ op: 'LabSoftmaxCrossEntropy', inputs: [logits, labels], outputs: [number, logits, number] });
  const { mul, div } = arithmetic(sink);
  const rows = [logits.shape[0] ?? 0];
  const counted = labelled(sink, labels);
  const known = one(sink, { op: 'Maximum', inputs: [labels, zero(sink)], attributes: { T: { type: 'int32' } }, shape: rows, dtype: 'int32' });
  const [losses] = sink.run({
    op: 'SparseSoftmaxCrossEntropyWithLogits', inputs: [logits, known], attributes: { T, Tlabels: { type: 'int32' } },
    outputs: [{ shape: rows, dtype: 'float32' }, logits],
  });
  const total = (x: Value) => reduce(sink, 'Sum', { x, axes: [0] });
  const guess = one(sink, {
    op: 'ArgMax', inputs: [logits, sink.constant(Int32Array.of(1), [])], attributes: { T, Tidx: { type: 'int32' }, output_type: { type: 'int32' } }, shape: rows, dtype: 'int32',
  });
  const right = one(sink, { op: 'Equal', inputs: [guess, labels], attributes: { T: { type: 'int32' }, incompatible_shape_error: { bool: true } }, shape: rows, dtype: 'bool' });
  return [div(total(mul(losses as Value, counted)), total(counted)), unary(sink, 'Softmax', logits), total(cast(sink, right, 'float32'))];
};

export const softmaxCrossEntropyGradient: Kernel = (sink, inputs) => {
  const [dloss, probabilities, labels] = [input(inputs, 'dloss'), input(inputs, 'probabilities'), input(inputs, 'labels')];
  if (sink.traits.own) return [one(sink, { op: 'LabSoftmaxCrossEntropyGradient', inputs: [dloss, probabilities, labels], shape: probabilities.shape })];
  const { mul, sub } = arithmetic(sink);
  const [rows = 0, classes = 0] = probabilities.shape;
  const counted = labelled(sink, labels);
  const column = one(sink, { op: 'ExpandDims', inputs: [counted, sink.constant(Int32Array.of(1), [])], attributes: { T, Tdim: { type: 'int32' } }, shape: [rows, 1] });
  // A label of -1 is a row of zeros.
  const wanted = one(sink, {
    op: 'OneHot', inputs: [labels, sink.constant(Int32Array.of(classes), []), scalar(sink, 1), scalar(sink, 0)],
    attributes: { T, TI: { type: 'int32' }, axis: { int: -1 } }, shape: probabilities.shape,
  });
  const scale = binary(sink, 'DivNoNan', [dloss, reduce(sink, 'Sum', { x: counted, axes: [0] })]);
  return [mul(sub(mul(probabilities, column), wanted), scale)];
};
