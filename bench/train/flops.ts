// Counts the floating-point operations of a training step: those of convolutions and linear layers, two per multiply-add.
import { engine, tensor, tidy, type NamedAttrMap, type NamedTensorMap, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Model } from '#training';

const size = (shape: number[]) => shape.reduce((product, side) => product * side, 1);

/** Multiply-adds of one kernel call per element of its output. */
function termsOf(kernel: string, inputs: Record<string, Tensor>): number {
  const { filter, weight } = inputs;
  if (kernel === 'LabConv2D') return size((filter as Tensor).shape.slice(0, 3));
  if (kernel === 'LabDepthwiseConv2D') return size((filter as Tensor).shape.slice(0, 2));
  return kernel === 'LabLinear' ? ((weight as Tensor).shape[1] as number) : 0;
}

/**
 * Runs the model forward on one picture, on the engine in use, and counts.
 * @param shape [batch, height, width, channels]
 * @returns operations of a step: forward, and twice that for the gradients, less the gradient of the pictures that nobody asks for
 */
export function flopsPerStep(model: Model, [batch, height, width, channels]: [number, number, number, number]): number {
  const tfjs = engine();
  const original = tfjs.runKernel.bind(tfjs);
  const counts: number[] = [];
  tfjs.runKernel = <T extends Tensor | Tensor[]>(name: string, inputs: NamedTensorMap, attributes?: NamedAttrMap) => {
    const outputs = original<T>(name, inputs, attributes);
    const terms = termsOf(name, inputs);
    if (terms > 0) counts.push(2 * terms * size((outputs as Tensor).shape));
    return outputs;
  };
  try {
    tidy(() => model.forward(tensor(new Float32Array(height * width * channels), [1, height, width, channels]) as Tensor4D, false));
  } finally {
    Reflect.deleteProperty(tfjs, 'runKernel');
  }
  return batch * (3 * counts.reduce((sum, count) => sum + count, 0) - (counts[0] ?? 0));
}
