// Collects what is wrong with the content of an archive, so that a user reads the first five faults at once.
import { LabError } from '#contract';

const shown = 5;

/** Faults of one archive. `add` throws once there are enough of them; `check`, at the end, throws if there is any. */
export type FaultList = { add(fault: string): void; check(): void };

/** An empty list for the archive (or folder) `source`. Throws DATASET_DAMAGED. */
export function createFaultList(source: string): FaultList {
  const faults: string[] = [];
  const raise = (more: boolean): never => {
    const list = faults.map((fault) => `\n  - ${fault}`).join('');
    throw new LabError('DATASET_DAMAGED', `The content of ${source} is wrong; nothing was installed.${more ? ` The first ${shown} faults:` : ''}${list}\nTake the archive from its official source.`, { place: { file: source } });
  };
  return {
    add(fault) {
      faults.push(fault);
      if (faults.length >= shown) raise(true);
    },
    check() {
      if (faults.length > 0) raise(false);
    },
  };
}
