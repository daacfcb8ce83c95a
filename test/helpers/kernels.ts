// Runs one kernel on the engine in use with generated inputs and gives the values of its outputs.
import { engine, setBackend, tensor, tidy, type NamedAttrMap, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import { u } from './reference.ts';

/** A kernel's input: a shape to be filled from stream 300 on, or given values. */
export type KernelInput = { shape: number[]; values?: ArrayLike<number>; dtype?: 'float32' | 'int32' };
export type KernelCase = { name: string; inputs: Record<string, KernelInput>; attributes?: object };

const sizeOf = (shape: number[]) => shape.reduce((product, side) => product * side, 1);

/** @returns the outputs' shapes and values, in order */
export async function runCase(backend: string, { name, inputs, attributes = {} }: KernelCase): Promise<{ shape: number[]; values: number[] }[]> {
  await setBackend(backend);
  const outputs = tidy(() => {
    const tensors = Object.fromEntries(Object.entries(inputs).map(([key, { shape, values, dtype = 'float32' }], stream) => {
      const filled = values ?? Float32Array.from({ length: sizeOf(shape) }, (_, index) => u(300 + stream, index));
      return [key, tensor(dtype === 'int32' ? Int32Array.from(filled) : Float32Array.from(filled), shape, dtype)];
    }));
    const made = engine().runKernel(name, tensors as NamedTensorMap, attributes as NamedAttrMap) as Tensor | Tensor[];
    return Array.isArray(made) ? made : [made];
  });
  const read: { shape: number[]; values: number[] }[] = [];
  for (const output of outputs) read.push({ shape: output.shape, values: Array.from(await output.data()) });
  outputs.forEach((output) => output.dispose());
  return read;
}
