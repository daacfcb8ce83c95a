// Poolings over NHWC images.
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { defineGradient, runOne } from './run.ts';
import type { PoolAttributes } from './vocabulary.ts';

/** Largest value of each window; pads count as -∞. The gradient goes to the first maximum in row-major order. */
export function maxPool2d(x: Tensor4D, attributes: PoolAttributes): Tensor4D {
  return runOne('LabMaxPool2D', { x }, attributes);
}

/** Mean of each window, without padding. */
export function averagePool2d(x: Tensor4D, attributes: { size: number; stride: number }): Tensor4D {
  return runOne('LabAveragePool2D', { x }, attributes);
}

/** Mean over height and width: [N, H, W, C] → [N, C]. */
export function globalAveragePool(x: Tensor4D): Tensor2D {
  return runOne('LabGlobalAveragePool', { x });
}

defineGradient('LabMaxPool2D', {
  inputs: ['x'],
  outputs: [true],
  gradient: (dy, [x, y], attributes) => ({
    x: () => runOne('LabMaxPool2DGradient', { dy: dy as Tensor, x: x as Tensor, y: y as Tensor }, attributes),
  }),
});

defineGradient('LabAveragePool2D', {
  inputs: ['x'],
  gradient: (dy, [x], attributes) => ({
    x: () => runOne('LabAveragePool2DGradient', { dy: dy as Tensor }, { ...attributes, inputShape: (x as Tensor).shape }),
  }),
});

defineGradient('LabGlobalAveragePool', {
  inputs: ['x'],
  gradient: (dy, [x]) => ({
    x: () => runOne('LabGlobalAveragePoolGradient', { dy: dy as Tensor }, { inputShape: (x as Tensor).shape }),
  }),
});
