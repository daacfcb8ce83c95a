// What happens to gradients: global norm with clipping and skipping, and the optimizers' fused updates.
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { runMany, runOne } from './run.ts';

/**
 * @param inputs loss, limits [2] = (maxNorm, skipThreshold), 0 switching either off, and the gradients
 * @returns control [3]: norm before clipping, scale, apply (0 where the step must be skipped)
 */
export function gradientControl(inputs: { loss: Scalar; limits: Tensor1D; gradients: Tensor[] }): Tensor1D {
  const numbered = Object.fromEntries(inputs.gradients.map((gradient, index) => [`g${index}`, gradient]));
  return runOne('LabGradientControl', { loss: inputs.loss, hyper: inputs.limits, ...numbered }, { count: inputs.gradients.length });
}

type Update = { parameter: Tensor; gradient: Tensor; hyper: Tensor; control: Tensor };

/** New parameter, mu, bg, bhg; hyper as in vocabulary.ts. */
export function vsgdUpdate(inputs: Update & { mu: Tensor; bg: Tensor; bhg: Tensor }): Tensor[] {
  return runMany('LabVsgdUpdate', inputs);
}

/** New parameter, m, v; `decoupled` makes it AdamW. */
export function adamUpdate(inputs: Update & { m: Tensor; v: Tensor }, decoupled: boolean): Tensor[] {
  return runMany('LabAdamUpdate', inputs, { decoupled });
}

/** New parameter and momentum buffer. */
export function sgdUpdate(inputs: Update & { buffer: Tensor }, nesterov: boolean): Tensor[] {
  return runMany('LabSgdUpdate', inputs, { nesterov });
}
