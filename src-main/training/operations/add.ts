// The sum of two branches. tfjs-core keeps its gradients in a bundle of its own; the one of Add that we need is declared here.
import { add as tfAdd, registerGradient, reshape, type Tensor } from '@tensorflow/tfjs-core';

/** a + b for equal shapes. */
export function add<T extends Tensor>(a: T, b: T): T {
  return tfAdd(a, b) as T;
}

registerGradient({
  kernelName: 'Add',
  gradFunc: (dy) => {
    const sum = dy as Tensor;
    return { a: () => reshape(sum, sum.shape), b: () => reshape(sum, sum.shape) };
  },
});
