// Batch normalisation, running statistics and bias gradients.
import type { BatchNormAttributes, RunningStatisticsAttributes } from '#operations/vocabulary';
import type { Sink, Spec, Value } from '../tensorflow/sink.ts';
import { arithmetic, empty, input, one, reshape, rowsOf, T, unary, type Kernel } from './algebra.ts';

const attributesOf = (eps: number, training: boolean) => ({
  T, U: T, epsilon: { float: eps }, data_format: { string: 'NHWC' }, is_training: { bool: training },
});

const asImages = (sink: Sink, x: Value): Value => (x.shape.length === 4 ? x : reshape(sink, x, rowsOf(x)));
const backTo = (sink: Sink, y: Value, { shape }: Value): Value => (shape.length === 4 ? y : reshape(sink, y, shape));
/** An output that only TensorFlow's gradient would read, of a size that is its own affair. */
const unused: Spec = { shape: [-1], dtype: 'float32' };

const vectorOf = (x: Value): Spec => ({ shape: [x.shape.at(-1) ?? 1], dtype: 'float32' });

/** Fused batch norm: y, mean, unbiased variance, and what its gradient wants: mean, and the biased variance (CPU) or 1 / deviation (GPU). */
function fused(sink: Sink, inputs: Value[], { x, eps, training }: { x: Value; eps: number; training: boolean }): Value[] {
  const vector = vectorOf(x);
  const attributes = { ...attributesOf(eps, training), exponential_avg_factor: { float: 1 } };
  return sink.run({ op: 'FusedBatchNormV3', inputs, attributes, outputs: [{ shape: x.shape, dtype: 'float32' }, vector, vector, vector, vector, unused] });
}


function ownTraining(sink: Sink, inputs: Record<string, Value>, eps: number): Value[] {
  const x = input(inputs, 'x');
  return sink.run({ op: 'LabBatchNormTraining', inputs: [x, input(inputs, 'gamma'), input(inputs, 'beta')], attributes: { eps: { float: eps } }, outputs: [x, vectorOf(x), vectorOf(x)] });
}

function ownGradient(sink: Sink, inputs: Record<string, Value>, eps: number): Value[] {
  const x = input(inputs, 'x');
  const operands = ['dy', 'x', 'gamma', 'mean', 'variance'].map((name) => input(inputs, name));
  return sink.run({ op: 'LabBatchNormGradient', inputs: operands, attributes: { eps: { float: eps } }, outputs: [x, vectorOf(x), vectorOf(x)] });
}

export const batchNormTraining: Kernel<BatchNormAttributes> = (sink, inputs, { eps }) => {
  if (sink.traits.own) return ownTraining(sink, inputs, eps);
  const x = asImages(sink, input(inputs, 'x'));
  const [y, mean, unbiased, , saved] = fused(sink, [x, input(inputs, 'gamma'), input(inputs, 'beta'), empty(sink), empty(sink)], { x, eps, training: true });
  const rows = rowsOf(x)[2] as number;
  const { mul } = arithmetic(sink);
  const variance = sink.traits.gpu ? mul(unbiased as Value, rows > 1 ? (rows - 1) / rows : 1) : (saved as Value);
  return [backTo(sink, y as Value, input(inputs, 'x')), mean as Value, variance];
};

export const batchNormGradient: Kernel<BatchNormAttributes> = (sink, inputs, { eps }) => {
  if (sink.traits.own) return ownGradient(sink, inputs, eps);
  const [dy, x] = [asImages(sink, input(inputs, 'dy')), asImages(sink, input(inputs, 'x'))];
  const [gamma, mean, variance] = [input(inputs, 'gamma'), input(inputs, 'mean'), input(inputs, 'variance')];
  const saved = sink.traits.gpu ? unary(sink, 'Rsqrt', arithmetic(sink).add(variance, eps)) : variance;
  const vector = vectorOf(x);
  const [dx, dgamma, dbeta] = sink.run({
    op: 'FusedBatchNormGradV3', inputs: [dy, x, gamma, mean, saved, empty(sink)], attributes: attributesOf(eps, true),
    outputs: [{ shape: x.shape, dtype: 'float32' }, vector, vector, unused, unused],
  });
  return [backTo(sink, dx as Value, input(inputs, 'x')), dgamma as Value, dbeta as Value];
};

export const batchNormInference: Kernel<BatchNormAttributes> = (sink, inputs, { eps }) => {
  const x = asImages(sink, input(inputs, 'x'));
  const [y] = fused(sink, [x, ...['gamma', 'beta', 'mean', 'variance'].map((name) => input(inputs, name))], { x, eps, training: false });
  return [backTo(sink, y as Value, input(inputs, 'x'))];
};

export const runningStatistics: Kernel<RunningStatisticsAttributes> = (sink, inputs, { momentum, count }) => {
  const { add, mul } = arithmetic(sink);
  const blend = (old: string, fresh: string, factor: number) => add(mul(input(inputs, old), 1 - momentum), mul(input(inputs, fresh), momentum * factor));
  return [blend('runningMean', 'mean', 1), blend('runningVariance', 'variance', count > 1 ? count / (count - 1) : 1)];
};

export const biasGradient: Kernel = (sink, inputs) => {
  const dy = input(inputs, 'dy');
  if (sink.traits.own) return [one(sink, { op: 'LabBiasGradient', inputs: [dy], shape: [dy.shape.at(-1) ?? 1] })];
  return [one(sink, { op: 'BiasAddGrad', inputs: [dy], attributes: { T, data_format: { string: 'NHWC' } }, shape: [dy.shape.at(-1) ?? 1] })];
};
