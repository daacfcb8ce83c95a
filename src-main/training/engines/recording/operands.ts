// Tensors as lowerings see them: a shape and a block.
import type { Block } from './block.ts';

export type Operand = { shape: number[]; block: Block };
export type Operands = Record<string, Operand>;

export const sizeOf = (shape: number[]): number => shape.reduce((product, side) => product * side, 1);
export const up = (value: number, step: number): number => Math.ceil(value / step) * step;

/** The operand of this name; kernels are only called with the inputs of vocabulary.ts. */
export function input(inputs: Operands, name: string): Operand {
  const found = inputs[name];
  if (found === undefined) throw new Error(`The kernel got no input ${name}.`);
  return found;
}

/** Elements from one index to the next along each axis. */
export const stridesOf = (shape: number[]): number[] => shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
