// Records a step as a list of instructions over blocks without addresses.
import type { Block } from '../recording/block.ts';
import { BlockRecorder } from '../recording/recorder.ts';
import type { Argument, Sink } from './sink.ts';

export type Instruction = { name: string; chunks: number; args: Argument[] };

/** The block that an argument mentions. */
export const blockOf = (argument: Argument): Block | null => {
  if (typeof argument === 'number') return null;
  return 'block' in argument ? argument.block : argument;
};

const blocksOf = ({ args }: Instruction): Block[] => args.map(blockOf).filter((block) => block !== null);

export class Recorder extends BlockRecorder implements Sink {
  readonly instructions: Instruction[] = [];
  readonly #tables = new Map<string, Block>();

  table(key: string, make: () => Int32Array): Block {
    const known = this.#tables.get(key);
    if (known) return known;
    const block = this.constant(make());
    this.#tables.set(key, block);
    return block;
  }

  emit(name: string, chunks: number, args: Argument[]): void {
    const instruction = { name, chunks, args };
    for (const block of blocksOf(instruction)) this.check(block);
    this.instructions.push(instruction);
  }

  copy(from: Block, to: Block): void {
    this.emit('copy', 1, [to.bytes / 4, to.bytes / 4, from, to]);
  }

  mentions(): Block[][] { return this.instructions.map(blocksOf); }
}
