// What every format reader takes and gives: it fills the splits of a cache writer and says what they hold.
import type { DatasetManifest, Progress } from '#contract';
import type { CacheWriter } from '../cache/writer.ts';

/** Cancel and progress of an installation. */
export type Watch = { signal?: AbortSignal; onProgress?: (progress: Progress) => void };

/** What a reader found: the shape of the pictures and the names of the classes. */
export type Content = Pick<DatasetManifest, 'height' | 'width' | 'channels' | 'classes'>;

/** Reads the source files (in the catalogue's order) into the writer. Throws DATASET_HOSTILE or DATASET_DAMAGED. */
export type FormatReader = (files: readonly string[], writer: CacheWriter, watch: Watch) => Promise<Content>;
