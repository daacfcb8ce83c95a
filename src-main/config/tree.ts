// The configuration tree on disk: groups are folders, options are YAML files; several folders in order of precedence.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { didYouMean, findPrototypeKey, LabError, type ConfigTree } from '#contract';

/** The tree that comes with the product. */
export const builtinTree = fileURLToPath(new URL('../../resources/configs', import.meta.url));

export type DefaultsEntry = { kind: 'self' } | { kind: 'option'; group: string; option: string | null; override: boolean; optional: boolean };
/** One YAML file: its defaults list, its own content, where its content goes. */
export type ConfigFile = { path: string; source: string; defaults: DefaultsEntry[]; hasSelf: boolean; package: string | null; content: ConfigTree };

export class ConfigSearch {
  readonly folders: string[];

  /** @throws LabError CONFIG_MISSING when a folder is not there */
  constructor(folders: string[]) {
    this.folders = folders;
    for (const folder of folders) {
      if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new LabError('CONFIG_MISSING', `There is no configuration folder ${folder}. Give --config-dir a folder that holds defaults.yaml or option groups.`, { place: { file: folder } });
    }
  }

  /** Whether a group folder of this name exists, for instance `train/optimizer`. */
  isGroup(group: string): boolean {
    return group !== '' && this.folders.some((folder) => existsSync(join(folder, group)) && statSync(join(folder, group)).isDirectory());
  }

  /** Option names of a group, sorted. */
  options(group: string): string[] {
    const names = this.folders.flatMap((folder) => {
      const path = join(folder, group);
      if (!existsSync(path) || !statSync(path).isDirectory()) return [];
      return readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile() && entry.name.endsWith('.yaml')).map((entry) => entry.name.slice(0, -5));
    });
    return [...new Set(names)].sort();
  }

  /** Every group, by walking the folders. */
  groups(): string[] {
    const walk = (folder: string, prefix: string): string[] => readdirSync(join(folder, prefix), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => [join(prefix, entry.name), ...walk(folder, join(prefix, entry.name))]);
    return [...new Set(this.folders.flatMap((folder) => walk(folder, '')))].map((group) => group.split(sep).join('/')).sort();
  }

  /** @throws LabError CONFIG_MISSING with the options that exist; `parent` is the file that asks */
  load(path: string, parent: string | null): ConfigFile {
    for (const folder of this.folders) {
      const file = join(folder, `${path}.yaml`);
      if (existsSync(file)) return readConfigFile(file, path);
    }
    const group = path.split('/').slice(0, -1).join('/');
    const options = this.options(group);
    const name = path.split('/').at(-1) ?? path;
    const where = parent === null ? '' : `In '${parent}': `;
    throw new LabError('CONFIG_MISSING', `${where}Could not find '${path}'.${didYouMean(name, options)}\nAvailable options in '${group}':\n${options.map((option) => `\t${option}`).join('\n')}\nSearched: ${this.folders.join(', ')}`, { place: { key: path } });
  }
}

function readEntry(item: unknown, file: string): DefaultsEntry {
  if (item === '_self_') return { kind: 'self' };
  if (typeof item === 'string') return { kind: 'option', group: '', option: item, override: false, optional: false };
  const [key, option] = Object.entries((item ?? {}) as Record<string, unknown>)[0] ?? [];
  if (key === undefined || (option !== null && typeof option !== 'string')) {
    throw new LabError('CONFIG_INVALID', `A defaults list holds an entry that is neither a name nor 'group: option': ${JSON.stringify(item)}.`, { place: { file } });
  }
  const words = key.split(/\s+/);
  return { kind: 'option', group: words.at(-1) ?? '', option, override: words.includes('override'), optional: words.includes('optional') };
}

function readConfigFile(source: string, path: string): ConfigFile {
  const text = readFileSync(source, 'utf8');
  let parsed: unknown;
  try {
    parsed = parse(text) ?? {};
  } catch (cause) {
    throw new LabError('CONFIG_INVALID', `${source} is not valid YAML: ${cause instanceof Error ? cause.message : String(cause)}`, { place: { file: source }, cause });
  }
  if (typeof parsed !== 'object' || Array.isArray(parsed)) throw new LabError('CONFIG_INVALID', `${source} must hold keys and values.`, { place: { file: source } });
  const prototypes = findPrototypeKey(parsed);
  if (prototypes !== null) throw new LabError('CONFIG_INVALID', `${source} has the key '${prototypes}', which names an object's prototype. Use another name.`, { place: { file: source, key: prototypes } });
  const { defaults = [], ...content } = parsed as ConfigTree & { defaults?: unknown };
  const entries = (Array.isArray(defaults) ? defaults : []).map((item) => readEntry(item, source));
  const header = /^#\s*@package\s+(\S+)/m.exec(text);
  return { path, source, defaults: entries, hasSelf: entries.some(({ kind }) => kind === 'self'), package: header?.[1] ?? null, content: content as ConfigTree };
}
