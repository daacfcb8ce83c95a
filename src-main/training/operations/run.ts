// Calls a layer operation's kernel on the engine in use, and declares its gradient once.
import { engine, registerGradient, type GradFunc, type NamedAttrMap, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import type { KernelName } from './vocabulary.ts';

/** Runs a kernel with one output. */
export function runOne<T extends Tensor>(name: KernelName, inputs: Record<string, Tensor>, attributes: object = {}): T {
  return engine().runKernel(name, inputs as NamedTensorMap, attributes as NamedAttrMap) as T;
}

/** Runs a kernel with several outputs. */
export function runMany(name: KernelName, inputs: Record<string, Tensor>, attributes: object = {}): Tensor[] {
  return engine().runKernel(name, inputs as NamedTensorMap, attributes as NamedAttrMap) as Tensor[];
}

type Gradient = {
  inputs?: string[];
  outputs?: boolean[];
  /** dy, the saved tensors (inputs first), the attributes → the gradient of each input, on demand. */
  gradient: (dy: Tensor | Tensor[], saved: Tensor[], attributes: object) => Record<string, () => Tensor>;
};

/** Declares the gradient of a kernel. */
export function defineGradient(kernelName: KernelName, { inputs = [], outputs = [], gradient }: Gradient): void {
  registerGradient({ kernelName, inputsToSave: inputs, outputsToSave: outputs, gradFunc: gradient as GradFunc });
}
