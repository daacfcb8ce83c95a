// ResNeXt for small pictures (Xie et al. 2017): three stages of bottlenecks whose 3×3 convolution is split into `cardinality` groups.
import { LabError, type ResnextOptions } from '#contract';
import { relu } from '../operations/activation.ts';
import { add } from '../operations/add.ts';
import { globalAveragePool } from '../operations/pooling.ts';
import { batchNorm, conv, kaimingFanOut, linear, sequence, zero, type Block, type ConvOptions } from './layers/layers.ts';
import type { Forward, ModelInput } from './forward.ts';
import type { ParameterList } from './parameters.ts';

const baseWidth = 64;
const activation: Block = (x) => relu(x);

type Sides = { inputs: number; outputs: number; stride: number };

/** conv_reduce 1×1, conv_conv 3×3 in groups, conv_expand 1×1, beside a shortcut that is a convolution where the channels change. */
function bottleneck(list: ParameterList, name: string, { inputs, outputs, stride, cardinality, widen }: Sides & { cardinality: number; widen: number }): Block {
  const width = cardinality * Math.floor((baseWidth * outputs) / (widen * 64));
  const convNorm = (convName: string, normName: string, options: Omit<ConvOptions, 'init'>) => sequence([
    conv(list, `${name}.${convName}`, { ...options, init: kaimingFanOut(options.size, options.outputs) }),
    batchNorm(list, `${name}.${normName}`, options.outputs),
  ]);
  const main = sequence([
    convNorm('conv_reduce', 'bn_reduce', { inputs, outputs: width, size: 1 }), activation,
    convNorm('conv_conv', 'bn', { inputs: width, outputs: width, size: 3, stride, pads: [1, 1], groups: cardinality }), activation,
    convNorm('conv_expand', 'bn_expand', { inputs: width, outputs, size: 1 }),
  ]);
  const shortcut: Block = inputs === outputs
    ? (x) => x
    : convNorm('shortcut.shortcut_conv', 'shortcut.shortcut_bn', { inputs, outputs, size: 1, stride });
  return (x, training) => relu(add(shortcut(x, training), main(x, training)));
}

/** Builds a ResNeXt; convolutions are Kaiming normal (fan out), the classifier Kaiming normal (fan in) with bias 0. */
export function createResnext(list: ParameterList, options: ResnextOptions, input: ModelInput): Forward {
  const { cardinality, widen_factor: widen } = options;
  const perStage = Math.floor((options.depth - 2) / 9);
  if (input.size < 4) throw new LabError('CONFIG_INVALID', `ResNeXt halves the picture twice and needs at least 4 pixels; x_dim is ${input.size}.`, { place: { key: 'model' } });
  const blocks: Block[] = [
    conv(list, 'conv_1_3x3', { inputs: input.channels, outputs: 64, size: 3, pads: [1, 1], init: kaimingFanOut(3, 64) }),
    batchNorm(list, 'bn_1', 64), activation,
  ];
  let inputs = 64;
  for (const stage of [1, 2, 3]) {
    const outputs = 64 * widen * 2 ** (stage - 1);
    for (let index = 0; index < perStage; index += 1) {
      const stride = index === 0 && stage > 1 ? 2 : 1;
      blocks.push(bottleneck(list, `stage_${stage}.stage_${stage}_bottleneck_${index}`, { inputs, outputs, stride, cardinality, widen }));
      inputs = outputs;
    }
  }
  const backbone = sequence(blocks);
  const classifier = linear(list, 'classifier', { inputs, outputs: options.num_classes, init: { kind: 'normal', deviation: Math.sqrt(2 / inputs) }, bias: zero });
  return (images, training) => classifier(globalAveragePool(backbone(images, training)));
}
