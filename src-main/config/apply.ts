// Values that the command line sets, adds and deletes, as Hydra applies them to a composed configuration.
import { didYouMean, LabError } from '#contract';
import { schemaKeys } from './components.ts';
import { toNode, type Literal } from './grammar/literal.ts';
import type { Override } from './grammar/override.ts';
import { deleteAt, getAt, isContainer, mergeTrees, setAt } from './merge.ts';
import { isTree, plainValue, pythonText, type Node, type NodeTree } from './values.ts';

const refuse = (message: string, key: string) => new LabError('CONFIG_COMPOSITION', message, { place: { key } });

/** The value of an override. @throws LabError CONFIG_COMPOSITION where it is a sweep */
export function literalOf({ value, text, key }: Override): Literal {
  if (value === null || 'literal' in value) return value === null ? { kind: 'null' } : value.literal;
  throw refuse(`Ambiguous value for '${text}':\n1. To use it as a list, use ${key}=[value1,value2]\n2. To use it as text, quote it: ${key}='value1,value2'\n3. To sweep over it, add -m (--multirun) to the command line`, key);
}

/** Keys at the deepest existing parent of a missing path, for the error. */
function neighbours(config: NodeTree, key: string): { parent: string; missing: string; at: Node | undefined; names: string[] } {
  const parts = key.split('.');
  let depth = 0;
  while (depth < parts.length - 1 && isContainer(getAt(config, parts.slice(0, depth + 1).join('.')))) depth += 1;
  const parent = parts.slice(0, depth).join('.');
  const at = parent === '' ? config : getAt(config, parent);
  const names = [...new Set([...(isTree(at) ? Object.keys(at) : []), ...schemaKeys(config, parent)])];
  return { parent, missing: parts[depth] ?? key, at, names };
}

/** `groups`: names that a key without a dot may have meant as well. */
function unknownKey(config: NodeTree, key: string, { text, groups }: { text: string; groups: string[] }): LabError {
  if (key === 'sweep' || key.startsWith('sweep.')) return refuse(`'${text}' gives settings to one optimizer of a sweep. Add -m (--multirun) to the command line, or set train.optimizer instead.`, key);
  const { parent, missing, at, names } = neighbours(config, key);
  if (Array.isArray(at)) {
    const has = at.length === 0 ? 'it is empty' : `its items are ${parent}.0 to ${parent}.${at.length - 1}`;
    return refuse(`Could not override '${key}': the list '${parent}' has no item '${missing}'; ${has}. To change its length give the whole list: ${parent}=[…]`, key);
  }
  const reached = parent === '' ? missing : `${parent}.${missing}`;
  const scalar = reached === key ? undefined : getAt(config, reached);
  if (scalar !== undefined && scalar !== null) return refuse(`Could not override '${key}': '${reached}' is ${pythonText(scalar)}, which has no keys.\nTo replace it use ++${text}`, key);
  const where = parent === '' ? 'the configuration' : `'${parent}'`;
  const all = parent === '' ? [...new Set([...names, ...groups])] : names;
  return refuse(`Could not override '${key}': ${where} has no key '${missing}'.${didYouMean(missing, all)}\nThere are ${all.join(', ') || 'no keys'}.\nTo add a new key use +${text}`, key);
}

const described = (value: Node): string => (Array.isArray(value) ? 'a list' : 'a mapping');

/** A container over a container: mappings merge, lists replace. @throws LabError CONFIG_COMPOSITION for one over the other */
function mergedOver(old: Node, value: Node, { key, text }: Override): Node {
  if (!isContainer(old) || !isContainer(value)) return value;
  if (Array.isArray(old) !== Array.isArray(value)) throw refuse(`Could not merge '${text}': '${key}' is ${described(old)} and the value ${described(value)}. Delete it first: ~${key}`, key);
  return isTree(old) && isTree(value) ? mergeTrees(old, value) : value;
}

/** The first key of a mapping that the configuration does not have at `path`. */
function newKey(config: NodeTree, value: Node, path: string): string | null {
  const old = getAt(config, path);
  if (!isTree(value) || !isTree(old)) return null;
  for (const [key, item] of Object.entries(value)) {
    const below = `${path}.${key}`;
    const found = Object.hasOwn(old, key) ? newKey(config, item, below) : schemaKeys(config, path).includes(key) ? null : below;
    if (found !== null) return found;
  }
  return null;
}

function change(config: NodeTree, override: Override, groups: string[]): void {
  const { key, text } = override;
  const value = toNode(literalOf(override));
  const parts = key.split('.');
  const parent = parts.slice(0, -1).join('.');
  const old = getAt(config, key);
  if (old === undefined && !schemaKeys(config, parent).includes(parts.at(-1) as string)) throw unknownKey(config, key, { text, groups });
  const added = newKey(config, value, key);
  if (added !== null) throw unknownKey(config, added, { text, groups: [] });
  setAt(config, key, old === undefined ? value : mergedOver(old, value, override));
}

/** @param force `++`: whatever is there already */
function add(config: NodeTree, override: Override, force: boolean): void {
  const { key, text } = override;
  const value = toNode(literalOf(override));
  const old = getAt(config, key);
  if (!force && !isContainer(value) && old !== undefined && old !== null && old !== '???') {
    throw refuse(`Could not append to the configuration: an item is already at '${key}'.\nEither remove the + prefix: '${text.slice(1)}'\nOr add a second + to add or override '${key}': '+${text}'`, key);
  }
  setAt(config, key, old === undefined ? value : mergedOver(old, value, override));
}

function remove(config: NodeTree, { key, value }: Override): void {
  const old = getAt(config, key);
  if (old === undefined) {
    const { parent, missing, at, names } = neighbours(config, key);
    const hint = Array.isArray(at) ? ` The items of '${parent}' are 0 to ${at.length - 1}.` : didYouMean(missing, names);
    throw refuse(`Could not delete from the configuration: '${key}' does not exist.${hint}`, key);
  }
  const wanted = value && 'literal' in value ? plainValue(toNode(value.literal), key) : null;
  const found = plainValue(old, key);
  if (wanted !== null && JSON.stringify(wanted) !== JSON.stringify(found)) {
    throw refuse(`Could not delete from the configuration: the value of '${key}' is ${JSON.stringify(found)} and not ${JSON.stringify(wanted)}.`, key);
  }
  deleteAt(config, key);
}

/** @param groups names of all groups, for hints @throws LabError CONFIG_COMPOSITION */
export function applyOverride(config: NodeTree, override: Override, groups: string[]): void {
  if (override.package !== null) throw refuse(`Could not override '${override.key}@${override.package}': '${override.key}' is no group.${didYouMean(override.key, groups)}`, override.key);
  switch (override.type) {
    case 'DEL': return remove(config, override);
    case 'CHANGE': return change(config, override, groups);
    case 'ADD': return add(config, override, false);
    case 'FORCE_ADD': return add(config, override, true);
  }
}
