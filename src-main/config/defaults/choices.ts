// What the command line and `override` lines say of groups: options chosen, appended, deleted; and what the defaults list has made of it.
import { didYouMean, LabError } from '#contract';
import type { ConfigSearch } from '../tree.ts';
import { groupPath, nameOf, overrideKey, type Entry } from './entry.ts';

/** Keys are `group` or `group@package`. */
export type GroupChoices = {
  chosen: Map<string, Entry['value']>;
  added: { group: string; option: string | string[]; package: string | null }[];
  /** The option that must be the chosen one, or null for any. */
  deleted: Map<string, string | null>;
};

type Choice = { value: Entry['value']; /** The file whose `override` line says so. */ file: string | null; used: boolean };

const shown = (value: Entry['value']): string => (value === null ? 'null' : Array.isArray(value) ? `[${value.join(',')}]` : value);
const refuse = (message: string, key: string) => new LabError('CONFIG_COMPOSITION', message, { place: { key: key.split('@')[0] as string } });

export class Choices {
  readonly #search: ConfigSearch;
  readonly #choices = new Map<string, Choice>();
  readonly #deletions: Map<string, { option: string | null; used: boolean }>;
  /** Option of every entry of the defaults list, by its override key. */
  readonly known = new Map<string, { value: string | null; appended: boolean }>();
  readonly #keysOfGroup = new Map<string, Set<string>>();

  constructor(search: ConfigSearch, { chosen, deleted }: GroupChoices) {
    this.#search = search;
    for (const [key, value] of chosen) this.#choices.set(key, { value, file: null, used: false });
    this.#deletions = new Map([...deleted].map(([key, option]) => [key, { option, used: false }]));
  }

  /** Takes an `override` line. The command line, and files that come later, have spoken before. */
  addOverride(entry: Entry, file: string): void {
    const key = overrideKey(entry);
    if (!this.#choices.has(key)) this.#choices.set(key, { value: entry.value, file, used: false });
  }

  /** Gives the entry the option that was chosen for it. */
  apply(entry: Entry): void {
    const choice = entry.group === null ? undefined : this.#choices.get(overrideKey(entry));
    if (choice === undefined) return;
    entry.value = choice.value;
    choice.used = true;
  }

  /** Whether the entry is deleted; marks it so. */
  takeDeletion(entry: Entry): boolean {
    const deletion = entry.group === null ? undefined : this.#deletions.get(overrideKey(entry));
    if (deletion === undefined || (deletion.option !== null && deletion.option !== nameOf(entry))) return false;
    entry.deleted = true;
    deletion.used = true;
    return true;
  }

  /** @throws LabError CONFIG_COMPOSITION where the group has another option already */
  remember(entry: Entry): void {
    if (entry.group === null) return;
    const key = overrideKey(entry);
    const value = nameOf(entry);
    const before = this.known.get(key);
    if (before && before.value !== value) throw this.#twice(key, { value, appended: entry.appended }, before);
    this.known.set(key, { value, appended: entry.appended || (before?.appended ?? false) });
    const group = groupPath(entry);
    this.#keysOfGroup.set(group, (this.#keysOfGroup.get(group) ?? new Set()).add(key));
  }

  #twice(key: string, one: { value: string | null; appended: boolean }, other: { value: string | null; appended: boolean }): LabError {
    const appended = [one, other].find((choice) => choice.appended);
    const values = `${shown(one.value)} and ${shown(other.value)}`;
    if (appended) return refuse(`Multiple values for '${key}': ${values}. The defaults list has '${key}' already.\nTo choose another option leave the + out: ${key}=${shown(appended.value)}`, key);
    return refuse(`Multiple values for '${key}': ${values}. To choose another option in a defaults list use 'override ${key}: ${shown(one.value)}'.`, key);
  }

  /** @throws LabError CONFIG_COMPOSITION where an entry comes twice in the finished list */
  requireOnce(entries: Entry[]): void {
    const seen = new Set<string>();
    for (const entry of entries.filter(({ group }) => group !== null)) {
      const key = overrideKey(entry);
      const { appended = false, value = null } = this.known.get(key) ?? {};
      if (seen.has(key)) throw refuse(`'${key}' appears more than once in the defaults list.${appended ? `\nIt has this group already: leave the + out: ${key}=${shown(value)}` : ''}`, key);
      seen.add(key);
    }
  }

  /** @throws LabError CONFIG_COMPOSITION where a choice or a deletion has met no entry */
  requireUsed(): void {
    for (const [key, { used, value, file }] of this.#choices) if (!used) throw this.#unused(key, file, `\nTo append to the defaults list use +${key}=${shown(value)}`);
    for (const [key, { used, option }] of this.#deletions) {
      if (used) continue;
      const value = this.known.get(key)?.value;
      const why = value === undefined ? 'No match in the defaults list.' : `The option chosen is ${shown(value)}.`;
      throw refuse(`Could not delete '${key}${option === null ? '' : `=${option}`}'. ${why}${value === undefined ? this.#hint(key) : ''}`, key);
    }
  }

  #hint(key: string): string {
    const all = this.#search.groups();
    const group = key.split('@')[0] as string;
    const others = [...(this.#keysOfGroup.get(group) ?? [])].sort();
    if (others.length > 0) return `\nDid you mean ${others.join(' or ')}?`;
    return all.includes(group) ? '' : `${didYouMean(group, all)}\nThere are the groups ${[...this.known.keys()].sort().join(', ')}`;
  }

  #unused(key: string, file: string | null, append: string): LabError {
    const hint = this.#hint(key);
    const known = this.#search.groups().includes(key.split('@')[0] as string);
    return refuse(`${file === null ? '' : `In '${file}': `}Could not override '${key}'. No match in the defaults list.${hint}${known && file === null ? append : ''}`, key);
  }
}

