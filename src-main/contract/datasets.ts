// Data sets as every part knows them: what is listed, and the manifest beside a packed cache.
import type { Job } from './running/jobs.ts';

/** State of a data set on this computer. */
export type DatasetState = 'absent' | 'downloading' | 'installed' | 'damaged';

/** `datasets list --json`: a promise. Bytes are of the installed cache, or of the download where absent. */
export type DatasetListing = {
  name: string;
  state: DatasetState;
  fingerprint: string | null;
  classes: number;
  train: number;
  test: number;
  bytes: number;
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

/** An installation, import or check under way, or how it ended; `name`: the data set, or the path that is imported. */
export type DatasetJob = Job<'install' | 'import' | 'verify', { name: string; fingerprint: string; skipped: { file: string; reason: string }[] }>;

/** A picture of a packed cache: `png` as a data address, or `pixels` as base64 of its uint8 HWC bytes. */
export type SamplePicture = { index: number; label: number; png?: string; pixels?: string };
