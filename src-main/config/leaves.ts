// The leaves of a configuration tree by their dotted paths, and what differs between two trees.
import type { ConfigTree, ConfigValue } from '#contract';
import { isTree, type Node, type NodeTree } from './values.ts';

/** Lists are leaves, and so are empty trees. */
export function leavesOf(tree: ConfigTree, prefix?: string): Map<string, ConfigValue>;
export function leavesOf(tree: NodeTree, prefix?: string): Map<string, Node>;
export function leavesOf(tree: NodeTree, prefix = ''): Map<string, Node> {
  return new Map(Object.entries(tree).flatMap(([key, value]): [string, Node][] => {
    const path = `${prefix}${key}`;
    return isTree(value) && Object.keys(value).length > 0 ? [...leavesOf(value, `${path}.`)] : [[path, value]];
  }));
}

/** A leaf that two configurations do not share; undefined where one lacks it. */
export type Difference = { key: string; before: ConfigValue | undefined; after: ConfigValue | undefined };

export function diffTrees(before: ConfigTree, after: ConfigTree): Difference[] {
  const [had, has] = [leavesOf(before), leavesOf(after)];
  return [...new Set([...had.keys(), ...has.keys()])]
    .map((key) => ({ key, before: had.get(key), after: has.get(key) }))
    .filter((one) => JSON.stringify(one.before) !== JSON.stringify(one.after) || Object.is(one.before, -0) !== Object.is(one.after, -0));
}
