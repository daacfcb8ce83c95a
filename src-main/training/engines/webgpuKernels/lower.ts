// How a kernel is lowered to WGSL: operands in, operands out, through a sink.
import type { Lowering as SharedLowering } from '../recording/kernels.ts';
import { sizeOf, type Operand } from '../recording/operands.ts';
import type { Sink } from '../webgpu/sink.ts';

export { input, sizeOf, stridesOf, up, type Operand, type Operands } from '../recording/operands.ts';

/** Inputs and attributes to outputs. */
export type Lowering<A = object> = SharedLowering<Sink, A>;

/** A fresh float32 operand. */
export const output = (sink: Sink, shape: number[]): Operand => ({ shape, block: sink.allocate(4 * sizeOf(shape)) });
/** Number of channels: the last side. */
export const channelsOf = (shape: number[]): number => shape.at(-1) ?? 1;
