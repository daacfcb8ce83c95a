// The configuration tree on disk: groups are folders, options are YAML files; several folders in order of precedence.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { didYouMean, findPrototypeKey, LabError } from '#contract';
import { isTree, pythonText, type Node, type NodeTree } from './values.ts';
import { readYaml } from './yaml/read.ts';

/** The tree that comes with the product. */
export const builtinTree = fileURLToPath(new URL('../../resources/configs', import.meta.url));

/** `group` is '' where a file is named (`option`). `package` is what follows an @. */
export type DefaultsEntry = { kind: 'self' } | { kind: 'option'; group: string; option: string | string[] | null; package: string | null; override: boolean; optional: boolean };
/** One YAML file: its defaults list, its own content, where its content goes. */
export type ConfigFile = { path: string; source: string; defaults: DefaultsEntry[]; hasSelf: boolean; package: string | null; content: NodeTree; /** What a user may not expect of it. */ warnings: string[] };

/** The place of a path in a configuration folder; null for one that leaves it, as `../../secret` does. */
function below(folder: string, path: string): string | null {
  const [root, file] = [resolve(folder), join(resolve(folder), path)];
  return file === root || file.startsWith(`${root}${sep}`) ? file : null;
}

const isFolder = (path: string | null): boolean => path !== null && existsSync(path) && statSync(path).isDirectory();

export class ConfigSearch {
  readonly folders: string[];
  readonly #loaded = new Map<string, ConfigFile>();

  /** @throws LabError CONFIG_MISSING when a folder is not there */
  constructor(folders: string[]) {
    this.folders = folders;
    for (const folder of folders) {
      if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new LabError('CONFIG_MISSING', `There is no configuration folder ${folder}. Give --config-dir a folder that holds defaults.yaml or option groups.`, { place: { file: folder } });
    }
  }

  /** Whether a group folder of this name exists, for instance `train/optimizer`. */
  isGroup(group: string): boolean {
    return group !== '' && this.folders.some((folder) => isFolder(below(folder, group)));
  }

  /** Option names of a group, sorted. */
  options(group: string): string[] {
    const names = this.folders.flatMap((folder) => {
      const path = below(folder, group);
      if (path === null || !isFolder(path)) return [];
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

  /** The file of a path; its ending may be left out. */
  #find(path: string): string | undefined {
    return this.folders.map((folder) => below(folder, path.endsWith('.yaml') ? path : `${path}.yaml`)).find((file) => file !== null && existsSync(file)) ?? undefined;
  }

  has(path: string): boolean {
    return this.#find(path) !== undefined;
  }

  /** @throws LabError CONFIG_MISSING with the options that exist; `parent` is the file that asks */
  load(path: string, parent: string | null): ConfigFile {
    const known = this.#loaded.get(path);
    if (known) return known;
    const file = this.#find(path);
    if (file === undefined) throw this.#missing(path, parent);
    const loaded = readConfigFile(file, path);
    this.#loaded.set(path, loaded);
    return loaded;
  }

  #missing(path: string, parent: string | null): LabError {
    const group = path.split('/').slice(0, -1).join('/');
    const options = this.options(group);
    const name = path.split('/').at(-1) ?? path;
    const where = parent === null ? '' : `In '${parent}': `;
    const short = this.folders.map((folder) => below(folder, path.endsWith('.yml') ? path : `${path}.yml`)).find((file) => file !== null && existsSync(file));
    const ending = !short ? '' : `\nThere is ${short}, but only files that end in .yaml are read: rename it.`;
    const available = group === '' ? `Available: ${options.join(', ')}` : `Available options in '${group}':\n${options.map((option) => `\t${option}`).join('\n')}`;
    return new LabError('CONFIG_MISSING', `${where}Could not find '${path}'.${ending}${didYouMean(name, options)}\n${available}\nSearched: ${this.folders.join(', ')}`, { place: { key: path } });
  }
}

const isOption = (value: Node | undefined): value is string | string[] | null => value === null || typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'));

function readEntry(item: Node, file: string): DefaultsEntry {
  if (item === '_self_') return { kind: 'self' };
  const whole: Node | undefined = typeof item === 'string' ? item : undefined;
  const [key, option, ...more] = typeof item === 'string' ? ['', item] : isTree(item) ? Object.entries(item).flat() : [];
  if (typeof key !== 'string' || !isOption(option) || more.length > 0) {
    throw new LabError('CONFIG_INVALID', `A defaults list holds an entry that is neither a name nor 'group: option' nor 'group: [option, option]': ${pythonText(item)}.`, { place: { file } });
  }
  const words = key.split(/ +/);
  const [name = '', place = null] = (whole ?? words.at(-1) ?? '').split('@');
  const keywords = words.slice(0, -1);
  if (whole !== undefined) return { kind: 'option', group: '', option: name, package: place, override: false, optional: false };
  return { kind: 'option', group: name, option, package: place, override: keywords.includes('override'), optional: keywords.includes('optional') };
}

/** The package of the `# @package` line. As in Hydra it must stand above everything but other header lines (`# @key value`). */
function readHeader(text: string, source: string): { package: string | null; warnings: string[] } {
  let place: string | null = null;
  for (const line of text.slice(0, 512).split(/\r\n|\r|\n/).map((each) => each.trim())) {
    if (line === '') continue;
    if (!/^#\s*@/.test(line)) break;
    const [key = '', value, ...more] = line.replace(/^#+/, '').trim().split(/ +/);
    if (value === undefined || more.length > 0) throw new LabError('CONFIG_INVALID', `The header '${line}' of ${source} must have the form '# @package NAME'.`, { place: { file: source } });
    if (key === '@package') place = value;
  }
  const late = place === null && /^#\s*@package\s+\S/m.test(text);
  const old = place !== null && place.split('.').includes('_group_');
  return {
    package: place,
    warnings: [
      ...(late ? [`${source}: the line '# @package' counts for nothing, as it is not at the top of the file. Move it to the first line.`] : []),
      ...(old ? [`${source}: _group_ in '# @package ${place}' is a name like any other since Hydra 1.2. Leave the line out for the package of the group.`] : []),
    ],
  };
}

function readConfigFile(source: string, path: string): ConfigFile {
  const text = readFileSync(source, 'utf8').replace(/^\ufeff/, '');
  const parsed = readYaml(text, source) ?? {};
  if (!isTree(parsed)) throw new LabError('CONFIG_INVALID', `${source} must hold keys and values.`, { place: { file: source } });
  const prototypes = findPrototypeKey(parsed);
  if (prototypes !== null) throw new LabError('CONFIG_INVALID', `${source} has the key '${prototypes}', which names an object's prototype. Use another name.`, { place: { file: source, key: prototypes } });
  const { defaults = [], ...content } = parsed;
  if (!Array.isArray(defaults)) throw new LabError('CONFIG_INVALID', `The defaults of ${source} must be a list.`, { place: { file: source } });
  const entries = defaults.map((item) => readEntry(item, source));
  return { path, source, defaults: entries, hasSelf: entries.some(({ kind }) => kind === 'self'), content, ...readHeader(text, source) };
}
