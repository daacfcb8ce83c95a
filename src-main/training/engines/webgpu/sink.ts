// Where kernels put their instructions: the eager sink submits them, the recorder keeps them (sinks.ts) for a program.
import type { Block, BlockSource } from '../recording/block.ts';
import type { Product } from '../webgpuProducts/product.ts';
import type { Half, Workgroups } from './dispatch.ts';

/** One dispatch of a WGSL program; binding i of group 0 is blocks[i]. */
export type Dispatch = { kind: 'dispatch'; source: string; blocks: Block[]; workgroups: Workgroups; /** What it computes, for profiles. */ label?: string };
/** An optimizer's update of one parameter; neighbours of one kind become one dispatch (place.ts). */
export type Update = { kind: 'update'; rule: UpdateRule; count: number; gradient: Block; targets: Block[]; hyper: Block; control: Block };
/** Partial sums of squares over many blocks: one number for every `squaresChunk` elements, block by block. */
export type Squares = { kind: 'squares'; parts: { block: Block; count: number }[]; partial: Block };
export type Instruction = Dispatch | Update | Squares;

export type UpdateRule = 'vsgd' | 'adam' | 'adamw' | 'sgd' | 'nesterov';
/** Elements that one workgroup squares or updates. */
export const chunkOf = 4096;

export interface Sink extends BlockSource {
  emit(instruction: Instruction): void;
  /** What kernels may count on. */
  readonly abilities: Abilities;
}

/** A GPU's matrix units: rows, columns and depth of one product of float16 matrices with sums in float32, and lanes of a subgroup. */
export type MatrixUnits = { m: number; n: number; k: number; lanes: number };

/** What the kernels' choice depends on. */
export type Abilities = {
  /** Invocations of one workgroup. */
  invocations: number;
  /** Bytes of memory that a workgroup shares. */
  sharedBytes: number;
  /** Products whose factors are rounded to float16 on their way into shared memory, and kept there as such or, where the adapter has no float16, as float32; sums stay float32. */
  half: Half | null;
  /** Products without workgroup memory and barriers, in which an adapter that computes on the CPU is slow. */
  plain: boolean;
  /** Used for products in float16 where there are any. */
  matrices: MatrixUnits | null;
  /** Name of the tile of a product, as measured on the adapter; null: the default. */
  tileOf(product: Product): string | null;
};

/** Every block that an instruction mentions. */
export function blocksOf(instruction: Instruction): Block[] {
  switch (instruction.kind) {
    case 'dispatch': return instruction.blocks;
    case 'update': return [instruction.gradient, ...instruction.targets, instruction.hyper, instruction.control];
    case 'squares': return [...instruction.parts.map(({ block }) => block), instruction.partial];
  }
}
