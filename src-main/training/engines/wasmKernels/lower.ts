// How a kernel is lowered to instructions: operands in, operands out, through a sink.
import type { Lowering as SharedLowering } from '../recording/kernels.ts';
import { sizeOf, stridesOf, type Operand } from '../recording/operands.ts';
import type { Sink } from '../wasm/sink.ts';

export { input, sizeOf, stridesOf, up, type Operand, type Operands } from '../recording/operands.ts';

/** Inputs and attributes to outputs. */
export type Lowering<A = object> = SharedLowering<Sink, A>;

/** A fresh float32 operand. */
export const output = (sink: Sink, shape: number[]): Operand => ({ shape, block: sink.allocate(4 * sizeOf(shape)) });

/** Chunks of a flat array: [size, count] as the elementwise kernels take them, and how many chunks that makes. */
export function flat(count: number, size = 8192): { chunks: number; size: number } {
  return { chunks: Math.max(1, Math.ceil(count / size)), size };
}

/** Chunks of rows such that one holds about 8192 elements, and `least` rows: fixed by the shape alone, and with it the order of sums. */
export function rowChunks(rows: number, columns: number, least = 8): { chunks: number; size: number } {
  const size = Math.max(least, Math.ceil(8192 / columns));
  return { chunks: Math.max(1, Math.ceil(rows / size)), size };
}

/** Offsets of all elements of a grid of these sides, row by row, with these strides. */
export function offsetsOf(sides: number[], strides: number[]): Int32Array {
  const offsets = new Int32Array(sizeOf(sides));
  const steps = stridesOf(sides);
  return offsets.map((_, at) => sides.reduce((offset, side, axis) => offset + (Math.floor(at / (steps[axis] as number)) % side) * (strides[axis] as number), 0));
}
