// What every format reader takes and gives: it fills the splits of a cache writer and says what they hold.
import type { DatasetManifest, Progress } from '#contract';
import type { CacheWriter } from '../cache/writer.ts';

/** Cancel and progress of an installation. */
export type Watch = { signal?: AbortSignal; onProgress?: (progress: Progress) => void };

/** What a reader found: the shape of the pictures and the names of the classes. */
export type Content = Pick<DatasetManifest, 'height' | 'width' | 'channels' | 'classes'>;

/** What a reader needs of a cache writer. */
export type SplitTarget = Pick<CacheWriter, 'split'>;

/**
 * Reads the source files (in the catalogue's order), or the one folder they unpack to, into the writer. `countOnly`: only labels are needed, so that
 * images may be appended without their bytes. Throws DATASET_HOSTILE or DATASET_DAMAGED.
 */
export type FormatReader = (files: readonly string[], writer: SplitTarget, watch: Watch & { countOnly?: boolean }) => Promise<Content>;
