// What the data of compared runs is, where it is not the published data set.
import { originNote } from '../datasets.ts';
import type { ComparedRun } from './groups.ts';

/** A sentence for each data set that is not the published one; empty where all are. */
export function describeOrigins(runs: readonly ComparedRun[]): string[] {
  const found = runs.flatMap(({ dataset }) => {
    const note = dataset?.origin ? originNote(dataset.origin) : null;
    return dataset && note !== null ? [`Data set ${dataset.name}: ${note}.`] : [];
  });
  return [...new Set(found)];
}
