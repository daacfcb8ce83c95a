// The table of references: kernel name to plain loops.
import type { KernelName } from '../vocabulary.ts';
import { kernelNames } from '../vocabulary.ts';
import * as activation from './activation.ts';
import * as convolution from './convolution.ts';
import { registerReference, type Reference } from './define.ts';
import * as linear from './linear.ts';
import * as normalization from './normalization.ts';
import * as pooling from './pooling.ts';
import * as update from './update.ts';

const references = {
  LabConv2D: convolution.conv2d,
  LabConv2DInputGradient: convolution.conv2dInputGradient,
  LabConv2DFilterGradient: convolution.conv2dFilterGradient,
  LabBiasGradient: convolution.biasGradient,
  LabDepthwiseConv2D: convolution.depthwise,
  LabDepthwiseConv2DInputGradient: convolution.depthwiseInputGradient,
  LabDepthwiseConv2DFilterGradient: convolution.depthwiseFilterGradient,
  LabBatchNormTraining: normalization.batchNormTraining,
  LabBatchNormGradient: normalization.batchNormGradient,
  LabBatchNormInference: normalization.batchNormInference,
  LabRunningStatistics: normalization.runningStatistics,
  LabGelu: activation.gelu,
  LabGeluGradient: activation.geluGradient,
  LabRelu: activation.relu,
  LabReluGradient: activation.reluGradient,
  LabMaxPool2D: pooling.maxPool,
  LabMaxPool2DGradient: pooling.maxPoolGradient,
  LabAveragePool2D: pooling.averagePool,
  LabAveragePool2DGradient: pooling.averagePoolGradient,
  LabGlobalAveragePool: pooling.globalAveragePool,
  LabGlobalAveragePoolGradient: pooling.globalAveragePoolGradient,
  LabLinear: linear.linear,
  LabLinearInputGradient: linear.linearInputGradient,
  LabLinearWeightGradient: linear.linearWeightGradient,
  LabSoftmaxCrossEntropy: linear.softmaxCrossEntropy,
  LabSoftmaxCrossEntropyGradient: linear.softmaxCrossEntropyGradient,
  LabGradientControl: update.gradientControl,
  LabVsgdUpdate: update.vsgdUpdate,
  LabAdamUpdate: update.adamUpdate,
  LabSgdUpdate: update.sgdUpdate,
} satisfies Record<KernelName, unknown>;

/** Registers the references of all layer operations for a backend that keeps its tensors on the host. */
export function registerReferenceKernels(backendName: string): void {
  for (const name of kernelNames) registerReference(backendName, name, references[name] as Reference);
}
