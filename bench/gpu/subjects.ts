// What bench/gpu.sh times: the published experiments at their batch sizes, read from their configurations, and the MNIST demo.
import { composeConfig, parseExperiment } from '#config';
import type { Subject } from '../training.ts';

export type GpuSubject = Subject & { key: string };

const published = ['cifar100_vgg', 'cifar100_convmixer', 'cifar100_resnext', 'tiny_imagenet_vgg', 'tiny_imagenet_convmixer', 'tiny_imagenet_resnext'];

/** The names of all. */
export const gpuSubjectKeys = ['mnist', ...published];

function fromExperiment(key: string): GpuSubject {
  const { experiment } = parseExperiment(composeConfig({ overrides: [`experiment=${key}`] }).config);
  const { x_dim: side = 32, options } = experiment.dataset as { x_dim?: number; options: { batch_size: number } };
  return { key, name: key, model: experiment.model, shape: [options.batch_size, side, side, 3] };
}

/** All of them, or those named; `batch` takes the place of the published sizes. */
export function gpuSubjects(names: string[] | null, batch: number | null): GpuSubject[] {
  const mnist: GpuSubject = { key: 'mnist', name: 'MNIST demo', model: { name: 'convmixer', options: { dim: 16, depth: 4, kernel_size: 3, patch_size: 2, num_classes: 10 } }, shape: [32, 28, 28, 1] };
  return [mnist, ...published.map(fromExperiment)]
    .filter(({ key }) => !names || names.includes(key))
    .map((subject) => ({ ...subject, shape: [batch ?? subject.shape[0], subject.shape[1], subject.shape[2], subject.shape[3]] }));
}
