// Merging, reading and writing of configuration trees by dotted paths.
import { findPrototypeKey, isPrototypeKey, LabError, type ConfigTree, type ConfigValue } from '#contract';
import { copyNode, isTree, type Node, type NodeTree } from './values.ts';

export { isTree };

/** @throws LabError CONFIG_SYNTAX for a dotted key of which a part names a prototype */
export function checkKey(key: string): void {
  const part = key.split('.').find(isPrototypeKey);
  if (part !== undefined) throw new LabError('CONFIG_SYNTAX', `The key '${key}' is not allowed: '${part}' names an object's prototype. Use another name.`, { place: { key } });
}

/** @throws LabError CONFIG_SYNTAX where a key anywhere in the value names a prototype */
export function checkKeysOf(value: unknown): void {
  const key = findPrototypeKey(value);
  if (key !== null) checkKey(key);
}

/**
 * `b` over `a`: trees merge, everything else replaces, but for a missing value (`???`), which leaves what is there.
 * @throws LabError CONFIG_COMPOSITION for a list over a tree, or the other way round
 */
export function mergeTrees(a: NodeTree, b: NodeTree): NodeTree {
  const result: NodeTree = { ...a };
  for (const [key, value] of Object.entries(b)) {
    checkKey(key);
    const old = Object.hasOwn(result, key) ? result[key] : undefined;
    if (!isTree(old) || !isTree(value)) checkKeysOf(value);
    if (value === '???' && old !== undefined) continue;
    if (isContainer(old) && isContainer(value) && Array.isArray(old) !== Array.isArray(value)) throw new LabError('CONFIG_COMPOSITION', `Cannot merge ${Array.isArray(value) ? 'a list over the mapping' : 'a mapping over the list'} '${key}'. Delete it first, or give it another name.`, { place: { key } });
    result[key] = isTree(old) && isTree(value) ? mergeTrees(old, value) : copyNode(value);
  }
  return result;
}

/** A tree that holds `value` at a dotted path. */
export function nest(path: string, value: NodeTree): NodeTree {
  checkKey(path);
  return path === '' ? value : path.split('.').reduceRight<NodeTree>((inner, key) => ({ [key]: inner }), value);
}

/** The value at a dotted path; undefined where there is none. */
export function getAt(tree: ConfigTree, path: string): ConfigValue | undefined;
export function getAt(tree: NodeTree, path: string): Node | undefined;
export function getAt(tree: NodeTree, path: string): Node | undefined {
  return path.split('.').reduce<Node | undefined>((value, key) => (isContainer(value) ? childOf(value, key) : undefined), tree);
}

type Parent = NodeTree | Node[];

export const isContainer = (value: Node | undefined): value is Parent => Array.isArray(value) || isTree(value);

/** The item of a list or the value of a key. */
export function childOf(parent: Parent, key: string): Node | undefined {
  if (Array.isArray(parent)) return /^\d+$/.test(key) ? parent[Number(key)] : undefined;
  return Object.hasOwn(parent, key) ? parent[key] : undefined;
}

/** Lists do not grow: an index behind their end would make a list of any length. */
function setChild(parent: Parent, key: string, value: Node): void {
  if (!Array.isArray(parent)) parent[key] = value;
  else if (Object.hasOwn(parent, Number(key))) parent[Number(key)] = value;
  else throw new LabError('CONFIG_COMPOSITION', `A list has no item '${key}': its items are 0 to ${parent.length - 1}. Give the whole list instead.`, { place: { key } });
}

/** Sets a value at a dotted path, making trees on the way. @throws LabError CONFIG_SYNTAX (a prototype's key), CONFIG_COMPOSITION (no such item of a list) */
export function setAt(tree: NodeTree, path: string, value: Node): void {
  checkKey(path);
  checkKeysOf(value);
  const keys = path.split('.');
  const last = keys.pop() as string;
  let target: Parent = tree;
  for (const key of keys) {
    const next: Node | undefined = childOf(target, key);
    if (isTree(next) || Array.isArray(next)) target = next;
    else {
      const fresh: NodeTree = {};
      setChild(target, key, fresh);
      target = fresh;
    }
  }
  setChild(target, last, value);
}

/** Removes what is at a dotted path, if anything is. */
export function deleteAt(tree: NodeTree, path: string): void {
  checkKey(path);
  const keys = path.split('.');
  const last = keys.pop() as string;
  const parent: Node | undefined = keys.length === 0 ? tree : getAt(tree, keys.join('.'));
  if (isTree(parent)) delete parent[last];
  else if (Array.isArray(parent) && Object.hasOwn(parent, Number(last))) parent.splice(Number(last), 1);
}
