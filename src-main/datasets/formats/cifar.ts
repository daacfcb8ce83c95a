// CIFAR-10 and CIFAR-100 in the binary layout: records of 1 or 2 label bytes and 3,072 pixels, one plane per colour.
import { createReadStream } from 'node:fs';
import { basename, join } from 'node:path';
import { readdir, stat } from 'node:fs/promises';
import { LabError } from '#contract';
import { gunzipFile } from '../archives/gzip.ts';
import { hostile } from '../archives/names.ts';
import { readTar, type EntrySink, type SinkChooser } from '../archives/tar.ts';
import type { SplitWriter } from '../cache/writer.ts';
import { createFaultList, type FaultList } from './faults.ts';
import type { FormatReader, SplitTarget, Watch } from './format.ts';

/** Where labels and pictures lie in the archive. */
type CifarLayout = { classes: number; labelBytes: number; label: number; names: string; train: string[]; test: string; recordsPerFile: number };

const plane = 1024;
const pixels = 3 * plane;
const maxTextBytes = 65_536;
const maxBytes = 280_000_000;
const recordsPerWrite = 256;

const cifar10: CifarLayout = {
  classes: 10, labelBytes: 1, label: 0, names: 'batches.meta.txt', test: 'test_batch.bin', recordsPerFile: 10_000,
  train: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`),
};
const cifar100: CifarLayout = { classes: 100, labelBytes: 2, label: 1, names: 'fine_label_names.txt', test: 'test.bin', recordsPerFile: 50_000, train: ['train.bin'] };

/** One picture from planes to NHWC. */
function interleave(record: Buffer, target: Uint8Array): void {
  for (let pixel = 0; pixel < plane; pixel += 1) {
    target[3 * pixel] = record[pixel] as number;
    target[3 * pixel + 1] = record[plane + pixel] as number;
    target[3 * pixel + 2] = record[2 * plane + pixel] as number;
  }
}

type Append = SplitWriter['append'];

/** Cuts a stream into records, checks their labels, and hands over pictures in groups. */
function recordSink(layout: CifarLayout, { file, append, faults }: { file: string; append: Append; faults: FaultList }): EntrySink {
  const size = layout.labelBytes + pixels;
  let rest: Buffer = Buffer.alloc(0);
  let record = 0;
  const convert = async (bytes: Buffer, count: number): Promise<void> => {
    const images = new Uint8Array(count * pixels);
    const labels: number[] = [];
    for (let index = 0; index < count; index += 1, record += 1) {
      const start = index * size;
      const label = bytes[start + layout.label] as number;
      if (label >= layout.classes) faults.add(`record ${record} of ${file} has the class ${label}; there are ${layout.classes}, counted from 0`);
      labels.push(label);
      interleave(bytes.subarray(start + layout.labelBytes, start + size), images.subarray(index * pixels, (index + 1) * pixels));
    }
    await append(images, labels);
  };
  const drain = async (least: number): Promise<void> => {
    const count = Math.floor(rest.length / size);
    if (count < least) return;
    await convert(rest, count);
    rest = rest.subarray(count * size);
  };
  return {
    async write(chunk) {
      rest = Buffer.concat([rest, chunk]);
      await drain(recordsPerWrite);
    },
    async end() {
      await drain(1);
      if (rest.length > 0 || record === 0) faults.add(`${file} is not made of whole records of ${size} bytes`);
    },
  };
}

/** Passes batches on in their numbered order, whatever their order in the archive; an early one waits in memory. */
function orderedAppends(files: string[], split: SplitWriter): (file: string) => { append: Append; end(): Promise<void> } {
  const waiting = new Map<string, Parameters<Append>[]>();
  const ended = new Set<string>();
  let turn = 0;
  const advance = async (): Promise<void> => {
    for (let file = files[turn]; file !== undefined; file = files[turn]) {
      for (const group of waiting.get(file) ?? []) await split.append(...group);
      waiting.delete(file);
      if (!ended.has(file)) return;
      turn += 1;
    }
  };
  return (file) => ({
    async append(images, labels) {
      if (files[turn] === file) return split.append(images, labels);
      waiting.set(file, [...(waiting.get(file) ?? []), [images, labels]]);
    },
    async end() {
      ended.add(file);
      await advance();
    },
  });
}

type Gathered = { seen: Set<string>; names: string };

async function chooserFor(layout: CifarLayout, { archive, writer, faults, gathered }: { archive: string; writer: SplitTarget; faults: FaultList; gathered: Gathered }): Promise<SinkChooser> {
  const train = orderedAppends(layout.train, await writer.split('train'));
  const test = orderedAppends([layout.test], await writer.split('test'));
  const records = (file: string, target: ReturnType<typeof train>): EntrySink => {
    const sink = recordSink(layout, { file, append: target.append, faults });
    return { write: sink.write, end: async () => { await sink.end(); await target.end(); } };
  };
  const names: EntrySink = { write: (chunk) => { gathered.names += chunk.toString('utf8'); }, end: () => undefined };
  return (path, size) => {
    const file = basename(path);
    const isData = layout.train.includes(file) || file === layout.test;
    if (!isData && file !== layout.names) return null;
    if (gathered.seen.has(file)) throw hostile(archive, `it has ${file} twice`);
    gathered.seen.add(file);
    if (size > (isData ? layout.recordsPerFile * (layout.labelBytes + pixels) : maxTextBytes)) throw hostile(archive, `${path} has ${size} bytes, more than it can have`);
    return isData ? records(file, layout.train.includes(file) ? train(file) : test(file)) : names;
  };
}

/** Reads the files of an unpacked archive as if they came from it. */
async function readUnpacked(folder: string, choose: SinkChooser, { signal, onProgress }: Watch): Promise<void> {
  const items = (await readdir(folder, { withFileTypes: true })).filter((item) => item.isFile()).map(({ name }) => name).sort();
  const sizes = await Promise.all(items.map(async (name) => (await stat(join(folder, name))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let done = 0;
  for (const [index, name] of items.entries()) {
    const sink = choose(name, sizes[index] as number);
    if (sink === null) continue;
    for await (const chunk of createReadStream(join(folder, name), { highWaterMark: 1 << 20, signal })) {
      done += (chunk as Buffer).length;
      await sink.write(chunk as Buffer);
      onProgress?.({ stage: 'unpack', done, total, unit: 'bytes' });
    }
    await sink.end();
  }
}

function createCifarReader(layout: CifarLayout): FormatReader {
  return async (files, writer, { signal, onProgress }) => {
    const archive = files[0] as string;
    const found = await stat(archive);
    const faults = createFaultList(archive);
    const gathered: Gathered = { seen: new Set(), names: '' };
    const choose = await chooserFor(layout, { archive, writer, faults, gathered });
    const onRead = (done: number): void => onProgress?.({ stage: 'unpack', done, total: found.size, unit: 'bytes' });
    if (found.isDirectory()) await readUnpacked(archive, choose, { signal, onProgress });
    else await readTar(archive, gunzipFile(archive, { maxBytes, signal, onRead }), choose);
    for (const file of [...layout.train, layout.test, layout.names]) if (!gathered.seen.has(file)) faults.add(`${file} is missing`);
    const classes = gathered.names.split('\n').map((line) => line.trim()).filter((line) => line !== '');
    if (gathered.seen.has(layout.names) && classes.length !== layout.classes) faults.add(`${layout.names} names ${classes.length} classes instead of ${layout.classes}`);
    faults.check();
    return { height: 32, width: 32, channels: 3, classes };
  };
}

export const readCifar10 = createCifarReader(cifar10);
export const readCifar100 = createCifarReader(cifar100);

type CifarName = 'cifar10' | 'cifar100';
const binaryFile: Record<CifarName, string> = { cifar10: 'cifar-10-binary.tar.gz', cifar100: 'cifar-100-binary.tar.gz' };
const titles: Record<CifarName, string> = { cifar10: 'CIFAR-10', cifar100: 'CIFAR-100' };

/** What a file's path says about the version of CIFAR that it belongs to; null where it says nothing. */
function versionOf(path: string): { name: CifarName; version: 'binary' | 'Python' | 'Matlab' } | null {
  const file = basename(path);
  if (/^(data_batch_\d|test_batch)\.bin$/.test(file)) return { name: 'cifar10', version: 'binary' };
  if (['train.bin', 'test.bin', 'fine_label_names.txt'].includes(file)) return { name: 'cifar100', version: 'binary' };
  if (/^(data_batch_\d|test_batch|batches\.meta)(\.mat)?$/.test(file)) return { name: 'cifar10', version: file.endsWith('.mat') ? 'Matlab' : 'Python' };
  if (/(^|\/)cifar-100-(python|matlab)\/(train|test|meta)(\.mat)?$/.test(path)) return { name: 'cifar100', version: file.endsWith('.mat') ? 'Matlab' : 'Python' };
  return null;
}

function binaryOf(path: string, { name, version }: NonNullable<ReturnType<typeof versionOf>>): CifarName {
  if (version === 'binary') return name;
  throw new LabError('DATASET_DAMAGED', `${path} is the ${version} version of ${titles[name]}, which is not read. Import the binary version, ${binaryFile[name]} from https://www.cs.toronto.edu/~kriz/${binaryFile[name]}, or download ${titles[name]} here: vsgd-lab datasets download ${name}.`, { place: { file: path } });
}

/**
 * Whether the tar.gz at `path` is laid out as CIFAR-10 or CIFAR-100; reads until it meets a name that decides.
 * @throws LabError DATASET_DAMAGED for another version than the binary one, with the file that is needed
 */
export async function recogniseCifar(path: string): Promise<CifarName | null> {
  let found: ReturnType<typeof versionOf> = null;
  const decided = new Error('decided');
  const choose: SinkChooser = (entry) => {
    found = versionOf(entry);
    if (found !== null) throw decided;
    return null;
  };
  try {
    await readTar(path, gunzipFile(path, { maxBytes }), choose);
  } catch (error) {
    if (error !== decided) throw error;
  }
  return found === null ? null : binaryOf(path, found);
}

/** Whether `folder` with these files is an unpacked CIFAR archive. @throws LabError DATASET_DAMAGED for another version than the binary one */
export function recogniseUnpackedCifar(folder: string, files: readonly string[]): CifarName | null {
  const found = files.map((file) => versionOf(`${basename(folder)}/${file}`)).find((version) => version !== null);
  return found ? binaryOf(folder, found) : null;
}
