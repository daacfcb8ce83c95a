// CIFAR-10 and CIFAR-100 in the binary layout: records of 1 or 2 label bytes and 3,072 pixels, one plane per colour.
import { basename } from 'node:path';
import { stat } from 'node:fs/promises';
import { gunzipFile } from '../archives/gzip.ts';
import { damagedArchive, hostile } from '../archives/names.ts';
import { readTar, type EntrySink, type SinkChooser } from '../archives/tar.ts';
import type { CacheWriter, SplitWriter } from '../cache/writer.ts';
import { createFaultList, type FaultList } from './faults.ts';
import type { FormatReader } from './format.ts';

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

async function chooserFor(layout: CifarLayout, { archive, writer, faults, gathered }: { archive: string; writer: CacheWriter; faults: FaultList; gathered: Gathered }): Promise<SinkChooser> {
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

function createCifarReader(layout: CifarLayout): FormatReader {
  return async (files, writer, { signal, onProgress }) => {
    const archive = files[0] as string;
    const total = (await stat(archive)).size;
    const faults = createFaultList(archive);
    const gathered: Gathered = { seen: new Set(), names: '' };
    const content = gunzipFile(archive, { maxBytes, signal, onRead: (done) => onProgress?.({ stage: 'unpack', done, total, unit: 'bytes' }) });
    await readTar(archive, content, await chooserFor(layout, { archive, writer, faults, gathered }));
    for (const file of [...layout.train, layout.test, layout.names]) if (!gathered.seen.has(file)) faults.add(`${file} is missing`);
    const classes = gathered.names.split('\n').map((line) => line.trim()).filter((line) => line !== '');
    if (gathered.seen.has(layout.names) && classes.length !== layout.classes) faults.add(`${layout.names} names ${classes.length} classes instead of ${layout.classes}`);
    faults.check();
    return { height: 32, width: 32, channels: 3, classes };
  };
}

export const readCifar10 = createCifarReader(cifar10);
export const readCifar100 = createCifarReader(cifar100);

/** Whether the tar.gz at `path` is laid out as CIFAR-10 or CIFAR-100; reads until it meets a name that decides. */
export async function recogniseCifar(path: string): Promise<'cifar10' | 'cifar100' | null> {
  let found: 'cifar10' | 'cifar100' | null = null;
  const decided = new Error('decided');
  const choose: SinkChooser = (entry) => {
    const file = basename(entry);
    if (/^data_batch_\d\.bin$|^test_batch\.bin$/.test(file)) found = 'cifar10';
    if (file === 'train.bin' || file === 'test.bin' || file === 'fine_label_names.txt') found = 'cifar100';
    if (found !== null) throw decided;
    return null;
  };
  try {
    await readTar(path, gunzipFile(path, { maxBytes }), choose);
  } catch (error) {
    if (error !== decided) throw error;
  }
  if (found === null) throw damagedArchive(path, 'it is a tar archive, but neither CIFAR-10 nor CIFAR-100 in the binary layout');
  return found;
}
