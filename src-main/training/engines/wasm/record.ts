// Records a step: instructions over blocks without addresses; then plans the blocks' places so that memory is used again.
import { LabError } from '#contract';
import type { Argument, Block, Sink } from './sink.ts';

export type Instruction = { name: string; chunks: number; args: Argument[] };

/** The block that an argument mentions. */
export const blockOf = (argument: Argument): Block | null => {
  if (typeof argument === 'number') return null;
  return 'block' in argument ? argument.block : argument;
};

/** Larger constants would be frozen data, most likely a mistake. */
const largestConstant = 4096;

export class Recorder implements Sink {
  readonly instructions: Instruction[] = [];
  readonly constants: Block[] = [];
  readonly #tables = new Map<string, Block>();
  readonly #known: Set<Block>;

  /** @param known the blocks of state and inputs, which have their places already */
  constructor(known: Iterable<Block>) {
    this.#known = new Set(known);
  }

  allocate(bytes: number): Block {
    const block: Block = { bytes, kind: 'recorded', address: -1, references: 0, version: 0 };
    this.#known.add(block);
    return block;
  }

  table(key: string, make: () => Int32Array): Block {
    const known = this.#tables.get(key);
    if (known) return known;
    const block = this.#constant(make());
    this.#tables.set(key, block);
    return block;
  }

  /** What the step uploads: small numbers, or one number many times. */
  upload(values: Float32Array | Int32Array): Block {
    const uniform = values.every((value) => Object.is(value, values[0]));
    if (values.byteLength > largestConstant && !uniform) {
      throw new LabError('RECORDING_REFUSED', `A step to be compiled uploads ${values.length} numbers; they would be frozen in it. Make them an input of the step, or state.`);
    }
    return this.#constant(values);
  }

  renew(block: Block): Block {
    if (block.kind === 'eager' && this.#known.has(block)) {
      block.version += 1;
      return block;
    }
    const copy = this.allocate(block.bytes);
    this.emit('copy', 1, [block.bytes / 4, block.bytes / 4, block, copy]);
    return copy;
  }

  emit(name: string, chunks: number, args: Argument[]): void {
    for (const argument of args) {
      const block = blockOf(argument);
      if (block && !this.#known.has(block)) throw new LabError('RECORDING_REFUSED', 'A step to be compiled uses a tensor that is neither an input nor state. Hand it over as one of them.');
    }
    this.instructions.push({ name, chunks, args });
  }

  free(): void {}

  #constant(data: Float32Array | Int32Array): Block {
    const block: Block = { bytes: data.byteLength, kind: 'constant', address: -1, references: 0, version: 0, data };
    this.#known.add(block);
    this.constants.push(block);
    return block;
  }
}

type Life = { block: Block; from: number; to: number };

/** First and last instruction that mentions each recorded block; outputs live to the end. */
function livesOf(instructions: Instruction[], outputs: Block[]): Life[] {
  const lives = new Map<Block, Life>();
  instructions.forEach(({ args }, index) => {
    for (const argument of args) {
      const block = blockOf(argument);
      if (block?.kind !== 'recorded') continue;
      const life = lives.get(block);
      if (life) life.to = index;
      else lives.set(block, { block, from: index, to: index });
    }
  });
  for (const output of outputs) {
    const life = lives.get(output);
    if (life) life.to = Infinity;
  }
  return [...lives.values()];
}

const rounded = (bytes: number) => Math.ceil((bytes + 64) / 64) * 64;

/**
 * Gives each recorded block an offset such that blocks that live at the same time do not overlap: largest first, each in the
 * lowest gap that holds it.
 * @returns bytes of the whole arena; the offsets stand in the blocks' addresses
 */
export function planArena(instructions: Instruction[], outputs: Block[]): number {
  const placed: Life[] = [];
  let total = 0;
  for (const life of livesOf(instructions, outputs).sort((a, b) => b.block.bytes - a.block.bytes)) {
    const neighbours = placed.filter((other) => other.from <= life.to && life.from <= other.to).sort((a, b) => a.block.address - b.block.address);
    let offset = 0;
    for (const { block } of neighbours) {
      if (block.address - offset >= rounded(life.block.bytes)) break;
      offset = Math.max(offset, block.address + rounded(block.bytes));
    }
    life.block.address = offset;
    total = Math.max(total, offset + rounded(life.block.bytes));
    placed.push(life);
  }
  return total;
}

/** Constants that an instruction mentions or that are given out; the others (zero gradients that nobody reads) get no memory. */
export function usedConstants({ constants, instructions }: Recorder, outputs: Block[]): Block[] {
  const used = new Set<Block | null>([...outputs, ...instructions.flatMap(({ args }) => args.map(blockOf))]);
  return constants.filter((block) => used.has(block));
}
