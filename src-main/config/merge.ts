// Merging, reading and writing of configuration trees by dotted paths, and interpolation.
import { LabError, type ConfigTree, type ConfigValue } from '#contract';

export const isTree = (value: ConfigValue | undefined): value is ConfigTree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** `b` over `a`: trees merge, everything else replaces. */
export function mergeTrees(a: ConfigTree, b: ConfigTree): ConfigTree {
  const result: ConfigTree = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const old = result[key];
    result[key] = isTree(old) && isTree(value) ? mergeTrees(old, value) : structuredClone(value);
  }
  return result;
}

/** A tree that holds `value` at a dotted path. */
export const nest = (path: string, value: ConfigTree): ConfigTree =>
  path === '' ? value : path.split('.').reduceRight<ConfigTree>((inner, key) => ({ [key]: inner }), value);

/** The value at a dotted path; undefined where there is none. */
export function getAt(tree: ConfigTree, path: string): ConfigValue | undefined {
  return path.split('.').reduce<ConfigValue | undefined>((value, key) => {
    if (Array.isArray(value)) return value[Number(key)];
    return isTree(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }, tree);
}

/** Sets a value at a dotted path, making trees on the way. */
export function setAt(tree: ConfigTree, path: string, value: ConfigValue): void {
  const keys = path.split('.');
  const last = keys.pop() as string;
  let target: ConfigTree | ConfigValue[] = tree;
  for (const key of keys) {
    const next: ConfigValue | undefined = Array.isArray(target) ? target[Number(key)] : target[key];
    if (isTree(next) || Array.isArray(next)) target = next;
    else {
      const fresh: ConfigTree = {};
      if (Array.isArray(target)) target[Number(key)] = fresh;
      else target[key] = fresh;
      target = fresh;
    }
  }
  if (Array.isArray(target)) target[Number(last)] = value;
  else target[last] = value;
}

/** Removes what lies at a dotted path. */
export function deleteAt(tree: ConfigTree, path: string): void {
  const keys = path.split('.');
  const last = keys.pop() as string;
  const parent = keys.length === 0 ? tree : getAt(tree, keys.join('.'));
  if (isTree(parent)) delete parent[last];
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
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
