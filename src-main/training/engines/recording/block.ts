// A piece of an engine's memory, and how kernels get and give it back. What an address means is the engine's concern.
import { LabError } from '#contract';

/** Eager blocks have an address from the start; recorded ones get it when the program is planned. */
export type Block = {
  readonly bytes: number;
  kind: 'eager' | 'recorded' | 'constant';
  address: number;
  /** Data ids that refer to it. */
  references: number;
  /** Counts in-place renewals, so that a stale reader is found out. */
  version: number;
  /** A compiled step renews it in place: views of it made from now on are copies. */
  pinned?: boolean;
  /** Contents of a constant. */
  data?: Float32Array | Int32Array;
};

/** What lowerings ask of eager memory and of a recorder alike. */
export interface BlockSource {
  /** Fresh memory for an output or an intermediate result. */
  allocate(bytes: number): Block;
  /** A block to write over in place: the block itself where it is state, else a copy. */
  renew(block: Block): Block;
  /** Intermediate memory that is not needed any more. */
  free(block: Block): void;
}

/** The error of a step that cannot be recorded. @param what follows "A step to be compiled" */
export const refused = (what: string): LabError => new LabError('RECORDING_REFUSED', `A step to be compiled ${what}.`);
