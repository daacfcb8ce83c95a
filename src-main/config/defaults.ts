// Expands defaults lists: which files make up a configuration, in which order, under which package.
import { didYouMean, LabError } from '#contract';
import type { ConfigFile, ConfigSearch, DefaultsEntry } from './tree.ts';

/** What the command line says of groups: chosen options, options to append, groups to leave out. */
export type GroupChoices = {
  chosen: Map<string, string | null>;
  added: { group: string; option: string; package: string | null }[];
  deleted: Set<string>;
};

/** A file with the dotted package its content goes to ('' is the root). */
export type Placed = { file: ConfigFile; package: string };

type State = { search: ConfigSearch; choices: GroupChoices; fromFiles: Map<string, string | null>; seen: Set<string>; placed: Placed[]; missing: LabError[] };

const joinGroup = (base: string, group: string) => (group.startsWith('/') ? group.slice(1) : [base, group].filter((part) => part !== '').join('/'));
const folderOf = (path: string) => path.split('/').slice(0, -1).join('/');

function packageOf(file: ConfigFile, override: string | null): string {
  if (override !== null) return override === '_global_' ? '' : override;
  const group = folderOf(file.path).replaceAll('/', '.');
  if (file.package === null || file.package === '_group_') return group;
  return file.package === '_global_' ? '' : file.package.replace('_group_', group);
}

function visitEntry(state: State, file: ConfigFile, entry: Extract<DefaultsEntry, { kind: 'option' }>): void {
  const base = folderOf(file.path);
  if (entry.group === '') return visit(state, { path: joinGroup(base, entry.option ?? ''), parent: file.path, package: null });
  const [name = '', packageName = null] = entry.group.split('@');
  const group = joinGroup(base, name);
  if (entry.override) {
    state.fromFiles.set(group, entry.option);
    return;
  }
  state.seen.add(group);
  if (state.choices.deleted.has(group)) return;
  const option = state.choices.chosen.has(group) ? state.choices.chosen.get(group) : state.fromFiles.has(group) ? state.fromFiles.get(group) : entry.option;
  if (option === null || option === undefined) return;
  if (entry.optional && !state.search.options(group).includes(option)) return;
  visit(state, { path: `${group}/${option}`, parent: file.path === 'defaults' ? 'defaults.yaml' : file.path, package: packageName });
}

/** A missing option counts only once the choices have settled: a later file may override it. */
function loadOrRemember(state: State, path: string, parent: string | null): ConfigFile | null {
  try {
    return state.search.load(path, parent);
  } catch (error) {
    if (!(error instanceof LabError) || error.code !== 'CONFIG_MISSING') throw error;
    state.missing.push(error);
    return null;
  }
}

function visit(state: State, { path, parent, package: packageName }: { path: string; parent: string | null; package: string | null }): void {
  const file = loadOrRemember(state, path, parent);
  if (file === null) return;
  const own: Placed = { file, package: packageOf(file, packageName) };
  for (const entry of file.defaults) {
    if (entry.kind === 'self') state.placed.push(own);
    else visitEntry(state, file, entry);
  }
  if (!file.hasSelf) state.placed.push(own);
}

function checkChoices({ choices, seen, search }: State): void {
  const groups = [...seen];
  for (const group of [...choices.chosen.keys(), ...choices.deleted]) {
    if (seen.has(group)) continue;
    const all = search.groups();
    const known = all.includes(group);
    const hint = known ? `\nTo append to the defaults list use +${group}=${choices.chosen.get(group) ?? 'option'}` : `${didYouMean(group, all)}\nThere are the groups ${groups.sort().join(', ')}`;
    throw new LabError('CONFIG_COMPOSITION', `Could not override '${group}'. No match in the defaults list.${hint}`, { place: { key: group } });
  }
}

/** The files of a configuration in merging order. `override /group: option` lines of files count unless the command line says otherwise. */
export function expandDefaults(search: ConfigSearch, primary: string, choices: GroupChoices): Placed[] {
  const fromFiles = new Map<string, string | null>();
  for (let round = 0; round < 10; round += 1) {
    const before = JSON.stringify([...fromFiles]);
    const state: State = { search, choices, fromFiles, seen: new Set(), placed: [], missing: [] };
    visit(state, { path: primary, parent: null, package: null });
    if (JSON.stringify([...fromFiles]) !== before) continue;
    for (const { group, option, package: packageName } of choices.added) visit(state, { path: `${group}/${option}`, parent: 'the command line', package: packageName });
    // What the command line asked for is the likelier mistake.
    const missing = state.missing.find(({ place }) => choices.chosen.has(folderOf(place.key ?? ''))) ?? state.missing[0];
    if (missing) throw missing;
    checkChoices(state);
    return state.placed;
  }
  throw new LabError('CONFIG_COMPOSITION', 'The override lines of the configuration files contradict each other: they never settle.');
}
