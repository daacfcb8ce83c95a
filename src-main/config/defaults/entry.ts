// An entry of a defaults list and its place: the group it chooses from, the file it names, the package its content goes to.
import type { DefaultsEntry } from '../tree.ts';

/** `group` is null where the entry names a file (`value`) and not an option of a group. */
export type Entry = {
  group: string | null;
  value: string | string[] | null;
  package: string | null;
  /** The package that the file's own `# @package` line names, as an absolute one. */
  header: string | null;
  /** Group folder and package of the file that lists the entry. */
  base: string;
  parentPackage: string;
  self: boolean; override: boolean; optional: boolean; primary: boolean;
  /** Appended by the command line (`+group=option`). */
  appended: boolean;
  deleted: boolean;
};

const blank = { package: null, header: null, base: '', parentPackage: '', self: false, override: false, optional: false, primary: false, appended: false, deleted: false };

export const selfEntry = (): Entry => ({ ...blank, group: null, value: '_self_', self: true });

/** An entry that names a file. */
export const fileEntry = (value: string, more: Partial<Entry> = {}): Entry => ({ ...blank, group: null, value, ...more });

/** An entry that chooses an option, or several, of a group. `_here_` is the package of the listing file. */
export const groupEntry = (group: string, value: Entry['value'], more: Partial<Entry> = {}): Entry => ({ ...blank, group, value, ...more, package: more.package === '_here_' ? '' : (more.package ?? null) });

export function entryOf(listed: DefaultsEntry): Entry {
  if (listed.kind === 'self') return selfEntry();
  const { group, option, package: place, override, optional } = listed;
  if (group === '') return fileEntry(option as string, { package: place === '_here_' ? '' : place });
  return groupEntry(group, option, { package: place, override, optional });
}

const folderOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const join = (base: string, path: string) => (path.startsWith('/') ? path.slice(1) : [base, path].filter((part) => part !== '').join('/'));
const single = (entry: Entry): string => (typeof entry.value === 'string' ? entry.value : '');

/** The group folder from the root of the tree. */
export const groupPath = (entry: Entry): string => (entry.group === null ? folderOf(join(entry.base, single(entry))) : join(entry.base, entry.group));

/** The file from the root of the tree, without its ending. */
export const configPath = (entry: Entry): string => (entry.group === null ? join(entry.base, single(entry)) : `${groupPath(entry)}/${single(entry)}`);

/** The name of the file; null where an option is chosen away. */
export const nameOf = (entry: Entry): string | null => (entry.value === null ? null : single(entry).slice(single(entry).lastIndexOf('/') + 1));

const relativeGroup = (entry: Entry): string => (entry.group === null ? folderOf(single(entry).replace(/^\//, '')) : entry.group.replace(/^\//, ''));
const defaultPackage = (entry: Entry): string => groupPath(entry).replaceAll('/', '.');

/** The dotted package of the content ('' is the root), with or without what the file's header says. */
export function finalPackage(entry: Entry, { header = true } = {}): string {
  const own = entry.package ?? (header ? entry.header : null) ?? relativeGroup(entry).replaceAll('/', '.');
  const whole = [entry.parentPackage, own].filter((part) => part !== '').join('.');
  const global = whole.lastIndexOf('_global_');
  return global < 0 ? whole : whole.slice(global + '_global_'.length + 1);
}

/** How an override names the entry: `group`, or `group@package` where the package is not the group's own. */
export function overrideKey(entry: Entry): string {
  const place = finalPackage(entry, { header: false });
  return place === defaultPackage(entry) ? groupPath(entry) : `${groupPath(entry)}@${place === '' ? '_global_' : place}`;
}

/** Sets the file that lists the entry, and writes out `_group_` in its package. */
export function placeEntry(entry: Entry, base: string, parentPackage: string): void {
  entry.base = base;
  entry.parentPackage = parentPackage;
  if (entry.package?.includes('_group_')) entry.package = `_global_.${entry.package.replaceAll('_group_', defaultPackage(entry))}`;
}

/** A header's package is absolute, whatever its first part is. */
export const absoluteHeader = (header: string | null): string | null =>
  (header === null || header === '_global_' || header.startsWith('_global_.') ? header : `_global_.${header}`);
