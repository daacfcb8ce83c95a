// What a disk holds after a loss of power, at its strictest: file contents as of their last sync, names as of the last sync of their folder.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

/** What recordWrites.mjs noted. */
type Operation =
  | { kind: 'create'; path: string; empty: boolean } | { kind: 'append'; path: string; data: string } | { kind: 'truncate'; path: string; size: number } | { kind: 'sync' | 'remove' | 'folder'; path: string }
  | { kind: 'rename' | 'link'; from: string; path: string };
type Node = { data: Buffer; synced: Buffer; folder: boolean };

export const recorderOf = (root: string, file: string): Record<string, string> =>
  ({ RECORD_ROOT: root, RECORD_FILE: file, NODE_OPTIONS: `--import=${new URL('./programs/recordWrites.mjs', import.meta.url).href}` });

export const readOperations = (file: string): Operation[] => JSON.parse(readFileSync(file, 'utf8')) as Operation[];

/** Replays operations; `cut` writes what would be left if the power went now into a folder. */
export class SimulatedDisk {
  readonly #root: string;
  readonly #live = new Map<string, Node>();
  /** Names that last, by folder. */
  readonly #names = new Map<string, Map<string, Node>>();

  /** `durable`: what is there, and lasts, before the first operation. */
  constructor(root: string, durable: { folders: string[]; files: string[] }) {
    this.#root = root;
    for (const path of [root, ...durable.folders]) this.#live.set(path, { data: Buffer.alloc(0), synced: Buffer.alloc(0), folder: true });
    for (const path of durable.files) this.#live.set(path, { data: readFileSync(path), synced: readFileSync(path), folder: false });
    for (const path of [root, ...durable.folders]) this.#syncFolder(path);
  }

  #syncFolder(path: string): void {
    this.#names.set(path, new Map([...this.#live].filter(([name]) => name !== path && dirname(name) === path).map(([name, node]) => [basename(name), node])));
  }

  #makeFolder(path: string): void {
    if (this.#live.has(path)) return;
    this.#makeFolder(dirname(path));
    this.#live.set(path, { data: Buffer.alloc(0), synced: Buffer.alloc(0), folder: true });
  }

  apply(operation: Operation): void {
    const { kind, path } = operation;
    const node = this.#live.get(path);
    if (kind === 'folder') this.#makeFolder(path);
    else if (kind === 'create') {
      if (!node) this.#live.set(path, { data: Buffer.alloc(0), synced: Buffer.alloc(0), folder: false });
      else if (operation.empty) node.data = Buffer.alloc(0);
    } else if (kind === 'append' && node) node.data = Buffer.concat([node.data, Buffer.from(operation.data, 'base64')]);
    else if (kind === 'truncate' && node) node.data = node.data.subarray(0, operation.size);
    else if (kind === 'sync' && node?.folder) this.#syncFolder(path);
    else if (kind === 'sync' && node) node.synced = node.data;
    else if (kind === 'remove') for (const name of [...this.#live.keys()]) if (`${name}/`.startsWith(`${path}/`)) this.#live.delete(name);
    if (kind === 'rename' || kind === 'link') this.#move(operation.from, path, kind === 'rename');
  }

  #move(from: string, to: string, away: boolean): void {
    if (this.#live.get(from) === this.#live.get(to)) return; // two names of one file: rename does nothing
    for (const [name, node] of [...this.#live]) {
      if (!`${name}/`.startsWith(`${from}/`)) continue;
      this.#live.set(to + name.slice(from.length), node);
      if (away) this.#live.delete(name);
    }
    for (const [folder, names] of [...this.#names]) if (`${folder}/`.startsWith(`${from}/`)) this.#names.set(to + folder.slice(from.length), names);
  }

  /** Files that would be left, by their path below the root. */
  cut(): Map<string, Buffer> {
    const files = new Map<string, Buffer>();
    const walk = (folder: string): void => {
      for (const [name, node] of this.#names.get(folder) ?? []) {
        const path = join(folder, name);
        if (node.folder) walk(path);
        else files.set(relative(this.#root, path), node.synced);
      }
    };
    walk(this.#root);
    return files;
  }
}

/** Writes what a cut has left into a folder. */
export function writeCut(files: Map<string, Buffer>, folder: string): void {
  for (const [path, data] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), data);
  }
}
