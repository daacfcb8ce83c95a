// From archive files to an installed data set: digests, the format's reader, checks against the catalogue, manifest.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { LabError, toLabError, type DatasetManifest } from '#contract';
import { cacheBytes, downloadBytes, type CatalogEntry } from '../catalog/catalog.ts';
import { createCacheWriter, type CacheWriter } from '../cache/writer.ts';
import type { Content, SplitTarget, Watch } from '../formats/format.ts';

/** Digest of a source file beside the published one. */
export type FileDigest = { path: string; md5: string; expected: string };

/** MD5 of a file, as 32 hexadecimal digits. */
export async function md5Of(path: string, watch: Watch = {}): Promise<string> {
  const hash = createHash('md5');
  const total = (await stat(path)).size;
  let done = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal: watch.signal })) {
    hash.update(chunk as Buffer);
    done += (chunk as Buffer).length;
    watch.onProgress?.({ stage: 'verify', done, total, unit: 'bytes' });
  }
  return hash.digest('hex');
}

/** Digests of the files of `entry` at `paths` (in the catalogue's order). */
export async function digestsOf(entry: CatalogEntry, paths: readonly string[], watch: Watch): Promise<FileDigest[]> {
  const digests: FileDigest[] = [];
  for (const [index, path] of paths.entries()) {
    digests.push({ path, md5: await md5Of(path, watch), expected: entry.files[index]?.md5 ?? '' });
  }
  return digests;
}

/** The error for files that are not the published ones. */
export function digestMismatch(name: string, digests: readonly FileDigest[]): LabError {
  const wrong = digests.filter(({ md5, expected }) => md5 !== expected);
  const list = wrong.map(({ path, md5, expected }) => `\n  - ${path}: MD5 ${md5}, published: ${expected}`).join('');
  return new LabError('DATASET_DAMAGED', `This is not the published archive of ${name}, or it is damaged:${list}\nIf it is a subset or repack that you trust, choose "Use it anyway" in the app, or pass --accept-digest on the command line.`, { place: { file: wrong[0]?.path, key: 'digest' } });
}

type UnpackOptions = Watch & {
  root: string;
  entry: CatalogEntry;
  paths: readonly string[];
  kind: 'download' | 'import';
  acceptDigest?: boolean;
  /** The path is the folder that the archive unpacks to, which has no digest. */
  unpacked?: boolean;
};

function checkCounts(manifestSplits: Map<string, number>, entry: CatalogEntry, content: Content): void {
  const wrong = Object.entries(entry.counts).filter(([split, count]) => manifestSplits.get(split) !== count);
  if (wrong.length === 0 && content.classes.length === entry.classes) return;
  const found = [...manifestSplits].map(([split, count]) => `${split} ${count}`).join(', ');
  throw new LabError('DATASET_DAMAGED', `${entry.label} should hold ${JSON.stringify(entry.counts)} pictures in ${entry.classes} classes, but holds ${found} in ${content.classes.length}. Nothing was installed. Please report this.`);
}

/** Counts what goes into each split, on the way through. */
function counting(writer: CacheWriter): { writer: SplitTarget; counts: Map<string, number> } {
  const counts = new Map<string, number>();
  const split: SplitTarget['split'] = async (name) => {
    const inner = await writer.split(name);
    return {
      get count() { return inner.count; },
      async append(images, labels) {
        await inner.append(images, labels);
        counts.set(name, inner.count);
      },
    };
  };
  return { writer: { split }, counts };
}

/** Turns an abort into the product's error; passes others through. */
export function explainAbort(error: unknown, { name, signal }: { name: string; signal?: AbortSignal }): unknown {
  if (!signal?.aborted || toLabError(error).code !== 'INTERNAL') return error;
  return new LabError('CANCELLED', `Installing ${name} was cancelled; nothing was installed.`, { cause: error });
}

/**
 * Installs `entry` from its files. Throws DATASET_DAMAGED when a digest is not the published one (unless `acceptDigest`),
 * and whatever the format's reader finds; nothing is installed then.
 */
export async function unpackEntry({ root, entry, paths, kind, acceptDigest = false, unpacked = false, signal, onProgress }: UnpackOptions): Promise<DatasetManifest> {
  const watch: Watch = { signal, onProgress };
  let writer: CacheWriter | null = null;
  try {
    const digests = unpacked ? [] : await digestsOf(entry, paths, watch);
    const official = !unpacked && digests.every(({ md5, expected }) => md5 === expected);
    if (!official && !unpacked && !acceptDigest) throw digestMismatch(entry.name, digests);
    const bytes = (await Promise.all(paths.map((path) => stat(path)))).reduce((sum, { size }) => sum + size, 0);
    const needs = unpacked ? 0 : Math.ceil(cacheBytes(entry) * Math.min(1, bytes / downloadBytes(entry)));
    writer = await createCacheWriter({ root, name: entry.name, needs });
    const counted = counting(writer);
    const content = await entry.read(paths, counted.writer, watch);
    if (official) checkCounts(counted.counts, entry, content);
    const source = { kind, official, detail: unpacked ? `the folder ${basename(paths[0] ?? '')}` : paths.map((path) => basename(path)).join(', '), digests: Object.fromEntries(digests.map(({ path, md5 }) => [basename(path), `md5:${md5}`])) };
    return await writer.finish({ ...content, source });
  } catch (error) {
    throw explainAbort(error, { name: entry.name, signal });
  } finally {
    await writer?.abort();
  }
}
