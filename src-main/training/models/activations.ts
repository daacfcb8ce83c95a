// How much a batch takes, told from the shapes alone: the outputs of all convolutions, and what stands beside them until the backward pass.
import type { ConvmixerOptions, ModelChoice, ResnetOptions, ResnextOptions, VggOptions } from '#contract';
import type { ModelInput } from './forward.ts';
import { vggStages } from './vgg.ts';

const halved = (side: number): number => Math.ceil(side / 2);

function ofVgg({ cfg_id }: VggOptions, { size }: ModelInput): number {
  return vggStages[cfg_id].reduce((sum, stage, index) => sum + stage.reduce<number>((all, outputs) => all + outputs, 0) * Math.floor(size / 2 ** index) ** 2, 0);
}

const ofConvmixer = ({ dim, depth, patch_size }: ConvmixerOptions, { size }: ModelInput): number => dim * Math.floor(size / patch_size) ** 2 * (1 + 2 * depth);

function ofResnext({ cardinality, depth, widen_factor: widen }: ResnextOptions, { size }: ModelInput): number {
  const blocks = Math.floor((depth - 2) / 9);
  let [sum, side, inputs] = [64 * size ** 2, size, 64];
  for (const stage of [0, 1, 2]) {
    const outputs = 64 * widen * 2 ** stage;
    const width = cardinality * Math.floor(outputs / widen);
    for (let index = 0; index < blocks; index += 1) {
      const before = side;
      if (index === 0 && stage > 0) side = halved(side);
      sum += width * before ** 2 + (width + outputs + (inputs === outputs ? 0 : outputs)) * side ** 2;
      inputs = outputs;
    }
  }
  return sum;
}

function ofResnet({ embedding_size, hidden_sizes, depths, downsample_in_first_stage }: ResnetOptions, { size }: ModelInput): number {
  const stem = halved(size);
  let [sum, side, inputs] = [embedding_size * stem ** 2, halved(stem), embedding_size];
  hidden_sizes.forEach((outputs, stage) => {
    for (let layer = 0; layer < (depths[stage] ?? 1); layer += 1) {
      const first = layer === 0 && (stage > 0 || downsample_in_first_stage);
      if (first) side = halved(side);
      sum += outputs * side ** 2 * (inputs === outputs && !first ? 2 : 3);
      inputs = outputs;
    }
  });
  return sum;
}

function convolvedValues({ name, options }: ModelChoice, input: ModelInput): number {
  switch (name) {
    case 'vgg': return ofVgg(options, input);
    case 'convmixer': return ofConvmixer(options, input);
    case 'resnext': return ofResnext(options, input);
    case 'resnet': return ofResnet(options, input);
  }
}

/** Values that a compiled step of the wasm engine holds for each convolved one, as measured; GELU's input must be kept, ReLU's need not. */
const heldPerValue = ({ name }: ModelChoice): number => (name === 'convmixer' ? 3.1 : 2.3);

/** Numbers that a training step holds for each picture, about. */
export const activationCount = (choice: ModelChoice, input: ModelInput): number => heldPerValue(choice) * convolvedValues(choice, input);
