// Plans the places of a recorded step's blocks so that memory is used again as soon as its last reader has run.
import type { Block } from './block.ts';

type Life = { block: Block; from: number; to: number };

/** First and last instruction that mentions each recorded block; outputs live to the end. */
function livesOf(mentions: Block[][], outputs: Block[]): Life[] {
  const lives = new Map<Block, Life>();
  mentions.forEach((blocks, index) => {
    for (const block of blocks) {
      if (block.kind !== 'recorded') continue;
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

export type ArenaRules = {
  /** Places are multiples of this many bytes. */
  alignment: number;
  /** Bytes behind a block that belong to it. */
  slack: number;
  /** No block lies across a multiple of this many bytes: the largest piece of memory that the engine can get. */
  span?: number;
};

/**
 * Gives each recorded block an offset such that blocks that live at the same time do not overlap: largest first, each in the
 * lowest gap that holds it.
 * @param mentions the blocks that each instruction mentions, in order
 * @returns bytes of the whole arena; the offsets stand in the blocks' addresses
 */
export function planArena(mentions: Block[][], outputs: Block[], { alignment, slack, span = Infinity }: ArenaRules): number {
  const rounded = ({ bytes }: Block) => Math.ceil((bytes + slack) / alignment) * alignment;
  const within = (offset: number, bytes: number) => (Math.floor(offset / span) === Math.floor((offset + bytes - 1) / span) ? offset : Math.ceil(offset / span) * span);
  const placed: Life[] = [];
  let total = 0;
  for (const life of livesOf(mentions, outputs).sort((a, b) => b.block.bytes - a.block.bytes)) {
    const bytes = rounded(life.block);
    const neighbours = placed.filter((other) => other.from <= life.to && life.from <= other.to).sort((a, b) => a.block.address - b.block.address);
    let offset = 0;
    for (const { block } of neighbours) {
      if (block.address - offset >= bytes) break;
      offset = within(Math.max(offset, block.address + rounded(block)), bytes);
    }
    life.block.address = offset;
    total = Math.max(total, offset + bytes);
    placed.push(life);
  }
  return total;
}

/** Constants that an instruction mentions or that are given out; the others (zero gradients that nobody reads) get no memory. */
export function usedConstants(constants: Block[], mentions: Block[][], outputs: Block[]): Block[] {
  const used = new Set<Block>([...outputs, ...mentions.flat()]);
  return constants.filter((block) => used.has(block));
}
