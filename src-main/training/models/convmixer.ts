// ConvMixer (Trockman, Kolter 2022): patch embedding, then depth × (residual depthwise convolution, 1×1 convolution), GELU and batch norm after each.
import { LabError, type ConvmixerOptions } from '#contract';
import { gelu } from '../operations/activation.ts';
import { add } from '../operations/add.ts';
import { globalAveragePool } from '../operations/pooling.ts';
import { batchNorm, conv, depthwiseConv, linear, sequence, torchDefault, type Block } from './layers/layers.ts';
import type { Forward, ModelInput } from './forward.ts';
import type { ParameterList } from './parameters.ts';

const activation: Block = (x) => gelu(x);

function mixerBlock(list: ParameterList, name: string, { dim, kernel_size: size }: ConvmixerOptions): Block {
  const spatial = sequence([depthwiseConv(list, `${name}.0.fn.0`, { dim, size }), activation, batchNorm(list, `${name}.0.fn.2`, dim)]);
  const init = torchDefault(dim);
  const channels = sequence([conv(list, `${name}.1`, { inputs: dim, outputs: dim, size: 1, init, bias: init }), activation, batchNorm(list, `${name}.3`, dim)]);
  return (x, training) => channels(add(spatial(x, training), x), training);
}

/** Builds a ConvMixer with PyTorch's default initialisation. */
export function createConvmixer(list: ParameterList, options: ConvmixerOptions, input: ModelInput): Forward {
  const { dim, depth, patch_size: patch } = options;
  if (input.size < patch) {
    throw new LabError('CONFIG_INVALID', `A patch of ${patch} pixels does not fit into a picture of ${input.size}. Set model.patch_size to at most ${input.size}.`, { place: { key: 'model.patch_size' } });
  }
  const init = torchDefault(input.channels * patch * patch);
  const blocks = [conv(list, 'backbone.0', { inputs: input.channels, outputs: dim, size: patch, stride: patch, init, bias: init }), activation, batchNorm(list, 'backbone.2', dim)];
  for (let block = 0; block < depth; block += 1) blocks.push(mixerBlock(list, `backbone.${3 + block}`, options));
  const backbone = sequence(blocks);
  const classifier = linear(list, `backbone.${depth + 5}`, { inputs: dim, outputs: options.num_classes });
  return (images, training) => classifier(globalAveragePool(backbone(images, training)));
}
