// Convolutions: grouped 2-D with any stride, and depthwise. NHWC images, HWIO filters, explicit pads.
import type { Tensor, Tensor1D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { defineGradient, runOne } from './run.ts';
import type { Conv2DAttributes, Pads } from './vocabulary.ts';

/** Output side of a convolution or pooling window. */
export function outputSide(side: number, size: number, { stride, pads }: { stride: number; pads: Pads }): number {
  return Math.floor((side + pads[0] + pads[1] - size) / stride) + 1;
}

/**
 * 2-D convolution as torch.nn.functional.conv2d.
 * @param inputs x [N, H, W, C], filter [kh, kw, C / groups, O], bias [O] if any
 * @returns y [N, H', W', O]
 */
export function conv2d(inputs: { x: Tensor4D; filter: Tensor4D; bias?: Tensor1D }, attributes: Conv2DAttributes): Tensor4D {
  return runOne('LabConv2D', present(inputs), attributes);
}

/**
 * Depthwise convolution with stride 1: each channel has a filter of its own.
 * @param inputs x [N, H, W, C], filter [kh, kw, C], bias [C] if any
 * @returns y [N, H', W', C]
 */
export function depthwiseConv2d(inputs: { x: Tensor4D; filter: Tensor3D; bias?: Tensor1D }, pads: Pads): Tensor4D {
  return runOne('LabDepthwiseConv2D', present(inputs), { pads });
}

/** Pads that keep the side at stride 1; PyTorch's padding="same" puts the odd pixel after. */
export function samePads(size: number): Pads {
  const total = size - 1;
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

function present(inputs: Record<string, Tensor | undefined>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(inputs).filter((entry): entry is [string, Tensor] => entry[1] !== undefined));
}

const biasGradient = (dy: Tensor) => runOne<Tensor1D>('LabBiasGradient', { dy });

defineGradient('LabConv2D', {
  inputs: ['x', 'filter'],
  gradient: (dy, [x, filter], attributes) => {
    const [y, image, weights] = [dy as Tensor4D, x as Tensor4D, filter as Tensor4D];
    return {
      x: () => runOne('LabConv2DInputGradient', { dy: y, filter: weights }, { ...attributes, inputShape: image.shape }),
      filter: () => runOne('LabConv2DFilterGradient', { x: image, dy: y }, { ...attributes, filterShape: weights.shape }),
      bias: () => biasGradient(y),
    };
  },
});

defineGradient('LabDepthwiseConv2D', {
  inputs: ['x', 'filter'],
  gradient: (dy, [x, filter], attributes) => {
    const [y, image, weights] = [dy as Tensor4D, x as Tensor4D, filter as Tensor3D];
    return {
      x: () => runOne('LabDepthwiseConv2DInputGradient', { dy: y, filter: weights }, attributes),
      filter: () => runOne('LabDepthwiseConv2DFilterGradient', { x: image, dy: y }, { ...attributes, filterShape: weights.shape }),
      bias: () => biasGradient(y),
    };
  },
});
