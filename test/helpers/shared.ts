// Where reference numbers and real pictures lie: beside the checkout, or VSGD_LAB_SHARED. Tests that need them are skipped without.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = process.env.VSGD_LAB_SHARED ?? fileURLToPath(new URL('../../../shared', import.meta.url));

/** Whether the shared folder is there. */
export const hasShared = existsSync(join(folder, 'reference', 'models.json'));

/** Path of a shared file, for instance `reference/models.json`. */
export const sharedPath = (name: string): string => join(folder, name);
