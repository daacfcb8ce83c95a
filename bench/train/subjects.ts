// What bench:train measures: the published model families, how the peers call them, and their published batch sizes.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { subjects, type Subject } from '../training.ts';

/** `peer` is the model's name in bench/peers, null where these have none. */
export type TrainSubject = Subject & { key: string; peer: string | null; batches: number[] };

const experimentOf: Record<string, string | null> = { mnist: 'mnist_convmixer', convmixer: 'cifar100_convmixer', vgg: 'cifar100_vgg', resnext: 'cifar100_resnext', resnet: null };
const keys = ['mnist', 'convmixer', 'vgg', 'resnext', 'resnet'];

/** The batch size that an experiment of the configuration tree was published with. */
export function publishedBatch(experiment: string): number {
  const file = fileURLToPath(new URL(`../../resources/configs/experiment/${experiment}.yaml`, import.meta.url));
  return (parse(readFileSync(file, 'utf8')) as { dataset: { data_module: { batch_size: number } } }).dataset.data_module.batch_size;
}

/** Batch 32, which all are compared at, and the published one. */
export const trainSubjects: TrainSubject[] = keys.map((key, index) => {
  const experiment = experimentOf[key] ?? null;
  const batches = experiment ? [...new Set([32, publishedBatch(experiment)])] : [32];
  return { ...(subjects[index] as Subject), key, peer: experiment && key, batches };
});
