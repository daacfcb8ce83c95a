// What a compiled step is given.
import { LabError } from '#contract';
import type { InputSpec } from '../engine.ts';
import { sizeOf } from './operands.ts';

type Numbers = Float32Array | Int32Array;

/** The numbers of one input of a run, in the input's own type. @throws LabError RECORDING_REFUSED for another size than was compiled */
export function checkedInput(name: string, { shape, dtype }: InputSpec, numbers: Numbers | undefined): Numbers {
  if (numbers?.length !== sizeOf(shape)) {
    throw new LabError('RECORDING_REFUSED', `Input ${name} must hold ${sizeOf(shape)} numbers, shape [${shape.join(', ')}]; it holds ${numbers?.length ?? 'none'}. Compile the step for this shape.`);
  }
  if (dtype === 'int32') return numbers instanceof Int32Array ? numbers : Int32Array.from(numbers);
  return numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
}
