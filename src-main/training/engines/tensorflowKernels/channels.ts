// Batch normalisation, running statistics and bias gradients.
import type { BatchNormAttributes, RunningStatisticsAttributes } from '#operations/vocabulary';
import type { Sink, Spec, Value } from '../tensorflow/sink.ts';
import { arithmetic, input, one, reshape, rowsOf, T, unary, type Kernel } from './algebra.ts';

const attributesOf = (eps: number, training: boolean) => ({
  T, U: T, epsilon: { float: eps }, data_format: { string: 'NHWC' }, is_training: { bool: training },
});

const asImages = (sink: Sink, x: Value): Value => (x.shape.length === 4 ? x : reshape(sink, x, rowsOf(x)));
const backTo = (sink: Sink, y: Value, { shape }: Value): Value => (shape.length === 4 ? y : reshape(sink, y, shape));
const empty = (sink: Sink) => sink.constant(new Float32Array(0), [0]);

/** Fused batch norm: y, mean, unbiased variance, and what its gradient wants: mean, and the biased variance (CPU) or 1 / deviation (GPU). */
function fused(sink: Sink, inputs: Value[], { x, eps, training }: { x: Value; eps: number; training: boolean }): Value[] {
  const vector: Spec = { shape: [x.shape.at(-1) ?? 1], dtype: 'float32' };
  const attributes = { ...attributesOf(eps, training), exponential_avg_factor: { float: 1 } };
  // The size of the sixth output is the kernel's own affair; we never use it, and an eager run need not give it out.
  return sink.run({ op: 'FusedBatchNormV3', inputs, attributes, outputs: [{ shape: x.shape, dtype: 'float32' }, vector, vector, vector, vector, { shape: [-1], dtype: 'float32' }] });
}

export const batchNormTraining: Kernel<BatchNormAttributes> = (sink, inputs, { eps }) => {
  const x = asImages(sink, input(inputs, 'x'));
  const [y, mean, unbiased, , saved] = fused(sink, [x, input(inputs, 'gamma'), input(inputs, 'beta'), empty(sink), empty(sink)], { x, eps, training: true });
  const rows = rowsOf(x)[2] as number;
  const { mul } = arithmetic(sink);
  const variance = sink.traits.gpu ? mul(unbiased as Value, rows > 1 ? (rows - 1) / rows : 1) : (saved as Value);
  return [backTo(sink, y as Value, input(inputs, 'x')), mean as Value, variance];
};

export const batchNormGradient: Kernel<BatchNormAttributes> = (sink, inputs, { eps }) => {
  const [dy, x] = [asImages(sink, input(inputs, 'dy')), asImages(sink, input(inputs, 'x'))];
  const [gamma, mean, variance] = [input(inputs, 'gamma'), input(inputs, 'mean'), input(inputs, 'variance')];
  const saved = sink.traits.gpu ? unary(sink, 'Rsqrt', arithmetic(sink).add(variance, eps)) : variance;
  const vector: Spec = { shape: gamma.shape, dtype: 'float32' };
  const nothing: Spec = { shape: [0], dtype: 'float32' };
  const [dx, dgamma, dbeta] = sink.run({
    op: 'FusedBatchNormGradV3', inputs: [dy, x, gamma, mean, saved, empty(sink)], attributes: attributesOf(eps, true),
    outputs: [{ shape: x.shape, dtype: 'float32' }, vector, vector, nothing, nothing],
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
  return [one(sink, { op: 'BiasAddGrad', inputs: [dy], attributes: { T, data_format: { string: 'NHWC' } }, shape: [dy.shape.at(-1) ?? 1] })];
};
