// What data sets take on disk, and what is left of a download that was given up.
import { readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '#contract';
import { catalog } from '#datasets';
import type { Lab } from '../lab.ts';

/** Bytes; `folder`: where installed data sets lie. */
export type DatasetDisk = {
  folder: string;
  installed: number;
  unfinished: number;
  free: number;
  /** Bytes of unfinished downloads that are kept, by data set. */
  arrived: Record<string, number>;
};

function bytesBelow(folder: string): number {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

function arrivedIn(downloads: string): Record<string, number> {
  const bytes = catalog.map(({ name, files }) => [name, files.reduce((sum, { file }) => sum + (sizeOf(join(downloads, file)) || sizeOf(join(downloads, `${file}.part`))), 0)] as const);
  return Object.fromEntries(bytes.filter(([, arrived]) => arrived > 0));
}

export function datasetDisk({ home }: Lab): DatasetDisk {
  const { bavail, bsize } = statfsSync(home.root);
  return { folder: home.datasets, installed: bytesBelow(home.datasets), unfinished: bytesBelow(home.downloads), free: bavail * bsize, arrived: arrivedIn(home.downloads) };
}

/** Deletes what has arrived of a data set's archives. @throws LabError NOT_FOUND where nothing can be downloaded under this name */
export function discardDownload({ home }: Lab, name: string): void {
  const entry = catalog.find((known) => known.name === name);
  if (!entry) throw new LabError('NOT_FOUND', `There is no data set "${name}" to download.`);
  for (const { file } of entry.files) for (const ending of ['', '.part', '.part.json']) rmSync(join(home.downloads, `${file}${ending}`), { force: true });
}
