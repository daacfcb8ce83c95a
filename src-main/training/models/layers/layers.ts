// The layers that the architectures are made of: each adds its tensors under a PyTorch name and gives back its forward function.
import type { Tensor1D, Tensor2D, Tensor3D, Tensor4D, Variable } from '@tensorflow/tfjs-core';
import { conv2d, depthwiseConv2d, samePads } from '#operations/convolution';
import { linear as linearOperation } from '#operations/linear';
import { batchNormInference, batchNormTraining, runningStatistics } from '#operations/normalization';
import type { Pads } from '#operations/vocabulary';
import type { Initializer, ParameterList } from '../parameters.ts';

/** A layer or block: images in, images out; in training mode batch norm uses and remembers the batch's statistics. */
export type Block = (x: Tensor4D, training: boolean) => Tensor4D;

/** PyTorch's defaults. */
const batchNorm2d = { eps: 1e-5, momentum: 0.1 };
/** PyTorch's default of Conv2d and Linear: uniform within 1 / √fan_in. */
export const torchDefault = (fanIn: number): Initializer => ({ kind: 'uniform', bound: 1 / Math.sqrt(fanIn) });
/** Kaiming normal (He et al. 2015) for ReLU, fan out. */
export const kaimingFanOut = (size: number, outputs: number): Initializer => ({ kind: 'normal', deviation: Math.sqrt(2 / (size * size * outputs)) });
export const zero: Initializer = { kind: 'constant', value: 0 };
const one: Initializer = { kind: 'constant', value: 1 };

export type ConvOptions = {
  inputs: number;
  outputs: number;
  size: number;
  stride?: number;
  pads?: Pads;
  groups?: number;
  init: Initializer;
  /** Initial values of the bias; none without. */
  bias?: Initializer;
};

/** torch.nn.Conv2d */
export function conv(list: ParameterList, name: string, options: ConvOptions): Block {
  const { inputs, outputs, size, stride = 1, pads = [0, 0], groups = 1, init } = options;
  const filter = list.add(`${name}.weight`, [outputs, inputs / groups, size, size], { layout: 'conv', init });
  const bias = options.bias && list.add(`${name}.bias`, [outputs], { init: options.bias });
  return (x) => conv2d({ x, filter: filter as Variable as Tensor4D, bias: bias as Tensor1D | undefined }, { stride, pads, groups });
}

/** torch.nn.Conv2d(dim, dim, size, groups=dim, padding='same') */
export function depthwiseConv(list: ParameterList, name: string, { dim, size }: { dim: number; size: number }): Block {
  const init = torchDefault(size * size);
  const filter = list.add(`${name}.weight`, [dim, 1, size, size], { layout: 'depthwise', init });
  const bias = list.add(`${name}.bias`, [dim], { init });
  return (x) => depthwiseConv2d({ x, filter: filter as Variable as Tensor3D, bias: bias as Variable as Tensor1D }, samePads(size));
}

/** torch.nn.BatchNorm2d */
export function batchNorm(list: ParameterList, name: string, channels: number): Block {
  const gamma = list.add(`${name}.weight`, [channels], { init: one }) as Variable as Tensor1D;
  const beta = list.add(`${name}.bias`, [channels], { init: zero }) as Variable as Tensor1D;
  const runningMean = list.addBuffer(`${name}.running_mean`, [channels], 0);
  const runningVariance = list.addBuffer(`${name}.running_var`, [channels], 1);
  const remembered = { mean: runningMean as Variable as Tensor1D, variance: runningVariance as Variable as Tensor1D };
  return (x, training) => {
    if (!training) return batchNormInference({ x, gamma, beta, ...remembered }, batchNorm2d.eps);
    const { y, mean, variance } = batchNormTraining({ x, gamma, beta }, batchNorm2d.eps);
    const count = x.size / channels;
    const fresh = { runningMean: remembered.mean, runningVariance: remembered.variance, mean, variance };
    const [newMean, newVariance] = runningStatistics(fresh, { momentum: batchNorm2d.momentum, count });
    runningMean.assign(newMean as unknown as typeof runningMean);
    runningVariance.assign(newVariance as unknown as typeof runningVariance);
    return y;
  };
}

/** torch.nn.Linear */
export function linear(list: ParameterList, name: string, options: { inputs: number; outputs: number; init?: Initializer; bias?: Initializer }): (x: Tensor2D) => Tensor2D {
  const { inputs, outputs, init = torchDefault(inputs), bias = torchDefault(inputs) } = options;
  const weight = list.add(`${name}.weight`, [outputs, inputs], { init }) as Variable as Tensor2D;
  const offset = list.add(`${name}.bias`, [outputs], { init: bias }) as Variable as Tensor1D;
  return (x) => linearOperation({ x, weight, bias: offset });
}

/** Blocks one after another. */
export const sequence = (blocks: Block[]): Block => (x, training) => blocks.reduce((value, block) => block(value, training), x);
