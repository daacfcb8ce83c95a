// Where a data set lies below the root folder, and which names a data set may have.
import { join } from 'node:path';
import { LabError } from '#contract';

const devices = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** Whether this can be the name of a data set on every system: letters, digits, `.`, `_`, `-`; at most 64. */
export function isDatasetName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name) && !name.endsWith('.') && !devices.test(name);
}

/** Folder of the packed cache of `name` below `root` (it need not exist). Throws USAGE for a name that is none. */
export function datasetDirectory(root: string, name: string): string {
  if (!isDatasetName(name)) {
    throw new LabError('USAGE', `"${name}" cannot name a data set: use at most 64 letters, digits, ".", "_" or "-", beginning with a letter or digit.`);
  }
  return join(root, name);
}

/** A folder name made into a data set's name, for instance "My photos" to "My-photos"; null when nothing is left of it. */
export function toDatasetName(text: string): string | null {
  const name = text.normalize('NFKD').replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '').slice(0, 64).replace(/[.-]+$/, '');
  return isDatasetName(name) ? name : null;
}
