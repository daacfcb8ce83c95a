// GELU forward and back in one recording: the bell and Φ of each element are computed once, and the slope waits for the gradient.
import type { Block } from '../recording/block.ts';
import { blockOf, type Instruction, type Recorder } from './record.ts';

/** Whether an instruction between the two has `block` for its last operand, which is where kernels of one output write. */
const isWritten = (between: Instruction[], block: Block): boolean => between.some(({ args }) => args.some((argument, index) => index === args.length - 1 && blockOf(argument) === block));

/**
 * Lets each `gelu` whose input meets a `geluGradient` later write its slope, too, and makes that gradient a product. The input was kept for the
 * gradient and the slope is as large, so that a step takes no more memory; the bits are those of the kernels apart.
 */
export function joinGelu(recorder: Recorder): void {
  const { instructions } = recorder;
  instructions.forEach((back, at) => {
    if (back.name !== 'geluGradient') return;
    const [size, count, dy, x, dx] = back.args as [number, number, Block, Block, Block];
    const from = instructions.slice(0, at).findLastIndex(({ name, args }) => name === 'gelu' && args[2] === x);
    const forward = instructions[from];
    // State is written by kernels of several outputs, too; what a recording made is written by its maker alone.
    if (!forward || x.kind !== 'recorded' || isWritten(instructions.slice(from + 1, at), x)) return;
    const slope = recorder.allocate(x.bytes);
    instructions[from] = { ...forward, name: 'geluAndSlope', args: [...forward.args, slope] };
    instructions[at] = { ...back, name: 'multiply', args: [size, count, dy, slope, dx] };
  });
}
