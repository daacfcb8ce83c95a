// What a resolver is given of the resolution that calls it.
import type { LabError } from '#contract';
import type { Node, NodeTree } from '../values.ts';

/** The keys that lead to a text; relative interpolations count from there. */
export type Place = readonly string[];

export type Context = {
  readonly root: NodeTree;
  readonly warnings: string[];
  /** Options of the defaults list by group, for ${hydra:runtime.choices.…}. */
  readonly choices: ReadonlyMap<string, string | null>;
  /** The value with everything in it resolved. */
  resolve(value: Node, place: Place): Node;
  /** The value at a dotted key of a text at `place`; undefined where there is none. */
  select(key: string, place: Place): Node | undefined;
  /** Evaluates a text as a resolver's argument, as oc.decode does. */
  decode(text: string, place: Place): Node;
  error(what: string, place: Place): LabError;
};
