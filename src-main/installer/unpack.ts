// From a wheel to files: of a TensorFlow wheel its libraries and headers, of NVIDIA's their libraries. The archive is checked as a whole first.
import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LabError } from '#contract';
import { openZip, type ZipArchive, type ZipEntry } from '#datasets';
import { checkCancelled, type InstallContext } from './context.ts';

const limits = { maxEntries: 60_000, maxEntryBytes: 2 ** 32 - 1, maxBytes: 2 ** 34 };
const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
/** Larger entries go through in pieces. */
const streamedFrom = 4 << 20;

/** The libraries that the binding is linked with, under Linux's and macOS's names; their parts by libtensorflow's own version. */
const libraries = /^tensorflow\/libtensorflow_(cc|framework)(\.so\.2|\.2\.dylib)$/;
/** Of NVIDIA's wheels: libraries, and what XLA looks for of the compiler. */
const nvidia = /^nvidia\/([\w.-]+\/(lib|bin)|cuda_nvcc\/nvvm\/libdevice)\/[^/]+$/;

/** Whether an entry of a wheel belongs to the engine. */
export const belongs = (path: string): boolean => libraries.test(path) || path.startsWith('tensorflow/include/') || nvidia.test(path);

const asEngine = { DATASET_HOSTILE: 'ENGINE_HOSTILE', DATASET_DAMAGED: 'ENGINE_DAMAGED' } as const;

/** The archive readers speak of data sets; here it is an engine. */
function explain(error: unknown): unknown {
  const code = error instanceof LabError ? asEngine[error.code as keyof typeof asEngine] : undefined;
  if (code !== undefined) return new LabError(code, (error as LabError).message, { place: (error as LabError).place, cause: error });
  if (['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')) return new LabError('DISK_FULL', 'The disk is full: the engine could not be unpacked. Free some space and start again; what was downloaded is kept.', { cause: error });
  return error;
}

/** Opens a wheel. @throws LabError ENGINE_HOSTILE, ENGINE_DAMAGED */
export const openWheel = (file: string): Promise<ZipArchive> => openZip(file, limits).catch((error: unknown) => { throw explain(error); });

async function writeEntry(archive: ZipArchive, entry: ZipEntry, { target, onBytes }: { target: string; onBytes(count: number): void }): Promise<void> {
  const file = await open(target, flags, /\/bin\//.test(entry.path) ? 0o755 : 0o644);
  try {
    const pieces = entry.size >= streamedFrom ? archive.stream(entry) : [await archive.read(entry)];
    for await (const piece of pieces) {
      await file.writeFile(piece);
      onBytes(piece.length);
    }
    if (entry.size >= streamedFrom) await file.sync();
  } finally {
    await file.close();
  }
}

/** Bytes that a wheel takes when unpacked. */
export async function unpackedBytes(wheel: string): Promise<number> {
  const archive = await openWheel(wheel);
  await archive.close();
  return archive.files.filter(({ path }) => belongs(path)).reduce((sum, { size }) => sum + size, 0);
}

/**
 * Writes what belongs to the engine under `folder`, in the wheel's own places. `staged`: checks before each file that the folder is still ours.
 * @throws LabError ENGINE_HOSTILE, ENGINE_DAMAGED, DISK_FULL, CANCELLED
 */
export async function unpackWheel(wheel: string, folder: string, context: InstallContext & { staged?: () => Promise<void> }): Promise<void> {
  const { signal, onProgress, staged } = context;
  const archive = await openWheel(wheel);
  try {
    const wanted = archive.files.filter(({ path }) => belongs(path));
    if (wanted.length === 0) throw new LabError('ENGINE_DAMAGED', `${basename(wheel)} holds none of the libraries that the engine needs. Is it a wheel of TensorFlow, or of NVIDIA's libraries, for this system?`, { place: { file: wheel } });
    const total = wanted.reduce((sum, { size }) => sum + size, 0);
    const made = new Set<string>();
    let done = 0;
    for (const entry of wanted) {
      checkCancelled(signal);
      const target = join(folder, ...entry.path.split('/'));
      if (!made.has(dirname(target))) {
        await staged?.();
        await mkdir(dirname(target), { recursive: true, mode: 0o755 });
        made.add(dirname(target));
      }
      await writeEntry(archive, entry, { target, onBytes: (count) => onProgress?.({ stage: 'unpack', done: (done += count), total, unit: 'bytes', detail: basename(wheel) }) });
    }
  } catch (error) {
    throw explain(error);
  } finally {
    await archive.close();
  }
}

/** NVIDIA's wheels that a TensorFlow wheel asks for with its extra and-cuda, with the releases that it takes. */
export async function cudaRequirements(wheel: string): Promise<{ project: string; requirement: string }[]> {
  const archive = await openWheel(wheel);
  try {
    const entry = archive.files.find(({ path }) => /^[^/]+\.dist-info\/METADATA$/.test(path));
    const text = entry ? (await archive.read(entry)).toString('utf8') : '';
    return [...text.matchAll(/^Requires-Dist:\s*(nvidia-[\w-]+)\s*\(?([^;)]*)\)?\s*;\s*extra\s*==\s*["']and-cuda["']/gm)].map(([, project = '', requirement = '']) => ({ project, requirement: requirement.trim() }));
  } finally {
    await archive.close();
  }
}
