// The architectures: published `_target_` names and option names.
import { z } from 'zod';
import { choice, flag, float, integer } from '../field.ts';

const numClasses = integer({ default: 10, min: 2, max: 100000, description: 'Number of classes; follows the data set.', advanced: true });

/** VGG 11, 13, 16, 19 (cfg_id A, B, D, E), one linear layer as classifier. */
export const vggSchema = z.strictObject({
  cfg_id: choice(['A', 'B', 'D', 'E'], { default: 'A', description: 'Configuration: A = VGG11, B = VGG13, D = VGG16, E = VGG19.' }),
  batch_norm: flag({ default: true, description: 'Batch normalisation after each convolution.' }),
  num_classes: numClasses,
});
export type VggOptions = z.infer<typeof vggSchema>;

/** ConvMixer (Trockman, Kolter 2022). */
export const convmixerSchema = z.strictObject({
  dim: integer({ default: 256, min: 1, max: 4096, description: 'Channels.' }),
  depth: integer({ default: 8, min: 1, max: 128, description: 'Number of mixer blocks.' }),
  kernel_size: integer({ default: 5, min: 1, max: 31, description: 'Side of the depthwise kernel.', unit: 'pixels' }),
  patch_size: integer({ default: 2, min: 1, max: 32, description: 'Side of a patch.', unit: 'pixels' }),
  num_classes: numClasses,
});
export type ConvmixerOptions = z.infer<typeof convmixerSchema>;

/** ResNeXt for small pictures (Xie et al. 2017). */
export const resnextSchema = z.strictObject({
  cardinality: integer({ default: 8, min: 1, max: 64, description: 'Number of convolution groups.' }),
  depth: integer({ default: 29, min: 11, max: 272, description: 'Layers; (depth - 2) is divided by 9 blocks per stage.' }),
  widen_factor: integer({ default: 4, min: 1, max: 16, description: 'Widening of the output channels of the stages.' }),
  dropRate: float({ default: 0, min: 0, below: 1, description: 'Dropout rate; the published model takes it and never uses it.', advanced: true }),
  num_classes: numClasses,
});
export type ResnextOptions = z.infer<typeof resnextSchema>;

/** ResNet with basic blocks, as transformers.ResNetForImageClassification builds it. */
export const resnetSchema = z.strictObject({
  embedding_size: integer({ default: 64, min: 1, max: 4096, description: 'Channels after the stem.' }),
  hidden_sizes: z.array(z.int().min(1)).min(1).default([64, 128, 256, 512]).meta({ description: 'Channels of each stage.' }),
  depths: z.array(z.int().min(1)).min(1).default([2, 2, 2, 2]).meta({ description: 'Blocks of each stage.' }),
  downsample_in_first_stage: flag({ default: false, description: 'Stride 2 in the first stage too.', advanced: true }),
  num_classes: numClasses,
});
export type ResnetOptions = z.infer<typeof resnetSchema>;

/** Architecture components: name, `_target_`, schema, and the smallest pictures where small ones do not fit. The resnet's nested published form is unwrapped by config/. */
export const modelComponents = {
  vgg: { label: 'VGG', target: 'model.vgg.VGG', aliases: ['vgg.VGG'], schema: vggSchema, leastSize: 32 },
  convmixer: { label: 'ConvMixer', target: 'model.convmixer.ConvMixer', aliases: ['convmixer.ConvMixer'], schema: convmixerSchema },
  resnext: { label: 'ResNeXt', target: 'model.resnext.ResNeXt', aliases: ['resnext.ResNeXt'], schema: resnextSchema },
  resnet: { label: 'ResNet', target: 'model.resnet.ResNet', aliases: ['model.classifier.ClassifierWrapper'], schema: resnetSchema },
} as const;
export type ModelName = keyof typeof modelComponents;

/** An architecture as a run uses it. */
export type ModelChoice =
  | { name: 'vgg'; options: VggOptions }
  | { name: 'convmixer'; options: ConvmixerOptions }
  | { name: 'resnext'; options: ResnextOptions }
  | { name: 'resnet'; options: ResnetOptions };
