// The table of lowerings: kernel name to instructions, ours and the few of tfjs that gradients use.
import type { KernelName } from '#operations/vocabulary';
import * as channels from './channels.ts';
import * as convolution from './convolution.ts';
import * as depthwise from './depthwise.ts';
import * as elementwise from './elementwise.ts';
import * as linear from './linear.ts';
import type { Lowering } from './lower.ts';
import * as pooling from './pooling.ts';

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
  LabGradientControl: channels.gradientControl,
  LabVsgdUpdate: channels.vsgdUpdate,
  LabAdamUpdate: channels.adamUpdate,
  LabSgdUpdate: channels.sgdUpdate,
} satisfies Record<KernelName, unknown>;

/** Every lowering by its kernel's name. */
export const lowerings = { ...ours, Add: elementwise.add, AddN: elementwise.addAll, Multiply: elementwise.multiply, Sum: elementwise.sum } as unknown as Record<string, Lowering>;

/** Conversions by the type they give. */
export const conversions = { float32: elementwise.toFloat, int32: elementwise.toInteger };
