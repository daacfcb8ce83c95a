// What a configuration takes from the data set: the image size and number of classes of an installed image folder.
import { composeRun } from '#config';
import { LabError, ownValueAt } from '#contract';
import { installedDataset, type KnownDataset } from '#datasets';
import type { Lab } from '../lab.ts';

type Composed = ReturnType<typeof composeRun>;

const validationKey = 'data_module.val_size';

/** Keys of an image folder that a configuration leaves to the installed data set. */
function openKeys(config: Composed['config']): string[] {
  const at = (key: string) => ownValueAt(config, `dataset.${key}`);
  if (at('name') !== 'image_folder' || typeof at('data_module.folder') !== 'string' || at('data_module.folder') === '') return [];
  return [...['x_dim', 'num_classes'].filter((key) => at(key) === null), ...(at(validationKey) === undefined ? [validationKey] : [])];
}

/** Whether something of this configuration comes from the installed data set. */
export const needsData = (config: Composed['config']): boolean => openKeys(config).length > 0;

type Input = Parameters<typeof composeRun>[0];

/** Composes also what has open keys, of which no number of steps can be told yet. */
function composeOpen(stepsOf: Input['stepsOf'], input: Input): Composed {
  try {
    return composeRun({ ...input, stepsOf });
  } catch (error) {
    const composed = composeRun(input);
    if (needsData(composed.config)) return composed;
    throw error;
  }
}

const usualValidation = 256;

/** Training images that validate where the folder is too small for the usual number and has no validation split; null for the usual number. */
function validationSize({ counts: { train = 0, val } }: KnownDataset): number | null {
  if (val !== undefined || train >= 10 * usualValidation) return null;
  return train > 4 ? Math.max(1, Math.floor(train / 10)) : 0;
}

/**
 * Composes overrides. Where the configuration leaves `dataset.x_dim` and `dataset.num_classes` of an image folder open (null), the installed folder
 * fills them in, and a tenth of a small folder validates. `strict`: a folder that is not installed is an error. Without a `lab` nothing is filled in.
 * @throws LabError of the configuration; DATASET_MISSING where `strict`
 */
export function composeWithData(lab: Pick<Lab, 'home'> | null, { stepsOf, ...input }: Input, { strict = true } = {}): Composed {
  const composed = composeOpen(stepsOf, input);
  const open = openKeys(composed.config);
  if (lab === null || open.length === 0) return composed;
  const folder = String(ownValueAt(composed.config, 'dataset.data_module.folder'));
  const { datasets } = lab.home;
  const shape = installedDataset(datasets, folder);
  if (shape === null) {
    if (!strict || open.every((key) => key === validationKey)) return composed;
    throw new LabError('DATASET_MISSING', `The data set '${folder}' is not installed in ${datasets}, so its image size and number of classes are not known. Import it on the page Data sets, or by vsgd-lab datasets import FOLDER --name ${folder}.`, { place: { key: 'dataset.data_module.folder' } });
  }
  const facts: Record<string, number | null> = { x_dim: shape.width, num_classes: shape.classes, [validationKey]: validationSize(shape) };
  const filled = composeRun({ ...input, stepsOf, overrides: [...input.overrides, ...open.filter((key) => facts[key] !== null).map((key) => `++dataset.${key}=${facts[key]}`)] });
  return { ...filled, overrides: composed.overrides };
}
