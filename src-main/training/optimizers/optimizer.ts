// What every optimizer offers: state beside each parameter, one fused update each, and the numbers of the next step.
import { tidy, variable, zerosLike, type Tensor, type Tensor1D, type Variable } from '@tensorflow/tfjs-core';
import type { NamedTensor } from '../models/parameters.ts';

/** One parameter with the optimizer's tensors beside it, by PyTorch's slot names. */
export type ParameterState = { parameter: NamedTensor; slots: Record<string, Variable> };

export type Optimizer = {
  /** Numbers in the hyper vector (vocabulary.ts). */
  readonly hyperSize: number;
  readonly states: ParameterState[];
  /** Steps taken: t of the last applied step. */
  t: number;
  /** The hyper vector of the next step, t + 1. */
  hyper(lr: number): Float32Array;
  /** Inside a step: renews parameters and state from gradients in the parameters' order. */
  apply(gradients: Tensor[], hyper: Tensor1D, control: Tensor1D): void;
  dispose(): void;
};

/** Slots of zeros beside each parameter. */
export function createStates(parameters: NamedTensor[], slotNames: string[]): ParameterState[] {
  return parameters.map((parameter) => ({
    parameter,
    slots: Object.fromEntries(slotNames.map((name) => [name, tidy(() => variable(zerosLike(parameter.variable), false))])),
  }));
}

/** Renews a parameter and its slots with an update's outputs, in this order. */
export function renew({ parameter, slots }: ParameterState, outputs: Tensor[]): void {
  [parameter.variable, ...Object.values(slots)].forEach((target, index) => target.assign(outputs[index] as Tensor));
}

/** Disposes the slots; the parameters belong to the model. */
export function disposeStates(states: ParameterState[]): void {
  for (const { slots } of states) for (const slot of Object.values(slots)) slot.dispose();
}
