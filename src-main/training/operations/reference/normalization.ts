// References of batch normalisation: training, gradient, inference, running statistics.
import type { BatchNormAttributes, RunningStatisticsAttributes } from '../vocabulary.ts';
import { operand, zeros, type Operand, type Reference } from './define.ts';

/** Sums of `term(index)` per channel, in float64. */
function channelSums(channels: number, count: number, term: (index: number) => number): Float64Array {
  const sums = new Float64Array(channels);
  for (let index = 0; index < count; index += 1) sums[index % channels] = (sums[index % channels] as number) + term(index);
  return sums;
}

const at = (tensor: Operand, index: number) => tensor.values[index] as number;

function mapImage(x: Operand, value: (index: number, channel: number) => number): Operand {
  const channels = x.shape.at(-1) ?? 1;
  return { shape: x.shape, values: x.values.map((_, index) => value(index, index % channels)) };
}

export const batchNormTraining: Reference<BatchNormAttributes> = (inputs, { eps }) => {
  const [x, gamma, beta] = [operand(inputs, 'x'), operand(inputs, 'gamma'), operand(inputs, 'beta')];
  const channels = gamma.values.length;
  const rows = x.values.length / channels;
  const mean = channelSums(channels, x.values.length, (index) => at(x, index) / rows);
  const variance = channelSums(channels, x.values.length, (index) => (at(x, index) - (mean[index % channels] as number)) ** 2 / rows);
  const y = mapImage(x, (index, c) => ((at(x, index) - (mean[c] as number)) / Math.sqrt((variance[c] as number) + eps)) * at(gamma, c) + at(beta, c));
  return [y, { shape: [channels], values: Float32Array.from(mean) }, { shape: [channels], values: Float32Array.from(variance) }];
};

export const batchNormGradient: Reference<BatchNormAttributes> = (inputs, { eps }) => {
  const [dy, x, gamma] = [operand(inputs, 'dy'), operand(inputs, 'x'), operand(inputs, 'gamma')];
  const [mean, variance] = [operand(inputs, 'mean'), operand(inputs, 'variance')];
  const channels = gamma.values.length;
  const rows = x.values.length / channels;
  const normal = (index: number, c: number) => (at(x, index) - at(mean, c)) / Math.sqrt(at(variance, c) + eps);
  const dbeta = channelSums(channels, x.values.length, (index) => at(dy, index));
  const dgamma = channelSums(channels, x.values.length, (index) => at(dy, index) * normal(index, index % channels));
  const dx = mapImage(x, (index, c) => {
    const centred = at(dy, index) - (dbeta[c] as number) / rows - (normal(index, c) * (dgamma[c] as number)) / rows;
    return (at(gamma, c) / Math.sqrt(at(variance, c) + eps)) * centred;
  });
  return [dx, { shape: [channels], values: Float32Array.from(dgamma) }, { shape: [channels], values: Float32Array.from(dbeta) }];
};

export const batchNormInference: Reference<BatchNormAttributes> = (inputs, { eps }) => {
  const [x, gamma, beta] = [operand(inputs, 'x'), operand(inputs, 'gamma'), operand(inputs, 'beta')];
  const [mean, variance] = [operand(inputs, 'mean'), operand(inputs, 'variance')];
  return [mapImage(x, (index, c) => ((at(x, index) - at(mean, c)) / Math.sqrt(at(variance, c) + eps)) * at(gamma, c) + at(beta, c))];
};

export const runningStatistics: Reference<RunningStatisticsAttributes> = (inputs, { momentum, count }) => {
  const unbias = count > 1 ? count / (count - 1) : 1;
  const blend = (old: Operand, fresh: Operand, factor: number): Operand => {
    const result = zeros(old.shape);
    result.values.forEach((_, c) => { result.values[c] = (1 - momentum) * at(old, c) + momentum * factor * at(fresh, c); });
    return result;
  };
  return [
    blend(operand(inputs, 'runningMean'), operand(inputs, 'mean'), 1),
    blend(operand(inputs, 'runningVariance'), operand(inputs, 'variance'), unbias),
  ];
};
