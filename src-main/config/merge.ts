// Merging, reading and writing of configuration trees by dotted paths, and interpolation.
import { findPrototypeKey, isPrototypeKey, LabError, type ConfigTree, type ConfigValue } from '#contract';

export const isTree = (value: ConfigValue | undefined): value is ConfigTree => typeof value === 'object' && value !== null && !Array.isArray(value);

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

/** `b` over `a`: trees merge, everything else replaces. */
export function mergeTrees(a: ConfigTree, b: ConfigTree): ConfigTree {
  const result: ConfigTree = { ...a };
  for (const [key, value] of Object.entries(b)) {
    checkKey(key);
    const old = Object.hasOwn(result, key) ? result[key] : undefined;
    if (!isTree(old) || !isTree(value)) checkKeysOf(value);
    result[key] = isTree(old) && isTree(value) ? mergeTrees(old, value) : structuredClone(value);
  }
  return result;
}

/** A tree that holds `value` at a dotted path. */
export function nest(path: string, value: ConfigTree): ConfigTree {
  checkKey(path);
  return path === '' ? value : path.split('.').reduceRight<ConfigTree>((inner, key) => ({ [key]: inner }), value);
}

/** The value at a dotted path; undefined where there is none. */
export function getAt(tree: ConfigTree, path: string): ConfigValue | undefined {
  return path.split('.').reduce<ConfigValue | undefined>((value, key) => (isTree(value) || Array.isArray(value) ? childOf(value, key) : undefined), tree);
}

type Parent = ConfigTree | ConfigValue[];

const childOf = (parent: Parent, key: string): ConfigValue | undefined =>
  Array.isArray(parent) ? parent[Number(key)] : Object.hasOwn(parent, key) ? parent[key] : undefined;

/** Lists do not grow: an index behind their end would make a list of any length. */
function setChild(parent: Parent, key: string, value: ConfigValue): void {
  if (!Array.isArray(parent)) parent[key] = value;
  else if (Object.hasOwn(parent, Number(key))) parent[Number(key)] = value;
  else throw new LabError('CONFIG_COMPOSITION', `A list has no item '${key}': its items are 0 to ${parent.length - 1}. Give the whole list instead.`, { place: { key } });
}

/** Sets a value at a dotted path, making trees on the way. @throws LabError CONFIG_SYNTAX (a prototype's key), CONFIG_COMPOSITION (no such item of a list) */
export function setAt(tree: ConfigTree, path: string, value: ConfigValue): void {
  checkKey(path);
  checkKeysOf(value);
  const keys = path.split('.');
  const last = keys.pop() as string;
  let target: Parent = tree;
  for (const key of keys) {
    const next: ConfigValue | undefined = childOf(target, key);
    if (isTree(next) || Array.isArray(next)) target = next;
    else {
      const fresh: ConfigTree = {};
      setChild(target, key, fresh);
      target = fresh;
    }
  }
  setChild(target, last, value);
}

/** Removes what is at a dotted path, if anything is. */
export function deleteAt(tree: ConfigTree, path: string): void {
  checkKey(path);
  const keys = path.split('.');
  const last = keys.pop() as string;
  const parent = keys.length === 0 ? tree : getAt(tree, keys.join('.'));
  if (isTree(parent)) delete parent[last];
  else if (Array.isArray(parent) && Object.hasOwn(parent, Number(last))) parent.splice(Number(last), 1);
}

/** Resolves `${a.b}` (from the root) and `${.b}`, `${..b}` (from here) in every text of the tree. */
export function resolveInterpolations(tree: ConfigTree): ConfigTree {
  const resolving = new Set<string>();
  const lookUp = (reference: string, path: string[]): ConfigValue => {
    const dots = /^\.*/.exec(reference)?.[0].length ?? 0;
    const base = dots === 0 ? [] : path.slice(0, path.length - dots);
    const target = [...base, ...reference.slice(dots).split('.')].join('.');
    if (resolving.has(target)) throw new LabError('CONFIG_INVALID', `The interpolation \${${reference}} at '${path.join('.')}' refers to itself.`, { place: { key: path.join('.') } });
    const found = getAt(tree, target);
    if (found === undefined) throw new LabError('CONFIG_INVALID', `The interpolation \${${reference}} at '${path.join('.')}' finds no key '${target}'.`, { place: { key: path.join('.') } });
    resolving.add(target);
    const value = resolve(found, target.split('.'));
    resolving.delete(target);
    return value;
  };
  const resolve = (value: ConfigValue, path: string[]): ConfigValue => {
    if (Array.isArray(value)) return value.map((item, index) => resolve(item, [...path, String(index)]));
    if (isTree(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, [...path, key])]));
    if (typeof value !== 'string' || !value.includes('${')) return value;
    const whole = /^\$\{([^${}:]+)\}$/.exec(value);
    if (whole) return lookUp(whole[1] as string, path);
    return value.replace(/\$\{([^${}]+)\}/g, (_, reference: string) => {
      const environment = /^oc\.env:([^,]+)(?:,(.*))?$/.exec(reference);
      if (environment) {
        const found = process.env[environment[1] as string] ?? environment[2];
        if (found === undefined) throw new LabError('CONFIG_INVALID', `The environment variable ${environment[1]} of '${path.join('.')}' is not set.`, { place: { key: path.join('.') } });
        return found;
      }
      return String(lookUp(reference, path));
    });
  };
  return resolve(tree, []) as ConfigTree;
}
