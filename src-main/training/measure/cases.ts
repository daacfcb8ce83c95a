// What the benchmark of a computer's engines measures: the published model families at batch 32, as VSGD trains them.
import type { ModelChoice, OptimizerChoice } from '#contract';

/** `shape`: [N, H, W, C] of a batch. */
export type MeasureCase = { name: string; label: string; model: ModelChoice; shape: [number, number, number, number] };

export const batchSize = 32;
const small: MeasureCase['shape'] = [batchSize, 32, 32, 3];

export const measureCases: readonly MeasureCase[] = [
  { name: 'mnist', label: 'MNIST, ConvMixer 16/4', shape: [batchSize, 28, 28, 1], model: { name: 'convmixer', options: { dim: 16, depth: 4, kernel_size: 3, patch_size: 2, num_classes: 10 } } },
  { name: 'convmixer', label: 'CIFAR-100, ConvMixer 256/8', shape: small, model: { name: 'convmixer', options: { dim: 256, depth: 8, kernel_size: 5, patch_size: 2, num_classes: 100 } } },
  { name: 'vgg16', label: 'CIFAR-100, VGG16', shape: small, model: { name: 'vgg', options: { cfg_id: 'D', batch_norm: true, num_classes: 100 } } },
  { name: 'resnext', label: 'CIFAR-100, ResNeXt 8/18', shape: small, model: { name: 'resnext', options: { cardinality: 8, depth: 18, widen_factor: 4, dropRate: 0, num_classes: 100 } } },
  { name: 'resnet18', label: 'CIFAR-100, ResNet-18', shape: small, model: { name: 'resnet', options: { embedding_size: 64, hidden_sizes: [64, 128, 256, 512], depths: [2, 2, 2, 2], downsample_in_first_stage: false, num_classes: 100 } } },
];

export const measuredOptimizer: OptimizerChoice = { name: 'vsgd', options: { params: null, lr: 0.01, ps: 1e-7, weight_decay: 0, ghattg: 30, tau1: 0.81, tau2: 0.9, eps: 1e-8 } };
