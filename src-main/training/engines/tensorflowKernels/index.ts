// The table of kernels: kernel name to operations, ours and the few of tfjs that gradients use.
import type { KernelName } from '#operations/vocabulary';
import type { Kernel } from './algebra.ts';
import * as channels from './channels.ts';
import * as convolution from './convolution.ts';
import * as depthwise from './depthwise.ts';
import * as elementwise from './elementwise.ts';
import * as linear from './linear.ts';
import * as pooling from './pooling.ts';
import * as update from './update.ts';

const ours = {
  LabConv2D: convolution.conv2d,
  LabConv2DInputGradient: convolution.conv2dInputGradient,
  LabConv2DFilterGradient: convolution.conv2dFilterGradient,
  LabBiasGradient: channels.biasGradient,
  LabDepthwiseConv2D: depthwise.depthwise,
  LabDepthwiseConv2DInputGradient: depthwise.depthwiseInputGradient,
  LabDepthwiseConv2DFilterGradient: depthwise.depthwiseFilterGradient,
  LabBatchNormTraining: channels.batchNormTraining,
  LabBatchNormGradient: channels.batchNormGradient,
  LabBatchNormInference: channels.batchNormInference,
  LabRunningStatistics: channels.runningStatistics,
  LabGelu: elementwise.gelu,
  LabGeluGradient: elementwise.geluGradient,
  LabRelu: elementwise.relu,
  LabReluGradient: elementwise.reluGradient,
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

/** Every kernel by its name. */
export const kernels = {
  ...ours, Add: elementwise.add, AddN: elementwise.addAll, Multiply: elementwise.multiply, Sum: elementwise.sum, Reshape: elementwise.reshaped,
} as unknown as Record<string, Kernel>;

export { convert } from './elementwise.ts';
export { runUpdate } from './update.ts';
