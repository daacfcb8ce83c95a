// What every engine's recorder does with blocks: it knows which a step may use, keeps constants, and renews state in place.
import { LabError } from '#contract';
import { type Block, type BlockSource, refused } from './block.ts';

/** Larger constants would be frozen data, most likely a mistake. */
const largestConstant = 4096;

export abstract class BlockRecorder implements BlockSource {
  readonly constants: Block[] = [];
  readonly #known: Set<Block>;

  /** @param known the blocks of state and inputs, which have their places already */
  constructor(known: Iterable<Block>) {
    this.#known = new Set(known);
  }

  /** Records the copying of a whole block. */
  abstract copy(from: Block, to: Block): void;
  /** The blocks that each instruction mentions, in order. */
  abstract mentions(): Block[][];

  allocate(bytes: number): Block {
    const block: Block = { bytes, kind: 'recorded', address: -1, references: 0, version: 0 };
    this.#known.add(block);
    return block;
  }

  /** What the step uploads: small numbers, or one number many times. */
  upload(values: Float32Array | Int32Array): Block {
    const uniform = values.every((value) => Object.is(value, values[0]));
    if (values.byteLength > largestConstant && !uniform) {
      throw new LabError('RECORDING_REFUSED', `A step to be compiled uploads ${values.length} numbers; they would be frozen in it. Make them an input of the step, or state.`);
    }
    return this.constant(values);
  }

  renew(block: Block): Block {
    if (block.kind === 'eager' && this.#known.has(block)) {
      block.version += 1;
      return block;
    }
    const copy = this.allocate(block.bytes);
    this.copy(block, copy);
    return copy;
  }

  free(): void {}

  /** A block of numbers that every run of the program finds unchanged. */
  protected constant(data: Float32Array | Int32Array): Block {
    const block: Block = { bytes: data.byteLength, kind: 'constant', address: -1, references: 0, version: 0, data };
    this.#known.add(block);
    this.constants.push(block);
    return block;
  }

  /** @throws LabError RECORDING_REFUSED for a tensor from outside the step */
  check(block: Block): void {
    if (!this.#known.has(block)) throw refused('uses a tensor that is neither an input nor state. Hand it over as one of them');
  }
}
