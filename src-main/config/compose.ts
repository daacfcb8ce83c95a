// Composes a configuration: defaults list, groups chosen on the command line, values set in their order, interpolation.
import { createHash } from 'node:crypto';
import { didYouMean, LabError, type ConfigTree, type ConfigValue, type Experiment } from '#contract';
import { applyOverride, literalOf } from './apply.ts';
import type { GroupChoices } from './defaults/choices.ts';
import { expandDefaults, type Placed } from './defaults/expand.ts';
import type { Literal } from './grammar/literal.ts';
import { parseOverride, type Override } from './grammar/override.ts';
import { resolveTree } from './interpolation/resolve.ts';
import { mergeTrees, nest } from './merge.ts';
import { referencesIn, type References } from './references.ts';
import { builtinTree, ConfigSearch } from './tree.ts';
import { floatText, isTree, plainTree, type NodeTree } from './values.ts';

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
/** `exact` is `config` with integers and floats told apart, for YAML. `references`: interpolations by the path of their value, for overrides that come later. */
export type Composed = { config: ConfigTree; exact: NodeTree; references: References; overrides: string[]; sources: Placed[]; searchPath: string[]; warnings: string[] };

/** The search of these options: `configDir` first, then our own tree. */
export const createSearch = ({ configDir, searchPath }: Pick<ComposeOptions, 'configDir' | 'searchPath'>): ConfigSearch =>
  new ConfigSearch(searchPath ?? (configDir ? [configDir, builtinTree] : [builtinTree]));

/** Whether a key is of Hydra's own configuration, which is not ours. */
export const isHydras = (key: string): boolean => /^hydra[./]/.test(key);

const refuse = (message: string, key: string) => new LabError('CONFIG_COMPOSITION', message, { place: { key } });

/** A mapping over a group changes its values; all else chooses options. */
export const isGroupOverride = (search: ConfigSearch, { key, value }: Override): boolean => search.isGroup(key) && !(value && 'literal' in value && value.literal.kind === 'dict');

/** The name of an option: what was typed, where it looks like a number. */
function optionName(literal: Literal, { key, text }: Override): string {
  if (literal.kind === 'string') return literal.value;
  if (literal.kind === 'int' || literal.kind === 'bool') return String(literal.value);
  const typed = text.slice(text.indexOf('=') + 1).trim();
  if (literal.kind === 'float') return /[[,]/.test(typed) ? floatText(literal.value) : typed;
  throw refuse(`'${text}': an option of the group '${key}' must be a name or a list of names.`, key);
}

function optionsOf(override: Override): string | string[] | null {
  const literal = literalOf(override);
  if (literal.kind === 'null') return null;
  return literal.kind === 'list' ? literal.items.map((item) => optionName(item, override)) : optionName(literal, override);
}

function collectGroups(overrides: Override[]): GroupChoices {
  const choices: GroupChoices = { chosen: new Map(), added: [], deleted: new Map() };
  for (const override of overrides) {
    const { type, text, package: place } = override;
    const key = place === null ? override.key : `${override.key}@${place}`;
    const option = optionsOf(override);
    if (type === 'FORCE_ADD') throw refuse(`Force-add of a group is not supported: '${text}'. Use ${text.slice(2)} to change the option, ${text.slice(1)} to add the group.`, override.key);
    if (type === 'CHANGE') choices.chosen.set(key, option);
    else if (type === 'DEL' && !Array.isArray(option)) choices.deleted.set(key, option);
    else if (type === 'ADD' && option !== null) choices.added.push({ group: override.key, option, package: place });
    else throw refuse(`'${text}': give one option of the group '${override.key}'.`, override.key);
  }
  return choices;
}

function checkMandatory(config: ConfigTree): void {
  const walk = (value: ConfigValue, path: string): void => {
    if (value === '???') throw new LabError('CONFIG_INVALID', `'${path}' has no value and must be given: ${path}=…`, { place: { key: path } });
    if (Array.isArray(value)) value.forEach((item, index) => walk(item, `${path}.${index}`));
    else if (isTree(value)) for (const [key, item] of Object.entries(value)) walk(item, path === '' ? key : `${path}.${key}`);
  };
  walk(config, '');
}

/** @throws LabError CONFIG_COMPOSITION where a key names a group that there is not */
export function requireGroups(search: ConfigSearch, values: Override[]): void {
  const unknown = values.find(({ key }) => key.includes('/'));
  if (unknown) throw refuse(`Could not override '${unknown.key}': there is no such group.${didYouMean(unknown.key, search.groups())}\nThere are ${search.groups().join(', ')}.`, unknown.key);
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
  const { placed: sources, choices } = expandDefaults(search, options.configName ?? 'defaults', collectGroups(groups));
  const merged = sources.reduce<NodeTree>((tree, { file, package: place }) => mergeTrees(tree, nest(place, file.content)), {});
  for (const override of values) applyOverride(merged, override, search.groups());
  // Hydra's own settings are no part of the job's configuration.
  delete merged.hydra;
  const { exact, warnings } = resolveTree(merged, choices);
  const config = plainTree(exact);
  checkMandatory(config);
  const said = [...new Set([...sources.flatMap(({ file }) => file.warnings), ...warnings])];
  return { config, exact, references: referencesIn(merged), overrides: options.overrides, sources, searchPath: search.folders, warnings: said };
}

function sorted(value: ConfigValue): ConfigValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isTree(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key] as ConfigValue)]));
}

/** SHA-256 of the configuration, whatever the order of its keys. */
export const configHash = (config: ConfigTree): string => createHash('sha256').update(JSON.stringify(sorted(config))).digest('hex');
