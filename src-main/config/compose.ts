// Composes a configuration: defaults list, groups chosen on the command line, values set in their order, interpolation.
import { createHash } from 'node:crypto';
import { didYouMean, LabError, type ConfigTree, type ConfigValue, type Experiment } from '#contract';
import { schemaKeys } from './components.ts';
import { expandDefaults, type GroupChoices, type Placed } from './defaults.ts';
import { toPlain, type Literal } from './grammar/literal.ts';
import { parseOverride, type Override } from './grammar/override.ts';
import { deleteAt, getAt, isTree, mergeTrees, nest, resolveInterpolations, setAt } from './merge.ts';
import { referencesIn, type References } from './references.ts';
import { builtinTree, ConfigSearch } from './tree.ts';

export type ComposeOptions = {
  overrides: string[];
  /** A tree that goes before ours, for instance a checkout of the published one. */
  configDir?: string | null;
  /** Only these folders, for tests of other trees. */
  searchPath?: string[];
  /** Name of the primary file. */
  configName?: string;
  /** Iterations of a run; null where they are not known yet. */
  stepsOf?: (experiment: Experiment) => number | null;
};
/** `references`: interpolations by the path of their value, for overrides that come later. */
export type Composed = { config: ConfigTree; references: References; overrides: string[]; sources: Placed[]; searchPath: string[] };

/** The search of these options: `configDir` first, then our own tree. */
export const createSearch = ({ configDir, searchPath }: Pick<ComposeOptions, 'configDir' | 'searchPath'>): ConfigSearch =>
  new ConfigSearch(searchPath ?? (configDir ? [configDir, builtinTree] : [builtinTree]));

const literalOf = ({ value, text, key }: Override): Literal => {
  if (value === null || 'literal' in value) return value === null ? { kind: 'null' } : value.literal;
  throw new LabError('CONFIG_COMPOSITION', `Ambiguous value for '${text}':\n1. To use it as a list, use ${key}=[value1,value2]\n2. To use it as text, quote it: ${key}='value1,value2'\n3. To sweep over it, add -m (--multirun) to the command line`, { place: { key } });
};

/** Whether a key is of Hydra's own configuration, which is not ours. */
export const isHydras = (key: string): boolean => /^hydra[./]/.test(key);

export const isGroupOverride = (search: ConfigSearch, { key, value }: Override): boolean =>
  search.isGroup(key) && !(value && 'literal' in value && (value.literal.kind === 'dict' || value.literal.kind === 'list'));

function collectGroups(overrides: Override[]): GroupChoices {
  const choices: GroupChoices = { chosen: new Map(), added: [], deleted: new Set() };
  for (const override of overrides) {
    const literal = literalOf(override);
    const option = literal.kind === 'null' || !('value' in literal) ? null : String(literal.value);
    if (override.type === 'DEL') choices.deleted.add(override.key);
    else if (override.type === 'CHANGE') choices.chosen.set(override.key, option);
    else if (option !== null) choices.added.push({ group: override.key, option, package: override.package });
  }
  return choices;
}

/** Keys that stand at the deepest existing parent of a missing path, for the error. */
function neighbours(config: ConfigTree, key: string): { parent: string; missing: string; names: string[] } {
  const parts = key.split('.');
  let depth = 0;
  while (depth < parts.length - 1 && isTree(getAt(config, parts.slice(0, depth + 1).join('.')))) depth += 1;
  const parent = parts.slice(0, depth).join('.');
  const at = parent === '' ? config : getAt(config, parent);
  const names = [...new Set([...(isTree(at) ? Object.keys(at) : []), ...schemaKeys(config, parent)])];
  return { parent, missing: parts[depth] ?? key, names };
}

/** `groups`: names that a key without a dot may have meant as well. */
function unknownKey(config: ConfigTree, { key, text }: Override, groups: string[]): LabError {
  const { parent, missing, names } = neighbours(config, key);
  const where = parent === '' ? 'the configuration' : `'${parent}'`;
  const all = parent === '' ? [...new Set([...names, ...groups])] : names;
  return new LabError('CONFIG_COMPOSITION', `Could not override '${key}': ${where} has no key '${missing}'.${didYouMean(missing, all)}\nThere are ${all.join(', ') || 'no keys'}.\nTo add a new key use +${text}`, { place: { key } });
}

