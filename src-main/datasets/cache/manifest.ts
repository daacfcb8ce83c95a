// The manifest of a packed cache: read with checks, fingerprint, and comparison with the files beside it.
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { LabError, type DatasetManifest } from '#contract';
import { datasetDirectory } from './paths.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const fileName = z.string().regex(/^[a-z0-9][a-z0-9.-]*$/);

const manifestSchema = z.strictObject({
  version: z.literal(1),
  name: z.string(),
  height: z.int().min(1),
  width: z.int().min(1),
  channels: z.union([z.literal(1), z.literal(3)]),
  classes: z.array(z.string()).min(1),
  splits: z.array(z.strictObject({ name: z.enum(['train', 'val', 'test']), count: z.int().min(1), images: fileName, labels: fileName })).min(1),
  fingerprint: sha256,
  files: z.record(fileName, z.strictObject({ bytes: z.int().min(0), sha256 })),
  source: z.strictObject({ kind: z.enum(['download', 'import', 'generated', 'folder']), detail: z.string(), digests: z.record(z.string(), z.string()), official: z.boolean() }),
  installedAt: z.string(),
});

/**
 * The fingerprint of a packed cache: SHA-256 over its shape, its class names, and each split's count and
 * SHA-256 of pixels and labels. Source and date do not count: the same pictures have the same fingerprint.
 */
export function fingerprintOf(manifest: Omit<DatasetManifest, 'fingerprint'>): string {
  const splits = manifest.splits.map(({ name, count, images, labels }) => [name, count, manifest.files[images]?.sha256, manifest.files[labels]?.sha256]);
  const content = [manifest.height, manifest.width, manifest.channels, manifest.classes, splits];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

function damaged(name: string, file: string, what: string): LabError {
  return new LabError('DATASET_DAMAGED', `The data set "${name}" is damaged: ${what} (${file}). Remove it and install it again: vsgd-lab datasets remove ${name}.`, { place: { file } });
}

/** Names of files of the cache whose size is not what the manifest says; empty when all agree. */
export async function wrongSizes(directory: string, manifest: DatasetManifest): Promise<string[]> {
  const names = Object.keys(manifest.files);
  const sizes = await Promise.all(names.map(async (file) => {
    try {
      return (await stat(join(directory, file))).size;
    } catch {
      return -1; // a missing file has no right size
    }
  }));
  return names.filter((file, index) => sizes[index] !== manifest.files[file]?.bytes);
}

export function parseManifest(text: string, name: string, file: string): DatasetManifest {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new LabError('DATASET_DAMAGED', damaged(name, file, 'its manifest is not JSON').message, { place: { file }, cause });
  }
  const parsed = manifestSchema.safeParse(content);
  if (!parsed.success) throw damaged(name, file, `its manifest is not valid: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`);
  const manifest: DatasetManifest = parsed.data;
  if (fingerprintOf(manifest) !== manifest.fingerprint) throw damaged(name, file, 'its manifest does not agree with its own fingerprint');
  return manifest;
}

/**
 * The manifest of the installed data set `name`, after checking it and the sizes of its files (not their bytes: see verifyDataset).
 * Throws DATASET_MISSING when it is not installed, DATASET_DAMAGED when manifest and files do not agree.
 */
export async function readManifest(root: string, name: string): Promise<DatasetManifest> {
  const directory = datasetDirectory(root, name);
  const file = join(directory, 'manifest.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new LabError('DATASET_MISSING', `The data set "${name}" is not installed in ${root}. Download or import it on the page Data sets, or by vsgd-lab datasets download ${name} or vsgd-lab datasets import PATH.`, { place: { file }, cause });
  }
  const manifest = parseManifest(text, name, file);
  const wrong = await wrongSizes(directory, manifest);
  if (wrong.length > 0) throw damaged(name, join(directory, wrong[0] as string), `${wrong.join(', ')} ${wrong.length === 1 ? 'has' : 'have'} the wrong size`);
  return manifest;
}
