// Tells by its content which data set a file or folder holds.
import type { Dirent } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LabError } from '#contract';
import { describeStart, gunzipFile, readStart } from '../archives/gzip.ts';
import { withByteReader } from '../archives/bytes.ts';
import { isTarHeader } from '../archives/tar.ts';
import { recogniseCifar } from '../formats/cifar.ts';
import { isIdx, mnistFiles } from '../formats/mnist.ts';
import { isTinyImagenet } from '../formats/tinyImagenet.ts';

/** What lies at a path: files of a catalogue entry, or a folder of pictures. */
export type Recognised = { kind: 'archive'; name: string; paths: string[] } | { kind: 'folder'; path: string };

async function mnistPaths(folder: string): Promise<string[]> {
  const present = await readdir(folder);
  const missing = mnistFiles.filter((file) => !present.includes(file));
  if (missing.length === 0) return mnistFiles.map((file) => join(folder, file));
  throw new LabError('DATASET_MISSING', `MNIST is four files in one folder; ${folder} lacks ${missing.join(', ')}. Put them there and import the folder.`, { place: { file: folder } });
}

const unknown = (path: string, what: string): LabError =>
  new LabError('DATASET_DAMAGED', `${path} cannot be imported: ${what}. Known are the zip of Tiny ImageNet, the binary tar.gz of CIFAR-10 and CIFAR-100, the idx files of MNIST, and a folder with one folder of pictures per class.`, { place: { file: path } });

async function recogniseGzip(path: string): Promise<Recognised> {
  const start = await withByteReader(gunzipFile(path, { maxBytes: 400_000_000 }), (reader) => reader.some(512)) ?? Buffer.alloc(0);
  if (isIdx(start)) return { kind: 'archive', name: 'mnist', paths: await mnistPaths(dirname(path)) };
  if (!isTarHeader(start)) throw unknown(path, 'it is a gzip file, but holds neither a tar archive nor idx data');
  return { kind: 'archive', name: (await recogniseCifar(path)) as string, paths: [path] };
}

async function recogniseFile(path: string): Promise<Recognised> {
  const start = await readStart(path, 64);
  if (start[0] === 0x1f && start[1] === 0x8b) return recogniseGzip(path);
  if (start.length < 4 || start.readUInt32LE(0) !== 0x04034b50) throw unknown(path, describeStart(start));
  if (!(await isTinyImagenet(path))) throw unknown(path, 'it is a zip archive, but not Tiny ImageNet (there is no tiny-imagenet-200/wnids.txt)');
  return { kind: 'archive', name: 'tiny-imagenet-200', paths: [path] };
}

const isMnistFile = (item: Dirent): boolean => item.isFile() && basename(item.name) === item.name && mnistFiles.some((file) => file === item.name);

/** Looks into `path`. Throws NOT_FOUND, or DATASET_DAMAGED when it is nothing that can be imported. */
export async function recognise(path: string): Promise<Recognised> {
  const found = await stat(path).catch(() => null);
  if (found === null) {
    const dangling = await lstat(path).then(() => true, () => false);
    throw new LabError('NOT_FOUND', `There is no file or folder ${path}${dangling ? ' (the link points nowhere)' : ''}.`, { place: { file: path } });
  }
  if (found.isFile()) return recogniseFile(path);
  if (!found.isDirectory()) throw unknown(path, 'it is neither a file nor a folder');
  const items = await readdir(path, { withFileTypes: true });
  if (items.some(isMnistFile)) return { kind: 'archive', name: 'mnist', paths: await mnistPaths(path) };
  return { kind: 'folder', path };
}
