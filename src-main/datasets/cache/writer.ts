// Writes a packed cache: pixels and labels of each split appended in order, hashed on the way, published when complete.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, statfs, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError, type DatasetManifest, type PackedSplit, type SkippedFile } from '#contract';
import { leftOutFile } from './leftOut.ts';
import { fingerprintOf } from './manifest.ts';
import { datasetDirectory } from './paths.ts';
import { createStaging, type Staging } from './staging.ts';

/** Appends pictures (uint8 NHWC, whole pictures) with their classes to one split. */
export type SplitWriter = { append(images: Uint8Array, labels: readonly number[]): Promise<void>; readonly count: number };

/** What is known only when everything is read. */
export type CacheDescription = Pick<DatasetManifest, 'height' | 'width' | 'channels' | 'classes' | 'source'>;

/** Without `over`, a cache that another process has put into place meanwhile stays. `leftOut` is kept beside the manifest. */
export type FinishOptions = { over?: boolean; leftOut?: readonly SkippedFile[] };

/** A packed cache in the making. `abort` is harmless after `finish`. */
export type CacheWriter = {
  split(name: PackedSplit['name']): Promise<SplitWriter>;
  finish(description: CacheDescription, options?: FinishOptions): Promise<DatasetManifest>;
  abort(): Promise<void>;
};

type OpenFile = { append(bytes: Uint8Array): Promise<void>; close(): Promise<{ bytes: number; sha256: string }>; drop(): Promise<void> };
type OpenSplit = { name: PackedSplit['name']; count: number; images: OpenFile; labels: OpenFile };

const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

function explain(error: unknown, file: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new LabError('DISK_FULL', `The disk is full: ${file} could not be written. Free some space and try again; what was written is removed.`, { place: { file }, cause: error });
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < bytes.length) offset += (await handle.write(bytes, offset)).bytesWritten;
}

async function openFile(file: string): Promise<OpenFile> {
  const handle = await open(file, flags, 0o600);
  const hash = createHash('sha256');
  let length = 0;
  return {
    async append(bytes) {
      hash.update(bytes);
      length += bytes.length;
      await writeAll(handle, bytes).catch((error: unknown) => { throw explain(error, file); });
    },
    async close() {
      await handle.sync().catch((error: unknown) => { throw explain(error, file); });
      await handle.close();
      return { bytes: length, sha256: hash.digest('hex') };
    },
    drop: () => handle.close(),
  };
}

function labelBytes(labels: readonly number[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(4 * labels.length));
  labels.forEach((label, index) => bytes.setUint32(4 * index, label, true));
  return new Uint8Array(bytes.buffer);
}

const splitOrder = ['train', 'val', 'test'];
const imagesName = (split: string): string => `${split}-images.u8`;
const labelsName = (split: string): string => `${split}-labels.u32`;

async function writeJson(staging: Staging, name: string, content: unknown): Promise<void> {
  await staging.check();
  const file = await openFile(join(staging.directory, name));
  await file.append(new TextEncoder().encode(`${JSON.stringify(content, null, 2)}\n`));
  await file.close();
}

async function closeSplits(splits: OpenSplit[]): Promise<Pick<DatasetManifest, 'splits' | 'files'>> {
  const files: DatasetManifest['files'] = {};
  splits.sort((one, other) => splitOrder.indexOf(one.name) - splitOrder.indexOf(other.name));
  for (const { name, images, labels } of splits) {
    files[imagesName(name)] = await images.close();
    files[labelsName(name)] = await labels.close();
  }
  return { files, splits: splits.map(({ name, count }) => ({ name, count, images: imagesName(name), labels: labelsName(name) })) };
}

async function openSplit(staging: Staging, name: PackedSplit['name']): Promise<OpenSplit> {
  await staging.check();
  const images = await openFile(join(staging.directory, imagesName(name)));
  return { name, count: 0, images, labels: await openFile(join(staging.directory, labelsName(name))) };
}

/** Checks that `bytes` more fit on the disk of `directory`. Throws DISK_FULL with both numbers. */
export async function ensureSpace(directory: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= bytes) return;
  throw new LabError('DISK_FULL', `Not enough space in ${directory}: ${bytes} bytes are needed, ${bavail * bsize} are free. Free some space or choose another folder with --home.`, { place: { file: directory } });
}

/**
 * Begins the packed cache of `name` in `root`. Nothing is listed before `finish`, which renames the complete cache into
 * place (over an older one, too). `needs`: bytes it will take at most, checked first. Throws DISK_FULL.
 */
export async function createCacheWriter({ root, name, needs = 0 }: { root: string; name: string; needs?: number }): Promise<CacheWriter> {
  const target = datasetDirectory(root, name);
  const staging = await createStaging(root);
  const splits: OpenSplit[] = [];
  let finished = false;
  const abort = async (): Promise<void> => {
    if (finished) return;
    finished = true;
    await Promise.allSettled(splits.flatMap(({ images, labels }) => [images.drop(), labels.drop()]));
    await staging.remove();
  };
  try {
    await ensureSpace(root, needs);
  } catch (error) {
    await abort();
    throw error;
  }
  return {
    abort,
    async split(splitName) {
      const split = await openSplit(staging, splitName);
      splits.push(split);
      return {
        get count() { return split.count; },
        async append(images, labels) {
          await split.images.append(images);
          await split.labels.append(labelBytes(labels));
          split.count += labels.length;
        },
      };
    },
    async finish(description, options = {}) {
      const content = { version: 1 as const, name, ...description, ...(await closeSplits(splits)), installedAt: new Date().toISOString() };
      const manifest: DatasetManifest = { ...content, fingerprint: fingerprintOf(content) };
      if (options.leftOut && options.leftOut.length > 0) await writeJson(staging, leftOutFile, options.leftOut);
      await writeJson(staging, 'manifest.json', manifest);
      await staging.publish(target, options);
      finished = true;
      return manifest;
    },
  };
}
