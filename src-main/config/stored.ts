// Overrides applied to the configuration that a run was made with, whatever has become of the files since.
import { LabError, type ConfigTree } from '#contract';
import { applyOverride } from './apply.ts';
import { composeConfig, createSearch, isGroupOverride, isHydras, requireGroups, type Composed, type ComposeOptions } from './compose.ts';
import type { Placed } from './defaults/expand.ts';
import { parseOverride, type Override } from './grammar/override.ts';
import { diffTrees } from './leaves.ts';
import { resolveTree } from './interpolation/resolve.ts';
import { settleLengths } from './lengths.ts';
import { deleteAt, getAt, setAt } from './merge.ts';
import { referencesIn, type References } from './references.ts';
import { isTree, plainTree, type Node, type NodeTree } from './values.ts';

export type StoredConfig = { config: ConfigTree; references?: References };
/** Where a group that an override names is read: `configDir` goes before the built-in tree. */
export type GroupFiles = Pick<ComposeOptions, 'configDir' | 'stepsOf'>;
/** A group whose values were replaced, and the files that they were read from. */
export type ReplacedGroup = { override: string; files: string[] };

/** A `${` in a stored value is text: it was resolved when the run was queued. */
const mapText = (value: Node, change: (text: string) => string): Node => {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapText(item, change));
  return isTree(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapText(item, change)])) : value;
};
const shield = (text: string): string => text.replaceAll('${', '\uE000{');
const unshield = (text: string): string => text.replaceAll('\uE000{', '${');

/** The stored configuration with its references in place of the values that they gave. */
function unresolved({ config, references = {} }: StoredConfig): ConfigTree {
  const tree = mapText(config, shield) as ConfigTree;
  for (const [path, text] of Object.entries(references)) if (getAt(tree, path) !== undefined) setAt(tree, path, text);
  return tree;
}

/** Composes a group by itself; a tree of one's own need not have its default groups. */
function composeGroup(text: string, { configDir = null }: GroupFiles): Composed {
  try {
    return composeConfig({ overrides: [text], configDir });
  } catch (error) {
    if (configDir === null) throw error;
    try {
      return composeConfig({ overrides: [text] });
    } catch {
      throw error;
    }
  }
}

const optionPath = ({ key, value }: Override): string => `${key}/${value && 'literal' in value && 'value' in value.literal ? String(value.literal.value) : ''}`;

/** Takes over what a file of the package `_global_`, an experiment, changes. */
function applyGlobal(tree: NodeTree, chosen: Composed, files: GroupFiles): void {
  const after = unresolved(chosen);
  for (const { key, after: value } of diffTrees(unresolved(composeConfig({ overrides: [], ...files })), after)) {
    if (value !== undefined) setAt(tree, key, structuredClone(value));
    else if (getAt(tree, key) !== undefined) deleteAt(tree, key);
  }
}

/** Replaces all values of a group by those of the chosen option. */
function replaceGroup(tree: NodeTree, override: Override, files: GroupFiles): Placed[] {
  const place = override.package ?? override.key.replaceAll('/', '.');
  const deleted = override.type === 'DEL' || (override.value !== null && 'literal' in override.value && override.value.literal.kind === 'null');
  if (deleted) {
    if (override.type === 'DEL' && getAt(tree, place) === undefined) throw new LabError('CONFIG_COMPOSITION', `Could not delete '${override.key}': this run's configuration has no '${place}'.`, { place: { key: override.key } });
    deleteAt(tree, place);
    return [];
  }
  const composed = composeGroup(override.text.replace(/^\++/, ''), files);
  const own = composed.sources.find(({ file }) => file.path === optionPath(override));
  if (own?.package === '') {
    applyGlobal(tree, composed, files);
    return composed.sources;
  }
  const content = getAt(unresolved(composed), place);
  if (content === undefined) throw new LabError('CONFIG_COMPOSITION', `'${override.text}' gives no values to '${place}', so it cannot replace that part of a stored configuration. Set single keys instead.`, { place: { key: override.key } });
  setAt(tree, place, content);
  return composed.sources.filter(({ package: within }) => within === place || within.startsWith(`${place}.`));
}

/**
 * Applies overrides to a stored configuration: values as on a command line, interpolations follow, and a group is replaced as a whole.
 * @throws LabError as composeConfig
 */
export function overrideStored(stored: StoredConfig, overrides: string[], files: GroupFiles = {}): Composed & { replaced: ReplacedGroup[]; warnings: string[] } {
  const search = createSearch(files);
  const parsed = overrides.map(parseOverride).filter(({ key }) => !isHydras(key));
  const groups = parsed.filter((override) => isGroupOverride(search, override));
  const values = parsed.filter((override) => !groups.includes(override));
  requireGroups(search, values);
  const tree: NodeTree = unresolved(stored);
  const sources: Placed[] = [];
  const replaced = groups.map((override) => {
    const placed = replaceGroup(tree, override, files);
    sources.push(...placed);
    return { override: override.text, files: [...new Set(placed.map(({ file }) => file.source))] };
  });
  for (const override of values) applyOverride(tree, override, search.groups());
  const resolved = resolveTree(tree);
  const exact = mapText(resolved.exact, unshield) as NodeTree;
  const { settled, warnings } = settleLengths({ config: plainTree(exact), exact, warnings: resolved.warnings, overrides, sources, searchPath: search.folders, references: referencesIn(tree) }, files);
  return { ...settled, overrides, replaced, warnings: [...settled.warnings, ...warnings] };
}
