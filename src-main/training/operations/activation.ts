// Activations: ReLU and the exact GELU, x·Φ(x) by erf, as torch.nn.GELU().
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineGradient, runOne } from './run.ts';

/** max(x, 0) */
export function relu<T extends Tensor>(x: T): T {
  return runOne('LabRelu', { x });
}

/** x · (1 + erf(x / √2)) / 2 */
export function gelu<T extends Tensor>(x: T): T {
  return runOne('LabGelu', { x });
}

defineGradient('LabRelu', {
  outputs: [true],
  gradient: (dy, [y]) => ({ x: () => runOne('LabReluGradient', { dy: dy as Tensor, y: y as Tensor }) }),
});

defineGradient('LabGelu', {
  inputs: ['x'],
  gradient: (dy, [x]) => ({ x: () => runOne('LabGeluGradient', { dy: dy as Tensor, x: x as Tensor }) }),
});
