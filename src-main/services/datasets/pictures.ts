// Pictures of installed data sets for the screen, as PNG or raw bytes, and how many there are of each class.
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseExperiment } from '#config';
import { LabError, permutation, type DatasetChoice, type DatasetManifest, type PackedSplit, type SamplePicture, type SkippedFile } from '#contract';
import { catalog, datasetDirectory, defaultShapes, encodePng, installedName, paintShape, previewAugmented, readLeftOut, readManifest, recipeOf, shapeClasses, shapesName, shapesOptions } from '#datasets';
import type { Lab } from '../lab.ts';
import { composeWithData } from './facts.ts';

export type SamplesInput = { name: string; split?: PackedSplit['name']; count?: number; seed?: number; label?: number; indices?: number[]; format?: 'png' | 'raw' };
export type Samples = { name: string; split: string; width: number; height: number; channels: number; classes: string[]; total: number; pictures: SamplePicture[] };
export type DatasetPage = { manifest: Omit<DatasetManifest, 'files'>; bytes: number; leftOut: SkippedFile[]; published: number | null; counts: { split: string; total: number; perClass: number[] }[] };

type Installed = { manifest: DatasetManifest; directory: string };

/** The generated shapes with the default settings, or else some that were made for a run. */
async function shapesHere(root: string): Promise<string> {
  const wanted = shapesName(defaultShapes);
  const present = await readdir(root).catch((): string[] => []);
  return present.includes(wanted) ? wanted : (present.find((name) => name.startsWith('shapes-')) ?? wanted);
}

async function openInstalled({ home }: Lab, name: string): Promise<Installed> {
  const installed = name === 'shapes' ? await shapesHere(home.datasets) : name;
  return { manifest: await readManifest(home.datasets, installed), directory: datasetDirectory(home.datasets, installed) };
}

function splitOf({ splits, name: dataset }: DatasetManifest, name: string): PackedSplit {
  const found = splits.find((split) => split.name === name);
  if (!found) throw new LabError('NOT_FOUND', `${dataset} has no split '${name}'. It has ${splits.map((split) => split.name).join(', ')}.`);
  return found;
}

async function readLabels({ directory }: Installed, { labels }: PackedSplit): Promise<Uint32Array> {
  const bytes = await readFile(join(directory, labels));
  return Uint32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32LE(4 * index));
}

async function readPictures({ directory, manifest }: Installed, { images }: PackedSplit, indices: number[]): Promise<Uint8Array[]> {
  const size = manifest.height * manifest.width * manifest.channels;
  const handle = await open(join(directory, images), 'r');
  try {
    return await Promise.all(indices.map(async (index) => {
      const pixels = new Uint8Array(size);
      await handle.read(pixels, 0, size, index * size);
      return pixels;
    }));
  } finally {
    await handle.close();
  }
}

const toBase64 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');

type PictureShape = Pick<DatasetManifest, 'width' | 'height' | 'channels'>;

const toPng = async (pixels: Uint8Array, shape: PictureShape): Promise<string> => `data:image/png;base64,${(await encodePng(pixels, shape)).toString('base64')}`;

/** `count` of `candidates` without repetition, the same for the same seed. */
const choose = (candidates: number[], count: number, seed: number): number[] =>
  Array.from(permutation(candidates.length, seed, { purpose: 'preview', a: 0 }).subarray(0, count), (at) => candidates[at] as number);

