// Downloads and installs a data set of the catalogue, or takes it from a mirror folder.
import { statSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LabError, toLabError, type DatasetManifest } from '#contract';
import { catalog, findEntry, type CatalogEntry, type CatalogFile } from '../catalog/catalog.ts';
import { downloadFile } from '../download/download.ts';
import type { Watch } from '../formats/format.ts';
import { defaultShapes, generateShapes } from './generate.ts';
import { md5Of, unpackEntry } from './unpack.ts';

/** `root`: folder of the packed caches; `downloads`: of archives under way; `mirror`: base address or folder. */
export type InstallOptions = Watch & { root: string; downloads: string; name: string; mirror?: string | null; acceptDigest?: boolean; stallMs?: number; retries?: number; backoffMs?: number };

const isFile = (path: string): Promise<boolean> => stat(path).then((found) => found.isFile(), () => false);

/** The folder that `mirror` means, or null for an http address. */
function mirrorFolder(mirror: string | null | undefined): string | null {
  if (!mirror || /^https?:\/\//i.test(mirror)) return null;
  return mirror.startsWith('file:') && URL.canParse(mirror) ? fileURLToPath(mirror) : resolve(mirror);
}

/** @throws LabError CONFIG_INVALID where a mirror is neither an http address nor a folder of this computer */
export function checkMirror(mirror: string): void {
  const folder = mirrorFolder(mirror);
  if (folder === null ? URL.canParse(mirror) : statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new LabError('CONFIG_INVALID', `'${mirror}' is neither an address (https://…) nor a folder on the computer that VSGD Lab runs on.`, { place: { key: 'mirror' } });
}

async function fetchFile(source: CatalogFile, options: InstallOptions): Promise<string> {
  const file = join(options.downloads, source.file);
  if (await isFile(file)) {
    // Complete from an earlier try. With another digest and without consent it may be damaged: fetched again.
    if (options.acceptDigest || (await md5Of(file, options)) === source.md5) return file;
    await rm(file);
  }
  const address = options.mirror ? `${options.mirror.replace(/\/+$/, '')}/${source.file}` : source.address;
  const { signal, onProgress, stallMs, retries, backoffMs } = options;
  await downloadFile({ address, file, bytes: source.bytes, signal, onProgress, stallMs, retries, backoffMs });
  return file;
}

async function findInMirror(entry: CatalogEntry, folder: string): Promise<string[]> {
  const paths = entry.files.map(({ file }) => join(folder, file));
  for (const path of paths) {
    if (!(await isFile(path))) throw new LabError('NOT_FOUND', `The mirror folder ${folder} has no ${basename(path)}. Put it there, or set another mirror.`, { place: { file: path } });
  }
  return paths;
}

/**
 * Downloads (or takes from the mirror folder) and installs a data set of the catalogue; `shapes` is generated. Archives
 * are kept in `downloads` until the installation succeeds. Throws NOT_FOUND, DOWNLOAD_FAILED, DATASET_DAMAGED,
 * DATASET_HOSTILE, DISK_FULL, CANCELLED; nothing is listed then, and an older installation stays.
 */
export async function installDataset(options: InstallOptions): Promise<DatasetManifest> {
  const { root, name, acceptDigest, signal, onProgress } = options;
  if (name === 'shapes') return (await generateShapes({ root, ...defaultShapes, signal, onProgress })).manifest;
  const entry = findEntry(name);
  if (entry === null) throw new LabError('NOT_FOUND', `There is no data set "${name}" to download. There are: ${[...catalog.map((known) => known.name), 'shapes'].join(', ')}. Other pictures are imported: vsgd-lab datasets import PATH.`);
  const folder = mirrorFolder(options.mirror);
  if (folder !== null) return unpackEntry({ root, entry, paths: await findInMirror(entry, folder), kind: 'download', acceptDigest, signal, onProgress });
  const paths: string[] = [];
  for (const file of entry.files) paths.push(await fetchFile(file, options));
  const drop = () => Promise.all(paths.map((path) => rm(path, { force: true })));
  try {
    const manifest = await unpackEntry({ root, entry, paths, kind: 'download', acceptDigest, signal, onProgress });
    await drop();
    return manifest;
  } catch (error) {
    // With consent to any digest nothing else would find this archive out: the next try must fetch it anew.
    if (acceptDigest && !['CANCELLED', 'DISK_FULL'].includes(toLabError(error).code)) await drop();
    throw error;
  }
}
