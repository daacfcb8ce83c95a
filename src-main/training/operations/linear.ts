// The linear layer, y = x·Wᵀ + b, as torch.nn.Linear.
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { defineGradient, runOne } from './run.ts';

/** x [N, in], weight [out, in], bias [out] → y [N, out] */
export function linear(inputs: { x: Tensor2D; weight: Tensor2D; bias: Tensor1D }): Tensor2D {
  return runOne('LabLinear', inputs);
}

defineGradient('LabLinear', {
  inputs: ['x', 'weight'],
  gradient: (dy, [x, weight]) => ({
    x: () => runOne('LabLinearInputGradient', { dy: dy as Tensor, weight: weight as Tensor }),
    weight: () => runOne('LabLinearWeightGradient', { x: x as Tensor, dy: dy as Tensor }),
    bias: () => runOne('LabBiasGradient', { dy: dy as Tensor }),
  }),
});
