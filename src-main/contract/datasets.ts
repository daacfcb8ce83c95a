// Data sets as every part knows them: what is listed, and the manifest beside a packed cache.
import type { Job } from './running/jobs.ts';

/** State of a data set on this computer. */
export type DatasetState = 'absent' | 'downloading' | 'installed' | 'damaged';

/** Where the images of an installed data set come from, and how many of the published training images they are. */
export type DatasetOrigin = {
  kind: 'download' | 'import' | 'generated' | 'folder';
  official: boolean;
  /** Training images that are installed. */
  train: number;
  /** Training images of the published archive; null where nothing of the kind is published. */
  published: number | null;
  /** A run's `limit_train`. */
  limit?: number;
};

const plain = (value: number): string => value.toLocaleString('en-US');

/** How the data differs from what is published, for a badge or a caption; null where it does not. */
export function originNote({ official, train, published, limit }: DatasetOrigin): string | null {
  const parts = [
    ...(official || published === null ? [] : [`not the published archive, ${plain(train)} of ${plain(published)} training images`]),
    ...(limit === undefined || limit >= train ? [] : [`limited to ${plain(limit)} training images`]),
  ];
  return parts.length === 0 ? null : parts.join('; ');
}

/** Images of a class of `count` that are held back as test split: a share, at least one where there are two. */
export const heldBackCount = (count: number, share: number): number => Math.min(count - 1, Math.max(1, Math.round(count * share)));

/** `datasets list --json`: a promise. Bytes are of the installed cache, or of the download where absent. */
export type DatasetListing = {
  name: string;
  state: DatasetState;
  fingerprint: string | null;
  classes: number;
  train: number;
  test: number;
  bytes: number;
  /** null where it is not installed. */
  origin: DatasetOrigin | null;
};

/** One split of a packed cache: uint8 images NHWC in `images`, one little-endian uint32 class per image in `labels`. */
export type PackedSplit = { name: 'train' | 'val' | 'test'; count: number; images: string; labels: string };

/** `manifest.json` of a packed cache. The fingerprint is the SHA-256 over every split's bytes, labels and the class names. */
export type DatasetManifest = {
  version: 1;
  name: string;
  height: number;
  width: number;
  channels: 1 | 3;
  classes: string[];
  splits: PackedSplit[];
  fingerprint: string;
  /** SHA-256 of each file of the cache, for `datasets verify`. */
  files: Record<string, { bytes: number; sha256: string }>;
  source: { kind: 'download' | 'import' | 'generated' | 'folder'; detail: string; digests: Record<string, string>; official: boolean };
  installedAt: string;
};

/** A file or folder that an import leaves out, by its path within what is imported, and why. */
export type SkippedFile = { file: string; reason: string };

/** What an import would install, before anything is installed. */
export type DatasetInspection = {
  kind: 'folder' | 'archive';
  /** What it was recognized as. */
  title: string;
  /** Name of the data set; only a folder's can be changed. */
  name: string;
  classes: string[];
  /** Images of each class by split. `heldOut`: drawn from the training images. */
  splits: { name: PackedSplit['name']; perClass: number[]; heldOut: boolean }[];
  /** Sizes of the images as stored, most frequent first. */
  sizes: { width: number; height: number; count: number }[];
  /** Side length that a folder's images are resized to. */
  xDim: number | null;
  /** Share of a folder's training images that becomes the test split; null where it has splits of its own. */
  holdOut: number | null;
  /** Whether an archive is the published one; null for a folder. */
  official: boolean | null;
  /** Training images of the published archive. */
  published: number | null;
  skipped: SkippedFile[];
  /** What a user should know. */
  warnings: string[];
  /** What makes this an unlikely data set; an import needs an explicit confirmation. */
  doubts: string[];
};

/** How a job ended: the data set that is installed, or for an inspection what was found. */
export type DatasetOutcome = { name: string; fingerprint: string | null; skipped: SkippedFile[]; inspection?: DatasetInspection };

/** An installation, inspection, import or check under way, or how it ended; `name`: the data set, or the path that is imported. */
export type DatasetJob = Job<'install' | 'inspect' | 'import' | 'verify', DatasetOutcome>;

/** A picture of a packed cache: `png` as a data address, or `pixels` as base64 of its uint8 HWC bytes. */
export type SamplePicture = { index: number; label: number; png?: string; pixels?: string };
