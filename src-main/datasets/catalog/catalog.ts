// The data sets that this product knows, with the addresses, sizes and digests of their published archives.
import type { FormatReader } from '../formats/format.ts';
import { readCifar10, readCifar100 } from '../formats/cifar.ts';
import { readMnist } from '../formats/mnist.ts';
import { readTinyImagenet } from '../formats/tinyImagenet.ts';

/** One published file. */
export type CatalogFile = { file: string; address: string; bytes: number; md5: string };

/** A data set to download: what its official archive holds, and how it is read. */
export type CatalogEntry = {
  name: string;
  label: string;
  licence: string;
  files: CatalogFile[];
  classes: number;
  /** Counts of the official archive; `val` serves as test where there is no `test`. */
  counts: { train: number; val?: number; test?: number };
  height: number;
  width: number;
  channels: 1 | 3;
  read: FormatReader;
};

const mnistAddress = 'https://ossci-datasets.s3.amazonaws.com/mnist/';
const mnistFile = (file: string, bytes: number, md5: string): CatalogFile => ({ file, address: mnistAddress + file, bytes, md5 });

/** Every data set that can be downloaded, in the order of a list. */
export const catalog: readonly CatalogEntry[] = [
  {
    name: 'tiny-imagenet-200', label: 'Tiny ImageNet', read: readTinyImagenet,
    licence: 'Pictures from ImageNet, for non-commercial research and education; their owners keep their rights.',
    // Plain http is what the publisher offers; the digest makes up for it.
    files: [{ file: 'tiny-imagenet-200.zip', address: 'http://cs231n.stanford.edu/tiny-imagenet-200.zip', bytes: 248_100_043, md5: '90528d7ca1a48142e341f4ef8d21d0de' }],
    classes: 200, counts: { train: 100_000, val: 10_000 }, height: 64, width: 64, channels: 3,
  },
  {
    name: 'cifar100', label: 'CIFAR-100', read: readCifar100,
    licence: 'No licence is given; cite Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.',
    files: [{ file: 'cifar-100-binary.tar.gz', address: 'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz', bytes: 168_513_733, md5: '03b5dce01913d631647c71ecec9e9cb8' }],
    classes: 100, counts: { train: 50_000, test: 10_000 }, height: 32, width: 32, channels: 3,
  },
  {
    name: 'cifar10', label: 'CIFAR-10', read: readCifar10,
    licence: 'No licence is given; cite Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.',
    files: [{ file: 'cifar-10-binary.tar.gz', address: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz', bytes: 170_052_171, md5: 'c32a1d4ab5d03f1284b67883e8d87530' }],
    classes: 10, counts: { train: 50_000, test: 10_000 }, height: 32, width: 32, channels: 3,
  },
  {
    name: 'mnist', label: 'MNIST', read: readMnist,
    licence: 'Creative Commons Attribution-ShareAlike 3.0; Yann LeCun and Corinna Cortes.',
    files: [
      mnistFile('train-images-idx3-ubyte.gz', 9_912_422, 'f68b3c2dcbeaaa9fbdd348bbdeb94873'),
      mnistFile('train-labels-idx1-ubyte.gz', 28_881, 'd53e105ee54ea40749a09fcbcd1e9432'),
      mnistFile('t10k-images-idx3-ubyte.gz', 1_648_877, '9fb629c4189551a2d022fa330f9573f3'),
      mnistFile('t10k-labels-idx1-ubyte.gz', 4_542, 'ec29112dd5afa0611ce80d1b7f02629c'),
    ],
    classes: 10, counts: { train: 60_000, test: 10_000 }, height: 28, width: 28, channels: 1,
  },
];

/** The entry of `name`, or null. */
export const findEntry = (name: string): CatalogEntry | null => catalog.find((entry) => entry.name === name) ?? null;

/** Bytes of the download. */
export const downloadBytes = (entry: CatalogEntry): number => entry.files.reduce((sum, { bytes }) => sum + bytes, 0);

/** Bytes of the packed cache of the official archive: pixels, and 4 bytes a label. */
export function cacheBytes(entry: CatalogEntry): number {
  const count = entry.counts.train + (entry.counts.val ?? 0) + (entry.counts.test ?? 0);
  return count * (entry.height * entry.width * entry.channels + 4);
}
