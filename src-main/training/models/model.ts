// A model as the rest of training sees it, and the table of architectures.
import type { ModelChoice } from '#contract';
import { createConvmixer } from './convmixer.ts';
import type { Forward, ModelInput } from './forward.ts';
import { ParameterList, type NamedTensor } from './parameters.ts';
import { createResnet } from './resnet.ts';
import { createResnext } from './resnext.ts';
import { createVgg } from './vgg.ts';

export type Model = {
  forward: Forward;
  /** Trainable tensors in PyTorch's order. */
  parameters: NamedTensor[];
  /** Running means and variances. */
  buffers: NamedTensor[];
  /** Names of PyTorch's int64 counters, one per batch norm. */
  counters: string[];
  parameterCount: number;
  dispose(): void;
};

function build(list: ParameterList, choice: ModelChoice, input: ModelInput): Forward {
  switch (choice.name) {
    case 'vgg': return createVgg(list, choice.options, input);
    case 'convmixer': return createConvmixer(list, choice.options, input);
    case 'resnext': return createResnext(list, choice.options, input);
    case 'resnet': return createResnet(list, choice.options, input);
  }
}

const countOf = (list: NamedTensor[]): number => list.reduce((sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1), 0);

/** Trainable numbers and running statistics of an architecture, without making it. @throws LabError CONFIG_INVALID as createModel */
export function countParameters(choice: ModelChoice, input: ModelInput): { parameters: number; buffers: number; tensors: number } {
  const list = new ParameterList(null);
  build(list, choice, input);
  return { parameters: countOf(list.parameters), buffers: countOf(list.buffers), tensors: list.parameters.length };
}

/**
 * Builds an architecture with its initial values, which are a pure function of the seed.
 * @throws LabError CONFIG_INVALID where the architecture cannot take pictures of this size
 */
export function createModel(choice: ModelChoice, input: ModelInput & { seed: number }): Model {
  const list = new ParameterList(input.seed);
  const forward = build(list, choice, input);
  const all = [...list.parameters, ...list.buffers];
  return {
    forward,
    parameters: list.parameters,
    buffers: list.buffers,
    counters: list.buffers.filter(({ name }) => name.endsWith('.running_mean')).map(({ name }) => name.replace(/running_mean$/, 'num_batches_tracked')),
    parameterCount: countOf(list.parameters),
    dispose: () => all.forEach(({ variable }) => variable.dispose()),
  };
}
