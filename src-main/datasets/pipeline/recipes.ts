// What happens to a picture before the model sees it, per data set, as the published code has it. docs/augmentation.md defines each step.
import type { DatasetChoice } from '#contract';

/** Steps in their order; null leaves a step out. `mean` and `std` per channel, of pixels in 0 … 1. */
export type Recipe = {
  crop: { padding: number } | null;
  flip: boolean;
  affine: { degrees: number; translate: number; scale: readonly [number, number] } | null;
  /** Largest relative change of brightness, contrast and saturation. */
  jitter: number | null;
  mean: readonly number[];
  std: readonly number[];
};

const cifar = { mean: [0.5071, 0.4867, 0.4408], std: [0.2675, 0.2565, 0.2761] };
const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const plain = { mean: [0, 0, 0], std: [1, 1, 1] };
const none = { crop: null, flip: false, affine: null, jitter: null };

function augmented({ name, x_dim }: DatasetChoice): Omit<Recipe, 'mean' | 'std'> {
  switch (name) {
    case 'cifar10': case 'cifar100': return { ...none, crop: { padding: 4 }, flip: true };
    case 'tiny-imagenet-200': return { crop: { padding: 4 }, flip: true, affine: { degrees: 45, translate: 0.1, scale: [0.9, 1.1] }, jitter: 0.2 };
    case 'shapes': return { ...none, flip: true };
    case 'mnist': return { ...none, crop: { padding: 2 } };
    case 'image_folder': return { ...none, crop: { padding: Math.floor(x_dim / 8) }, flip: true };
  }
}

function normalization(choice: DatasetChoice): Pick<Recipe, 'mean' | 'std'> {
  switch (choice.name) {
    case 'cifar10': case 'cifar100': return cifar;
    case 'tiny-imagenet-200': case 'image_folder': return imagenet;
    case 'mnist': return choice.options.normalize ? { mean: [0.1307], std: [0.3081] } : plain;
    case 'shapes': return plain;
  }
}

/** The recipe of training pictures, or of the others, which are only normalised. */
export function recipeOf(choice: DatasetChoice, training: boolean): Recipe {
  const steps = training && choice.options.use_augmentations ? augmented(choice) : none;
  return { ...steps, ...normalization(choice) };
}
