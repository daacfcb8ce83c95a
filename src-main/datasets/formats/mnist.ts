// MNIST: four files in the idx layout (big-endian header, then bytes), compressed by gzip or not.
import { stat } from 'node:fs/promises';
import { withByteReader, type ByteReader } from '../archives/bytes.ts';
import { contentOf } from '../archives/gzip.ts';
import { damagedArchive } from '../archives/names.ts';
import { createFaultList, type FaultList } from './faults.ts';
import type { FormatReader, SplitTarget, Watch } from './format.ts';

const side = 28;
const maxCount = 60_000;
const picturesPerWrite = 2_000;
const imagesMagic = 0x803;
const labelsMagic = 0x801;

/** File names of training pictures and labels, test pictures and labels. */
export const mnistFiles = ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz', 't10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'] as const;

/** Which of `mnistFiles` a file is by its name, unpacked or in the spelling of other mirrors (`train-images.idx3-ubyte`) too; null for others. */
export function mnistFileOf(name: string): (typeof mnistFiles)[number] | null {
  const plain = name.toLowerCase().replace(/\.gz$/, '').replace('.idx', '-idx');
  return mnistFiles.find((file) => file === `${plain}.gz`) ?? null;
}

/** Whether these first bytes of the unpacked file are an idx header of pictures or labels. */
export function isIdx(start: Buffer): boolean {
  return start.length >= 8 && (start.readUInt32BE(0) === imagesMagic || start.readUInt32BE(0) === labelsMagic);
}

async function takeAll(reader: ByteReader, length: number, file: string): Promise<Buffer> {
  const bytes = await reader.take(length);
  if (bytes === null) throw damagedArchive(file, 'it holds fewer bytes than its header says');
  return bytes;
}

async function expectEnd(reader: ByteReader, file: string): Promise<void> {
  if ((await reader.some(1)) !== null) throw damagedArchive(file, 'it holds more bytes than its header says');
}

async function readLabels(file: string, faults: FaultList, watch: Watch): Promise<Buffer> {
  const labels = await withByteReader(contentOf(file, { maxBytes: maxCount + 8, signal: watch.signal }), async (reader) => {
    const header = await takeAll(reader, 8, file);
    const count = header.readUInt32BE(4);
    if (header.readUInt32BE(0) !== labelsMagic || count === 0 || count > maxCount) throw damagedArchive(file, 'it is not a list of MNIST labels (idx1)');
    const all = Buffer.from(await takeAll(reader, count, file));
    await expectEnd(reader, file);
    return all;
  });
  labels.forEach((label, index) => { if (label > 9) faults.add(`label ${index} of ${file} is ${label}; there are 10 classes, counted from 0`); });
  return labels;
}

type Source = { images: string; labels: string; split: 'train' | 'test' };

async function readSplit({ images, labels, split }: Source, writer: SplitTarget, watch: Watch & { faults: FaultList }): Promise<void> {
  const classes = await readLabels(labels, watch.faults, watch);
  const total = (await stat(images)).size;
  const onRead = (done: number): void => watch.onProgress?.({ stage: 'unpack', done, total, unit: 'bytes' });
  const content = contentOf(images, { maxBytes: maxCount * side * side + 16, signal: watch.signal, onRead });
  await withByteReader(content, async (reader) => {
    const header = await takeAll(reader, 16, images);
    const [magic, count, height, width] = [0, 4, 8, 12].map((at) => header.readUInt32BE(at)) as [number, number, number, number];
    if (magic !== imagesMagic || height !== side || width !== side) throw damagedArchive(images, `it is not a list of ${side}×${side} MNIST pictures (idx3)`);
    if (count !== classes.length) throw damagedArchive(images, `it says it holds ${count} pictures, but ${labels} holds ${classes.length} labels`);
    const target = await writer.split(split);
    for (let done = 0; done < count; done += picturesPerWrite) {
      const group = Math.min(picturesPerWrite, count - done);
      await target.append(await takeAll(reader, group * side * side, images), [...classes.subarray(done, done + group)]);
    }
    await expectEnd(reader, images);
  });
}

/** Reads the four files, in the order of `mnistFiles`. */
export const readMnist: FormatReader = async (files, writer, watch) => {
  const [trainImages, trainLabels, testImages, testLabels] = files as [string, string, string, string];
  const faults = createFaultList(trainLabels);
  await readSplit({ images: trainImages, labels: trainLabels, split: 'train' }, writer, { ...watch, faults });
  await readSplit({ images: testImages, labels: testLabels, split: 'test' }, writer, { ...watch, faults });
  faults.check();
  return { height: side, width: side, channels: 1, classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] };
};
