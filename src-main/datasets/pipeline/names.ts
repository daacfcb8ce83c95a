// Names of installed data sets, as a run's choice gives them.
import type { DatasetChoice } from '#contract';
import { shapesName } from '../install/generate.ts';

/** Name of the installed data set that a choice means. */
export function installedName(dataset: DatasetChoice): string {
  if (dataset.name === 'shapes') return shapesName(shapesOptions(dataset));
  return dataset.name === 'image_folder' ? dataset.options.folder : dataset.name;
}

/** What generated shapes depend on. */
export function shapesOptions({ x_dim, options }: Extract<DatasetChoice, { name: 'shapes' }>) {
  return { trainSize: options.train_size, testSize: options.test_size, noise: options.noise, xDim: x_dim };
}
