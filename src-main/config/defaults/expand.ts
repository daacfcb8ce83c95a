// Expands defaults lists as Hydra does: which files make up a configuration, in which order, under which package.
import { LabError } from '#contract';
import type { ConfigFile, ConfigSearch } from '../tree.ts';
import { Choices, type GroupChoices } from './choices.ts';
import { absoluteHeader, configPath, entryOf, fileEntry, finalPackage, groupEntry, groupPath, nameOf, overrideKey, placeEntry, selfEntry, type Entry } from './entry.ts';

/** A file with the dotted package its content goes to ('' is the root). */
export type Placed = { file: ConfigFile; package: string };

/** An entry with what its file lists; no children where its content is all. */
type Branch = { entry: Entry; file: ConfigFile | null; children: Branch[] };
type State = { search: ConfigSearch; choices: Choices; appended: Entry[]; missing: { entry: Entry; error: LabError }[] };
/** `above`: the files that are being expanded. */
type Visit = { state: State; parent: string | null; interpolated: boolean; above: readonly string[] };

const leaf = (entry: Entry, file: ConfigFile | null = null): Branch => ({ entry, file, children: [] });
const isHydras = ({ group }: Entry) => group !== null && /^\/?hydra\//.test(group);
const isInterpolation = ({ value }: Entry) => typeof value === 'string' && value.includes('${');
const refuse = (message: string, file: ConfigFile) => new LabError('CONFIG_COMPOSITION', message, { place: { file: file.source } });

/** The entries of a file, `_self_` among them. Hydra's own groups are left out: nothing here reads them. */
function listOf(file: ConfigFile, primary: boolean, { appended }: State): Entry[] {
  const entries = file.defaults.map(entryOf).filter((entry) => !isHydras(entry));
  const added = primary ? appended : [];
  if (entries.filter(({ self }) => self).length > 1) throw refuse(`Duplicate _self_ in the defaults list of '${file.path}'.`, file);
  const implied = !file.hasSelf && (entries.some(({ override }) => !override) || (entries.length === 0 && added.length > 0));
  return [...entries, ...(implied ? [selfEntry()] : []), ...added];
}

/** Notes the `override` lines of a list, which must be its last. */
function takeOverrides(entries: Entry[], owner: Entry, { state: { choices }, file, interpolated }: { state: State; file: ConfigFile; interpolated: boolean }): void {
  let last: Entry | null = null;
  for (const entry of entries.filter(({ self }) => !self)) {
    placeEntry(entry, groupPath(owner), finalPackage(owner));
    if (last && !entry.override && !entry.appended) throw refuse(`In '${file.path}': the line 'override ${overrideKey(last)}' comes before '${overrideKey(entry)}'. Override lines must be at the end of the defaults list.`, file);
    if (!entry.override) continue;
    if (interpolated) throw refuse(`In '${file.path}': override lines are not allowed below an option that is named by an interpolation ('override ${overrideKey(entry)}').`, file);
    last = entry;
    choices.addOverride(entry, file.path);
  }
}

function checkNamed({ search }: State, entry: Entry): void {
  if (nameOf(entry) !== '???' && !configPath(entry).endsWith('???')) return;
  const key = overrideKey(entry);
  throw new LabError('CONFIG_COMPOSITION', `'${key}' has no option and must be given: ${key}=…\nAvailable options in '${groupPath(entry)}':\n${search.options(groupPath(entry)).map((option) => `\t${option}`).join('\n')}`, { place: { key } });
}

/** The file of an entry; null where it is not there, which is an error unless the entry is optional. */
function load({ state: { search, missing }, parent }: Visit, entry: Entry): ConfigFile | null {
  const path = configPath(entry);
  if (entry.optional && !search.has(path)) return null;
  try {
    return search.load(path, parent);
  } catch (error) {
    if (!(error instanceof LabError) || error.code !== 'CONFIG_MISSING') throw error;
    missing.push({ entry, error });
    return null;
  }
}

/** Of several missing files, what the command line asked for is the likelier mistake, then what is listed first. */
function throwMissing({ missing }: State, { chosen }: GroupChoices): void {
  const asked = missing.find(({ entry }) => entry.appended || (entry.group !== null && chosen.has(overrideKey(entry))));
  const first = asked ?? missing.at(-1);
  if (first) throw first.error;
}

