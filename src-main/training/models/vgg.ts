// VGG (Simonyan, Zisserman 2015) for small pictures: convolutions 3×3, max pooling, one linear layer over the averaged features.
//
// | cfg_id | channels of the stages; each ends with a 2×2 max pooling |
// |---|---|
// | A (11) | 64 / 128 / 256 256 / 512 512 / 512 512 |
// | B (13) | 64 64 / 128 128 / 256 256 / 512 512 / 512 512 |
// | D (16) | 64 64 / 128 128 / 256 ×3 / 512 ×3 / 512 ×3 |
// | E (19) | 64 64 / 128 128 / 256 ×4 / 512 ×4 / 512 ×4 |
import { LabError, modelComponents, type VggOptions } from '#contract';
import { relu } from '../operations/activation.ts';
import { globalAveragePool, maxPool2d } from '../operations/pooling.ts';
import { batchNorm, conv, kaimingFanOut, linear, sequence, zero, type Block } from './layers/layers.ts';
import type { Forward, ModelInput } from './forward.ts';
import type { ParameterList } from './parameters.ts';

export const vggStages = {
  A: [[64], [128], [256, 256], [512, 512], [512, 512]],
  B: [[64, 64], [128, 128], [256, 256], [512, 512], [512, 512]],
  D: [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]],
  E: [[64, 64], [128, 128], [256, 256, 256, 256], [512, 512, 512, 512], [512, 512, 512, 512]],
} as const;

/** Builds a VGG; conv weights are N(0, 2 / (9·out)), the classifier's N(0, 0.01), biases 0. */
export function createVgg(list: ParameterList, options: VggOptions, input: ModelInput): Forward {
  const { leastSize } = modelComponents.vgg;
  if (input.size < leastSize) {
    throw new LabError('CONFIG_INVALID', `VGG halves the picture five times and needs at least ${leastSize} pixels; x_dim is ${input.size}. Choose another model, or a data set of ${leastSize} pixels or more; generated shapes take any dataset.x_dim.`, { place: { key: 'model' } });
  }
  const blocks: Block[] = [];
  let index = 0; // place in PyTorch's nn.Sequential
  let channels = input.channels;
  for (const stage of vggStages[options.cfg_id]) {
    for (const outputs of stage) {
      blocks.push(conv(list, `backbone.${index}`, { inputs: channels, outputs, size: 3, pads: [1, 1], init: kaimingFanOut(3, outputs), bias: zero }));
      if (options.batch_norm) blocks.push(batchNorm(list, `backbone.${index + 1}`, outputs));
      blocks.push((x) => relu(x));
      index += options.batch_norm ? 3 : 2;
      channels = outputs;
    }
    blocks.push((x) => maxPool2d(x, { size: 2, stride: 2, pads: [0, 0] }));
    index += 1;
  }
  const backbone = sequence(blocks);
  const classifier = linear(list, 'classifier', { inputs: channels, outputs: options.num_classes, init: { kind: 'normal', deviation: 0.01 }, bias: zero });
  return (images, training) => classifier(globalAveragePool(backbone(images, training)));
}
