// ResNet with basic blocks (He et al. 2016) as transformers.ResNetForImageClassification builds it: a 7×7/2 stem with max pooling, then stages.
import type { ResnetOptions } from '#contract';
import { relu } from '../operations/activation.ts';
import { add } from '../operations/add.ts';
import { globalAveragePool, maxPool2d } from '../operations/pooling.ts';
import { batchNorm, conv, kaimingFanOut, linear, sequence, type Block, type ConvOptions } from './layers/layers.ts';
import type { Forward, ModelInput } from './forward.ts';
import type { ParameterList } from './parameters.ts';

const root = 'backbone.resnet';
const activation: Block = (x) => relu(x);

function convLayer(list: ParameterList, name: string, options: Omit<ConvOptions, 'init' | 'pads'>): Block {
  const pad = Math.floor(options.size / 2);
  return sequence([
    conv(list, `${name}.convolution`, { ...options, pads: [pad, pad], init: kaimingFanOut(options.size, options.outputs) }),
    batchNorm(list, `${name}.normalization`, options.outputs),
  ]);
}

function basicLayer(list: ParameterList, name: string, { inputs, outputs, stride }: { inputs: number; outputs: number; stride: number }): Block {
  const shortcut: Block = inputs === outputs && stride === 1 ? (x) => x : convLayer(list, `${name}.shortcut`, { inputs, outputs, size: 1, stride });
  const main = sequence([
    convLayer(list, `${name}.layer.0`, { inputs, outputs, size: 3, stride }), activation,
    convLayer(list, `${name}.layer.1`, { inputs: outputs, outputs, size: 3 }),
  ]);
  return (x, training) => relu(add(main(x, training), shortcut(x, training)));
}

/** Builds a ResNet; convolutions are Kaiming normal (fan out), the classifier has PyTorch's default initialisation. */
export function createResnet(list: ParameterList, options: ResnetOptions, input: ModelInput): Forward {
  const blocks: Block[] = [
    convLayer(list, `${root}.embedder.embedder`, { inputs: input.channels, outputs: options.embedding_size, size: 7, stride: 2 }), activation,
    (x) => maxPool2d(x, { size: 3, stride: 2, pads: [1, 1] }),
  ];
  let inputs = options.embedding_size;
  options.hidden_sizes.forEach((outputs, stage) => {
    for (let layer = 0; layer < (options.depths[stage] ?? 1); layer += 1) {
      const first = layer === 0 && (stage > 0 || options.downsample_in_first_stage);
      blocks.push(basicLayer(list, `${root}.encoder.stages.${stage}.layers.${layer}`, { inputs, outputs, stride: first ? 2 : 1 }));
      inputs = outputs;
    }
  });
  const backbone = sequence(blocks);
  const classifier = linear(list, 'backbone.classifier.1', { inputs, outputs: options.num_classes });
  return (images, training) => classifier(globalAveragePool(backbone(images, training)));
}
