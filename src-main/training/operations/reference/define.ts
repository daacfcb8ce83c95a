// How a reference kernel is written: plain loops over typed arrays, sums in float64. Slow and clear: the oracle of the other engines.
import { registerKernel, type DataId, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelName } from '../vocabulary.ts';

/** A tensor as a reference sees it. */
export type Operand = { shape: number[]; values: Float32Array };

/** A reference kernel: named inputs and attributes to outputs, float32 each. */
export type Reference<A = object> = (inputs: Record<string, Operand>, attributes: A) => Operand[];

type HostBackend = {
  readSync(dataId: DataId): Float32Array | Int32Array;
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): TensorInfo;
};

/** The operand of this name; references are only called with the inputs of vocabulary.ts. */
export function operand(inputs: Record<string, Operand>, name: string): Operand {
  const found = inputs[name];
  if (found === undefined) throw new Error(`The kernel got no input ${name}.`);
  return found;
}

/** An operand of zeros. */
export function zeros(shape: number[]): Operand {
  return { shape, values: new Float32Array(shape.reduce((product, side) => product * side, 1)) };
}

/** Registers a reference for one backend whose tensors can be read on the host. */
export function registerReference(backendName: string, kernelName: KernelName, reference: Reference): void {
  const kernelFunc: KernelFunc = ({ inputs, backend, attrs }) => {
    const host = backend as unknown as HostBackend;
    const operands = Object.fromEntries(
      Object.entries(inputs as Record<string, TensorInfo>).map(([name, info]) => [name, { shape: info.shape, values: host.readSync(info.dataId) as Float32Array }]),
    );
    const outputs = reference(operands, attrs ?? {}).map(({ shape, values }) => host.makeTensorInfo(shape, 'float32', values));
    return outputs.length === 1 ? (outputs[0] as TensorInfo) : outputs;
  };
  registerKernel({ kernelName, backendName, kernelFunc });
}
