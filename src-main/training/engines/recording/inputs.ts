// What a compiled step is given.
import { LabError } from '#contract';
import type { InputSpec } from '../engine.ts';
import { sizeOf } from './operands.ts';

/** The numbers of one input of a run. @throws LabError RECORDING_REFUSED for another size than was compiled */
export function checkedInput(name: string, { shape }: InputSpec, numbers: Float32Array | Int32Array | undefined): Float32Array | Int32Array {
  if (numbers?.length === sizeOf(shape)) return numbers;
  throw new LabError('RECORDING_REFUSED', `Input ${name} must hold ${sizeOf(shape)} numbers, shape [${shape.join(', ')}]; it holds ${numbers?.length ?? 'none'}. Compile the step for this shape.`);
}
