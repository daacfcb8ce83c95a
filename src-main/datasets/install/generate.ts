// The generated data set `shapes`: a packed cache per set of options, made on demand and kept.
import type { DatasetManifest } from '#contract';
import { toLabError } from '#contract';
import { readManifest } from '../cache/manifest.ts';
import { datasetDirectory } from '../cache/paths.ts';
import { createCacheWriter, type CacheWriter } from '../cache/writer.ts';
import type { Watch } from '../formats/format.ts';
import { paintShape, shapeClasses, type ShapesOptions } from '../formats/shapes.ts';
import { explainAbort } from './unpack.ts';

const batch = 200;

/** What `shapes` is when nobody says otherwise (as in its configuration). */
export const defaultShapes: ShapesOptions = { trainSize: 4000, testSize: 1000, noise: 0.15, xDim: 32 };

/** Name of the cache with these options, for instance `shapes-4000-1000-0.15-32`. */
export function shapesName({ trainSize, testSize, noise, xDim, seed = 0 }: ShapesOptions): string {
  return `shapes-${trainSize}-${testSize}-${noise}-${xDim}${seed === 0 ? '' : `-${seed}`}`;
}

async function paintSplits(writer: CacheWriter, options: ShapesOptions, { signal, onProgress }: Watch): Promise<void> {
  const bytes = 3 * options.xDim ** 2;
  const total = options.trainSize + options.testSize;
  let done = 0;
  for (const [number, size] of [options.trainSize, options.testSize].entries()) {
    const split = await writer.split(number === 0 ? 'train' : 'test');
    for (let start = 0; start < size; start += batch) {
      signal?.throwIfAborted();
      const count = Math.min(batch, size - start);
      const images = new Uint8Array(count * bytes);
      const labels = Array.from({ length: count }, (_, item) => paintShape(images.subarray(item * bytes, (item + 1) * bytes), { split: number as 0 | 1, index: start + item }, options));
      await split.append(images, labels);
      done += count;
      onProgress?.({ stage: 'generate', done, total, unit: 'images' });
    }
  }
}

/**
 * The shapes with these options: the cache that is there, or a new one. Deterministic; two processes may make the same
 * one at the same time. Resolves with its folder and manifest.
 */
export async function generateShapes({ root, ...rest }: ShapesOptions & Watch & { root: string }): Promise<{ directory: string; manifest: DatasetManifest }> {
  const { signal, onProgress, ...options } = rest;
  const name = shapesName(options);
  const directory = datasetDirectory(root, name);
  let over = false; // a damaged one is made anew; one that another process has made meanwhile is as good as ours
  const present = await readManifest(root, name).catch((error: unknown) => {
    const { code } = toLabError(error);
    over = code !== 'DATASET_MISSING';
    if (code.startsWith('DATASET_')) return null;
    throw error;
  });
  if (present !== null) return { directory, manifest: present };
  const needs = (options.trainSize + options.testSize) * (3 * options.xDim ** 2 + 4);
  const writer = await createCacheWriter({ root, name, needs });
  try {
    await paintSplits(writer, options, { signal, onProgress });
    const source = { kind: 'generated' as const, detail: JSON.stringify(options), digests: {}, official: true };
    return { directory, manifest: await writer.finish({ height: options.xDim, width: options.xDim, channels: 3, classes: [...shapeClasses], source }, { over }) };
  } catch (error) {
    throw explainAbort(error, { name, signal });
  } finally {
    await writer.abort();
  }
}
