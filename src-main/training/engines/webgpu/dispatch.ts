// The words that dispatches are described with; what describes them and what runs them both know these.
import type { Block } from '../recording/block.ts';

export type Workgroups = [x: number, y: number, z: number];
/** A buffer of a kernel: its name in the code, its block, and the type of an element. */
export type BufferOf = [name: string, block: Block, element?: 'f32' | 'vec4f' | 'i32'];
/** Factors of products as float16, or rounded to it and kept as float32. */
export type Half = 'float16' | 'rounded';
