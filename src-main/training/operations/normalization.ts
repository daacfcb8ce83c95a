// Batch normalisation over all but the last axis, as torch.nn.BatchNorm2d: biased variance to normalise, unbiased to remember.
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { defineGradient, runMany, runOne } from './run.ts';
import type { RunningStatisticsAttributes } from './vocabulary.ts';

type Affine = { x: Tensor4D; gamma: Tensor1D; beta: Tensor1D };

/** Normalises with the batch's own mean and variance (both [C], the variance biased). */
export function batchNormTraining(inputs: Affine, eps: number): { y: Tensor4D; mean: Tensor1D; variance: Tensor1D } {
  const [y, mean, variance] = runMany('LabBatchNormTraining', inputs, { eps });
  return { y: y as Tensor4D, mean: mean as Tensor1D, variance: variance as Tensor1D };
}

/** Normalises with remembered statistics. */
export function batchNormInference(inputs: Affine & { mean: Tensor1D; variance: Tensor1D }, eps: number): Tensor4D {
  return runOne('LabBatchNormInference', inputs, { eps });
}

/** New running statistics: (1 - momentum)·old + momentum·new, the variance unbiased by count / (count - 1). */
export function runningStatistics(
  inputs: { runningMean: Tensor1D; runningVariance: Tensor1D; mean: Tensor1D; variance: Tensor1D },
  attributes: RunningStatisticsAttributes,
): [mean: Tensor1D, variance: Tensor1D] {
  return runMany('LabRunningStatistics', inputs, attributes) as [Tensor1D, Tensor1D];
}

defineGradient('LabBatchNormTraining', {
  inputs: ['x', 'gamma'],
  outputs: [false, true, true],
  gradient: (dys, [x, gamma, mean, variance], attributes) => {
    // All three at once and before tfjs asks for them one by one, each in a scope that would dispose the others.
    const [dx, dgamma, dbeta] = runMany('LabBatchNormGradient', {
      dy: (dys as Tensor[])[0] as Tensor, x: x as Tensor, gamma: gamma as Tensor, mean: mean as Tensor, variance: variance as Tensor,
    }, attributes);
    return { x: () => dx as Tensor, gamma: () => dgamma as Tensor, beta: () => dbeta as Tensor };
  },
});