/** The options of one entry as entries of their own, each a file. */
function optionsOf(entry: Entry, owner: Entry, file: ConfigFile): Entry[] {
  return (entry.value as string[]).map((option) => {
    if (option.includes('${')) throw refuse(`In '${file.path}': an interpolation is not supported in a list of options: ${option}.`, file);
    const made = fileEntry(`${entry.group}/${option}`, { package: entry.package, optional: entry.optional });
    placeEntry(made, groupPath(owner), finalPackage(owner));
    return made;
  });
}

/** `${group}` in an option's name is the option chosen for that group. */
function resolveName(entry: Entry, { choices }: State, file: ConfigFile): void {
  entry.value = (entry.value as string).replace(/\$\{([^}]*)\}/g, (_, key: string) => {
    const option = choices.known.get(key.trim())?.value;
    if (typeof option === 'string') return option;
    throw refuse(`In '${file.path}': the interpolation \${${key}} names no group of the defaults list. There are ${[...choices.known.keys()].sort().join(', ')}.`, file);
  });
}

function visit(entry: Entry, from: Visit): Branch {
  const { state } = from;
  const named = nameOf(entry);
  const exists = named !== null && !named.endsWith('???') && state.search.has(configPath(entry));
  if (exists) entry.header = absoluteHeader(state.search.load(configPath(entry), from.parent).package);
  if (state.choices.takeDeletion(entry)) return leaf(entry);
  state.choices.remember(entry);
  if (named === null) return leaf(entry);
  checkNamed(state, entry);
  const file = load(from, entry);
  if (file === null) return leaf({ ...entry, deleted: true });
  if (from.above.includes(file.path)) throw refuse(`The defaults list of '${file.path}' includes itself: ${[...from.above.slice(from.above.indexOf(file.path)), file.path].join(' > ')}.`, file);
  const entries = listOf(file, entry.primary, state);
  takeOverrides(entries, entry, { state, file, interpolated: from.interpolated });
  return { entry, file, children: visitList(entries, { owner: entry, file, from }) };
}

/** From the last entry to the first, so that the override lines of later files are known to earlier entries. */
function visitList(entries: Entry[], { owner, file, from }: { owner: Entry; file: ConfigFile; from: Visit }): Branch[] {
  const { state } = from;
  const below: Visit = { ...from, parent: file.path, above: [...from.above, file.path] };
  const children: Branch[] = [];
  for (const entry of entries.toReversed().filter(({ override }) => !override)) {
    if (entry.self) {
      children.push(leaf({ ...owner, self: true }, file));
      continue;
    }
    state.choices.apply(entry);
    if (Array.isArray(entry.value)) for (const option of optionsOf(entry, owner, file).toReversed()) children.push(visit(option, below));
    else children.push(isInterpolation(entry) ? leaf(entry) : visit(entry, below));
  }
  const settled = children.map((child) => {
    if (child.entry.self || child.file !== null || !isInterpolation(child.entry)) return child;
    resolveName(child.entry, state, file);
    return visit(child.entry, { ...below, interpolated: true });
  });
  return settled.toReversed();
}

const leaves = (branch: Branch): Branch[] => (branch.children.length === 0 ? [branch] : branch.children.flatMap(leaves));

/**
 * The files of a configuration in merging order, and the option of each group. `override /group: option` lines count unless the command line says otherwise.
 * @throws LabError CONFIG_MISSING for a file that is not there, CONFIG_COMPOSITION for a list that contradicts itself
 */
export function expandDefaults(search: ConfigSearch, primary: string, groups: GroupChoices): { placed: Placed[]; choices: Map<string, string | null> } {
  const choices = new Choices(search, groups);
  const appended = groups.added.map(({ group, option, package: place }) => groupEntry(group, option, { package: place, appended: true }));
  const state: State = { search, choices, appended, missing: [] };
  const root = visit(fileEntry(primary, { primary: true }), { state, parent: null, interpolated: false, above: [] });
  throwMissing(state, groups);
  const placed = leaves(root).filter(({ entry, file }) => file !== null && !entry.deleted);
  choices.requireOnce(placed.map(({ entry }) => entry).filter(({ self }) => !self));
  choices.requireUsed();
  return {
    placed: placed.map(({ entry, file }) => ({ file: file as ConfigFile, package: finalPackage(entry) })),
    choices: new Map([...choices.known].map(([key, { value }]) => [key, value])),
  };
}
