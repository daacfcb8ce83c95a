// The data sets as a run asks for them; what they are and where they come from is #datasets' concern.
import { z } from 'zod';
import { flag, integer, nullable, text, float } from '../field.ts';

const loaderFields = {
  batch_size: integer({ default: 64, min: 1, max: 65536, unit: 'images', description: 'Batch size of training and validation.' }),
  test_batch_size: integer({ default: 256, min: 1, max: 65536, unit: 'images', description: 'Batch size of the test split.' }),
  use_augmentations: flag({ default: true, description: 'Random crop, flip and the like while training.' }),
  limit_train: nullable(z.int().min(1), { description: 'Use only the first n training images (null: all).', advanced: true }),
  limit_test: nullable(z.int().min(1), { description: 'Use only the first n test images (null: all).', advanced: true }),
  val_size: integer({ default: 256, min: 0, unit: 'images', description: 'Validation images drawn by the seed from the training split, where the data set has no split of its own.', advanced: true }),
};

export const builtinDatasetSchema = z.strictObject(loaderFields);

/** MNIST: pixels divided by 255; nothing else unless augmentations or normalisation are asked for. */
export const mnistSchema = z.strictObject({
  ...loaderFields,
  normalize: flag({ default: false, description: 'Subtract the mean 0.1307 and divide by the deviation 0.3081.' }),
});

/** Generated pictures of geometric shapes. */
export const shapesSchema = z.strictObject({
  ...loaderFields,
  train_size: integer({ default: 4000, min: 10, max: 1000000, unit: 'images', description: 'Generated training images.' }),
  test_size: integer({ default: 1000, min: 10, max: 1000000, unit: 'images', description: 'Generated test images.' }),
  noise: float({ default: 0.15, min: 0, max: 1, description: 'Standard deviation of the pixel noise.' }),
});

/** A folder of images, one folder per class. */
export const imageFolderSchema = z.strictObject({
  ...loaderFields,
  folder: text({ default: '', description: 'Name of an imported folder.' }),
});

/** Data set components: name, `_target_`, schema of data_module. */
export const datasetComponents = {
  cifar10: { label: 'CIFAR-10', target: 'dataset.cifar10.Cifar10', aliases: [], schema: builtinDatasetSchema },
  cifar100: { label: 'CIFAR-100', target: 'dataset.cifar100.Cifar100', aliases: [], schema: builtinDatasetSchema },
  'tiny-imagenet-200': { label: 'Tiny ImageNet', target: 'dataset.tiny_imagenet.TinyImagenet', aliases: [], schema: builtinDatasetSchema },
  mnist: { label: 'MNIST', target: 'dataset.mnist.Mnist', aliases: [], schema: mnistSchema },
  shapes: { label: 'Shapes', target: 'dataset.shapes.Shapes', aliases: [], schema: shapesSchema },
  image_folder: { label: 'Image folder', target: 'dataset.image_folder.ImageFolder', aliases: [], schema: imageFolderSchema },
} as const;
export type DatasetName = keyof typeof datasetComponents;
export type LoaderOptions = z.infer<typeof builtinDatasetSchema>;

/** A data set as a run uses it; `x_dim` is the side of a picture in pixels. */
export type DatasetChoice = { name: DatasetName; x_dim: number; num_classes: number } & (
  | { name: 'cifar10' | 'cifar100' | 'tiny-imagenet-200'; options: LoaderOptions }
  | { name: 'mnist'; options: z.infer<typeof mnistSchema> }
  | { name: 'shapes'; options: z.infer<typeof shapesSchema> }
  | { name: 'image_folder'; options: z.infer<typeof imageFolderSchema> }
);
