// Lowerings of the linear layer and the loss.
import type { Sink } from '../wasm/sink.ts';
import { input, output, up, type Lowering, type Operand } from './lower.ts';
import { cut, oneTap, outer, packForOuter, plainRows, product, type Weights } from './matrix.ts';

/** x with its columns filled up to a multiple of four. */
function framed(sink: Sink, x: Operand): { block: Operand['block']; columns: number; release(): void } {
  const [rows = 0, columns = 0] = x.shape;
  const wide = up(columns, 4);
  if (wide === columns) return { block: x.block, columns, release: () => {} };
  const block = sink.allocate(4 * rows * wide);
  sink.emit('padImages', 1, [rows, rows, 1, 1, columns, 1, 1, wide, 0, 0, x.block, block]);
  return { block, columns: wide, release: () => sink.free(block) };
}

function multiply(sink: Sink, { x, bias }: { x: Operand; bias?: Operand | undefined }, weights: Weights): Operand {
  const rows = x.shape[0] ?? 0;
  const source = framed(sink, x);
  const wide = up(weights.columns, 8);
  const y = output(sink, [rows, weights.columns]);
  const target = wide === weights.columns ? y.block : sink.allocate(4 * rows * wide);
  product(sink, { x: source.block, y: target, bias: bias?.block ?? 0 }, { rows: plainRows(sink, rows, { from: source.columns, to: wide }), taps: oneTap(sink), weights });
  if (target !== y.block) cut(sink, target, { rows, from: wide, to: weights.columns, y: y.block });
  source.release();
  return y;
}

export const linear: Lowering = (sink, inputs) => {
  const [x, weight] = [input(inputs, 'x'), input(inputs, 'weight')];
  const [columns = 0, depth = 0] = weight.shape;
  return [multiply(sink, { x, bias: inputs.bias }, { w: weight.block, tapStride: 0, depthStride: 1, columnStride: depth, depth, columns })];
};

export const linearInputGradient: Lowering = (sink, inputs) => {
  const [dy, weight] = [input(inputs, 'dy'), input(inputs, 'weight')];
  const [depth = 0, columns = 0] = weight.shape;
  return [multiply(sink, { x: dy }, { w: weight.block, tapStride: 0, depthStride: columns, columnStride: 1, depth, columns })];
};

export const linearWeightGradient: Lowering = (sink, inputs) => {
  const [x, dy] = [input(inputs, 'x'), input(inputs, 'dy')];
  const [count = 0, columns = 0] = x.shape;
  const outputs = dy.shape[1] ?? 0;
  const wide = up(columns, 8);
  const dw = output(sink, [outputs, columns]);
  const packed = packForOuter(sink, x);
  const target = wide === columns ? dw.block : sink.allocate(4 * outputs * wide);
  outer(sink, { x: dy.block, rows: plainRows(sink, count, { from: outputs, to: 0 }), taps: oneTap(sink), channels: outputs, packed }, { filter: target, pitch: wide });
  sink.free(packed.packed);
  if (target !== dw.block) cut(sink, target, { rows: outputs, from: wide, to: columns, y: dw.block });
  return [dw];
};

export const softmaxCrossEntropy: Lowering = (sink, inputs) => {
  const [logits, labels] = [input(inputs, 'logits'), input(inputs, 'labels')];
  const [rows = 0, classes = 0] = logits.shape;
  const [loss, probabilities, correct] = [output(sink, []), output(sink, logits.shape), output(sink, [])];
  sink.emit('softmaxCrossEntropy', 1, [rows, classes, logits.block, labels.block, loss.block, probabilities.block, correct.block]);
  return [loss, probabilities, correct];
};

export const softmaxCrossEntropyGradient: Lowering = (sink, inputs) => {
  const [dloss, probabilities, labels] = ['dloss', 'probabilities', 'labels'].map((name) => input(inputs, name)) as [Operand, Operand, Operand];
  const dlogits = output(sink, probabilities.shape);
  sink.emit('softmaxCrossEntropyGradient', 1, [probabilities.shape[0] ?? 0, probabilities.shape[1] ?? 0, dloss.block, probabilities.block, labels.block, dlogits.block]);
  return [dlogits];
};