function change(config: ConfigTree, override: Override, groups: string[]): void {
  const { key } = override;
  const value = toPlain(literalOf(override));
  const known = getAt(config, key) !== undefined;
  const parent = key.split('.').slice(0, -1).join('.');
  if (!known && !schemaKeys(config, parent).includes(key.split('.').at(-1) as string)) throw unknownKey(config, override, groups);
  const old = getAt(config, key);
  setAt(config, key, isTree(old) && isTree(value) ? mergeTrees(old, value) : value);
}

function add(config: ConfigTree, { key, text }: Override, value: ConfigValue): void {
  const old = getAt(config, key);
  if (isTree(old) && isTree(value)) return setAt(config, key, mergeTrees(old, value));
  if (old !== undefined && old !== null) {
    throw new LabError('CONFIG_COMPOSITION', `Could not append to the configuration: an item is already at '${key}'.\nEither remove the + prefix: '${text.slice(1)}'\nOr add a second + to add or override '${key}': '+${text}'`, { place: { key } });
  }
  setAt(config, key, value);
}

function remove(config: ConfigTree, { key, value }: Override): void {
  const old = getAt(config, key);
  if (old === undefined) {
    const { missing, names } = neighbours(config, key);
    throw new LabError('CONFIG_COMPOSITION', `Could not delete from the configuration: '${key}' does not exist.${didYouMean(missing, names)}`, { place: { key } });
  }
  const wanted = value && 'literal' in value ? toPlain(value.literal) : undefined;
  if (wanted !== undefined && JSON.stringify(wanted) !== JSON.stringify(old)) {
    throw new LabError('CONFIG_COMPOSITION', `Could not delete from the configuration: the value of '${key}' is ${JSON.stringify(old)} and not ${JSON.stringify(wanted)}.`, { place: { key } });
  }
  deleteAt(config, key);
}

export function applyValue(config: ConfigTree, override: Override, groups: string[]): void {
  if (override.type === 'DEL') return remove(config, override);
  const value = toPlain(literalOf(override));
  switch (override.type) {
    case 'CHANGE': return change(config, override, groups);
    case 'ADD': return add(config, override, value);
    case 'FORCE_ADD': return setAt(config, override.key, value);
  }
}

function checkMandatory(config: ConfigTree): void {
  const walk = (value: ConfigValue, path: string): void => {
    if (value === '???') throw new LabError('CONFIG_INVALID', `'${path}' has no value and must be given: ${path}=…`, { place: { key: path } });
    if (isTree(value)) for (const [key, item] of Object.entries(value)) walk(item, path === '' ? key : `${path}.${key}`);
  };
  walk(config, '');
}

/** @throws LabError CONFIG_COMPOSITION where a key names a group that there is not */
export function requireGroups(search: ConfigSearch, values: Override[]): void {
  const unknownGroup = values.find(({ key }) => key.includes('/'));
  if (unknownGroup) throw new LabError('CONFIG_COMPOSITION', `Could not override '${unknownGroup.key}': there is no such group.${didYouMean(unknownGroup.key, search.groups())}\nThere are ${search.groups().join(', ')}.`, { place: { key: unknownGroup.key } });
}

/**
 * Composes what a command line asks for.
 * @throws LabError CONFIG_SYNTAX, CONFIG_MISSING (group option), CONFIG_COMPOSITION (key, group, sweep), CONFIG_INVALID
 */
export function composeConfig(options: ComposeOptions): Composed {
  const search = createSearch(options);
  const written = options.overrides.map(parseOverride);
  written.filter(({ type }) => type !== 'DEL').forEach(literalOf);
  const parsed = written.filter(({ key }) => !isHydras(key));
  const groups = parsed.filter((override) => isGroupOverride(search, override));
  const values = parsed.filter((override) => !groups.includes(override));
  requireGroups(search, values);
  const sources = expandDefaults(search, options.configName ?? 'defaults', collectGroups(groups));
  const config = sources.reduce<ConfigTree>((tree, { file, package: place }) => mergeTrees(tree, nest(place, file.content)), {});
  for (const override of values) applyValue(config, override, search.groups());
  const resolved = resolveInterpolations(config);
  checkMandatory(resolved);
  return { config: resolved, references: referencesIn(config), overrides: options.overrides, sources, searchPath: search.folders };
}

function sorted(value: ConfigValue): ConfigValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isTree(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key] as ConfigValue)]));
}

/** SHA-256 of the configuration, whatever the order of its keys. */
export const configHash = (config: ConfigTree): string => createHash('sha256').update(JSON.stringify(sorted(config))).digest('hex');
