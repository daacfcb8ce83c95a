// Tells by its content which data set a file or folder holds.
import { lstat, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LabError } from '#contract';
import { describeStart, gunzipFile, readStart } from '../archives/gzip.ts';
import { withByteReader } from '../archives/bytes.ts';
import { isTarHeader } from '../archives/tar.ts';
import { recogniseCifar, recogniseUnpackedCifar } from '../formats/cifar.ts';
import { isIdx, mnistFileOf, mnistFiles } from '../formats/mnist.ts';
import { isTinyImagenet } from '../formats/tinyImagenet.ts';

/** What lies at a path: files of a catalogue entry (or, `unpacked`, the folder that its archive unpacks to), or a folder of images. */
export type Recognised = { kind: 'archive'; name: string; paths: string[]; unpacked?: boolean } | { kind: 'folder'; path: string };

/** The four files of MNIST among `present`, in their order. @throws LabError DATASET_MISSING naming those that are not there */
function mnistPaths(folder: string, present: readonly string[]): string[] {
  const paths = mnistFiles.map((file) => present.find((name) => name.toLowerCase() === file) ?? present.find((name) => mnistFileOf(name) === file));
  const missing = mnistFiles.filter((_, index) => paths[index] === undefined);
  if (missing.length === 0) return paths.map((name) => join(folder, name as string));
  const there = paths.filter((name) => name !== undefined);
  throw new LabError('DATASET_MISSING', `MNIST is four files in one folder: ${folder} has ${there.join(', ')}; ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing. Add what is missing and import all four together.`, { place: { file: folder } });
}

/** Names of the plain files and of the folders in `folder`. */
async function namesIn(folder: string): Promise<{ files: string[]; folders: string[] }> {
  const items = await readdir(folder, { withFileTypes: true });
  return { files: items.filter((item) => item.isFile()).map(({ name }) => name), folders: items.filter((item) => item.isDirectory()).map(({ name }) => name) };
}

const unknown = (path: string, what: string): LabError =>
  new LabError('DATASET_DAMAGED', `${path} cannot be imported: ${what}. Supported are the zip of Tiny ImageNet, the binary tar.gz of CIFAR-10 and CIFAR-100, the folders that these unpack to, the four idx files of MNIST, and a folder with one folder of images per class.`, { place: { file: path } });

async function mnistBeside(path: string): Promise<Recognised> {
  const folder = dirname(path);
  return { kind: 'archive', name: 'mnist', paths: mnistPaths(folder, (await namesIn(folder)).files) };
}

async function recogniseGzip(path: string): Promise<Recognised> {
  const start = await withByteReader(gunzipFile(path, { maxBytes: 400_000_000 }), (reader) => reader.some(512)) ?? Buffer.alloc(0);
  if (isIdx(start)) return mnistBeside(path);
  if (!isTarHeader(start)) throw unknown(path, 'it is a gzip file, but holds neither a tar archive nor idx data');
  const name = await recogniseCifar(path);
  if (name === null) throw unknown(path, 'it is a tar archive, but neither CIFAR-10 nor CIFAR-100 in the binary layout. If it holds a folder of images, unpack it and import that folder');
  return { kind: 'archive', name, paths: [path] };
}

async function recogniseFile(path: string): Promise<Recognised> {
  const start = await readStart(path, 64);
  if (start[0] === 0x1f && start[1] === 0x8b) return recogniseGzip(path);
  if (isIdx(start)) return mnistBeside(path);
  if (start.length < 4 || start.readUInt32LE(0) !== 0x04034b50) throw unknown(path, describeStart(start));
  if (!(await isTinyImagenet(path))) throw unknown(path, 'it is a zip archive, but not Tiny ImageNet (there is no tiny-imagenet-200/wnids.txt). If it holds a folder of images, unzip it and import that folder');
  return { kind: 'archive', name: 'tiny-imagenet-200', paths: [path] };
}

/** Folders in which torchvision and the archives themselves keep the files of a data set. */
const customaryFolders = ['raw', 'MNIST', 'cifar-10-batches-bin', 'cifar-100-binary', 'cifar-10-batches-py', 'cifar-100-python', 'cifar-10-batches-mat', 'cifar-100-matlab', 'tiny-imagenet-200'];

/** The data set of the catalogue that a folder holds unpacked, here or in the folder that its archive has at its top; null where there is none. */
async function recogniseUnpacked(folder: string, depth = 0): Promise<Recognised | null> {
  const { files, folders } = await namesIn(folder);
  if (files.some((name) => mnistFileOf(name) !== null)) return { kind: 'archive', name: 'mnist', paths: mnistPaths(folder, files) };
  const cifar = recogniseUnpackedCifar(folder, files);
  if (cifar !== null) return { kind: 'archive', name: cifar, paths: [folder], unpacked: true };
  const annotated = files.includes('wnids.txt') && folders.includes('train') && folders.includes('val') && (await namesIn(join(folder, 'val'))).files.includes('val_annotations.txt');
  if (annotated) return { kind: 'archive', name: 'tiny-imagenet-200', paths: [folder], unpacked: true };
  const visible = folders.filter((name) => !name.startsWith('.') && name !== '__MACOSX');
  const inner = visible.length === 1 ? visible[0] : undefined;
  return depth < 2 && inner !== undefined && customaryFolders.includes(inner) ? recogniseUnpacked(join(folder, inner), depth + 1) : null;
}

/** Looks into `path`. Throws NOT_FOUND, or DATASET_DAMAGED when it is nothing that can be imported. */
export async function recognise(path: string): Promise<Recognised> {
  const found = await stat(path).catch(() => null);
  if (found === null) {
    const dangling = await lstat(path).then(() => true, () => false);
    throw new LabError('NOT_FOUND', `There is no file or folder ${path}${dangling ? ' (the link points nowhere)' : ''}.`, { place: { file: path } });
  }
  if (found.isFile()) return recogniseFile(path);
  if (!found.isDirectory()) throw unknown(path, 'it is neither a file nor a folder');
  return (await recogniseUnpacked(path)) ?? { kind: 'folder', path };
}
