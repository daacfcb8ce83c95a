// The list of files that an import left out, kept in the data set's folder.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { SkippedFile } from '#contract';
import { datasetDirectory } from './paths.ts';

/** Name of the file beside the manifest. It is not part of the fingerprint. */
export const leftOutFile = 'left-out.json';

const schema = z.array(z.object({ file: z.string(), reason: z.string() }));

/** What the import of `name` left out; empty where nothing was, or where an older version kept no list. */
export async function readLeftOut(root: string, name: string): Promise<SkippedFile[]> {
  const text = await readFile(join(datasetDirectory(root, name), leftOutFile), 'utf8').catch(() => '[]');
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return []; // a damaged list does not keep a data set from being shown
  }
}
