// Records a step as a list of instructions over blocks without addresses.
import type { Block } from '../recording/block.ts';
import { BlockRecorder } from '../recording/recorder.ts';
import { copyBlock } from '../webgpuKernels/elementwise.ts';
import { blocksOf, type Abilities, type Instruction, type Sink } from './sink.ts';

export class Recorder extends BlockRecorder implements Sink {
  readonly instructions: Instruction[] = [];
  readonly abilities: Abilities;

  constructor(known: Iterable<Block>, abilities: Abilities) {
    super(known);
    this.abilities = abilities;
  }

  emit(instruction: Instruction): void {
    for (const block of blocksOf(instruction)) this.check(block);
    this.instructions.push(instruction);
  }

  copy(from: Block, to: Block): void {
    copyBlock(this, from, to);
  }

  mentions(): Block[][] { return this.instructions.map(blocksOf); }
}