/** Some pictures of a split, drawn by `seed`; of one class where `label` is given, or just those of `indices`. @throws LabError DATASET_MISSING, DATASET_DAMAGED, NOT_FOUND */
export async function samplePictures(lab: Lab, { name, split = 'train', count = 16, seed = 0, label, indices: wanted, format = 'png' }: SamplesInput): Promise<Samples> {
  const installed = await openInstalled(lab, name);
  const { manifest } = installed;
  const chosen = splitOf(manifest, split);
  const labels = await readLabels(installed, chosen);
  const candidates = Array.from(labels.keys()).filter((index) => label === undefined || labels[index] === label);
  const indices = wanted?.filter((index) => index < labels.length) ?? choose(candidates, count, seed);
  const pixels = await readPictures(installed, chosen, indices);
  const pictures = await Promise.all(pixels.map(async (raw, at): Promise<SamplePicture> => {
    const index = indices[at] as number;
    return { index, label: labels[index] as number, ...(format === 'png' ? { png: await toPng(raw, manifest) } : { pixels: toBase64(raw) }) };
  }));
  const { width, height, channels, classes } = manifest;
  return { name: manifest.name, split, width, height, channels, classes, total: candidates.length, pictures };
}

type Drawn = { count: number; redraw: number };
type Training = { shape: PictureShape; classes: string[]; pictures: { label: number; pixels: Uint8Array }[] };

async function readTraining(lab: Lab, dataset: DatasetChoice, { count, redraw }: Drawn): Promise<Training> {
  const installed = await openInstalled(lab, installedName(dataset));
  const { manifest } = installed;
  const train = splitOf(manifest, 'train');
  const labels = await readLabels(installed, train);
  const indices = choose(Array.from(labels.keys()), count, redraw);
  const pixels = await readPictures(installed, train, indices);
  return { shape: manifest, classes: manifest.classes, pictures: pixels.map((one, at) => ({ label: labels[indices[at] as number] as number, pixels: one })) };
}

/** Generated pictures need not lie on the disk to be shown. */
function paintTraining(dataset: Extract<DatasetChoice, { name: 'shapes' }>, { count, redraw }: Drawn): Training {
  const options = shapesOptions(dataset);
  const indices = choose(Array.from({ length: options.trainSize }, (_, index) => index), count, redraw);
  const pictures = indices.map((index) => {
    const pixels = new Uint8Array(3 * options.xDim ** 2);
    return { label: paintShape(pixels, { split: 0, index }, options), pixels };
  });
  return { shape: { width: options.xDim, height: options.xDim, channels: 3 }, classes: [...shapeClasses], pictures };
}

export type AugmentedPair = { label: number; raw: string; augmented: string };

/** Pictures as they are and as a run with these overrides would train on them; `redraw` throws the dice. */
export async function augmentedPictures(lab: Lab, { overrides, count = 8, redraw = 0 }: { overrides: string[]; count?: number; redraw?: number }): Promise<{ classes: string[]; pairs: AugmentedPair[] }> {
  const { experiment: { dataset } } = parseExperiment(composeWithData(lab, { overrides }).config);
  const { shape, classes, pictures } = dataset.name === 'shapes' ? paintTraining(dataset, { count, redraw }) : await readTraining(lab, dataset, { count, redraw });
  const rendered = previewAugmented(pictures.map(({ pixels }) => pixels), { recipe: recipeOf(dataset, true), side: shape.width, channels: shape.channels, redraw });
  const pairs = await Promise.all(rendered.map(async ({ raw, augmented }, at) =>
    ({ label: pictures[at]?.label ?? 0, raw: await toPng(raw, shape), augmented: await toPng(augmented, shape) })));
  return { classes, pairs };
}

/** What is installed under a name, with the pictures of each class counted. */
export async function describeDataset(lab: Lab, name: string): Promise<DatasetPage> {
  const installed = await openInstalled(lab, name);
  const { files, ...manifest } = installed.manifest;
  const counts = await Promise.all(manifest.splits.map(async (split) => {
    const perClass = new Array<number>(manifest.classes.length).fill(0);
    for (const label of await readLabels(installed, split)) perClass[label] = (perClass[label] ?? 0) + 1;
    return { split: split.name, total: split.count, perClass };
  }));
  const leftOut = (await readLeftOut(lab.home.datasets, manifest.name)).slice(0, 1000);
  const published = catalog.find((entry) => entry.name === manifest.name)?.counts.train ?? null;
  return { manifest, leftOut, published, bytes: Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0), counts };
}
