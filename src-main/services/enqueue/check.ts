// What can be said of a run before it is queued: how long it is, whether it can run at all, what in it will do nothing.
import type { Experiment } from '#contract';
import { checkChoice, knownDataset, selectedCounts } from '#datasets';
import { checkEngine, checkExperiment } from '#training';
import type { Lab } from '../lab.ts';

/** What the images of a data set are for a model, before it is installed. */
export const inputOf = ({ name, x_dim }: Experiment['dataset']): { channels: number; size: number } => ({ channels: name === 'mnist' ? 1 : 3, size: x_dim });

type Counts = ReturnType<typeof selectedCounts>;

/** Images of each split; null where they are not known before the data set is installed. `lab`: null where no home is open. */
export function countsOf(lab: Pick<Lab, 'home'> | null, { dataset }: Experiment): Counts | null {
  const known = knownDataset(lab?.home.datasets ?? null, dataset);
  return known && selectedCounts(known, dataset);
}

/** Iterations of a run; null where they are not known before the data set is installed. */
export function stepsOf(lab: Pick<Lab, 'home'> | null, experiment: Experiment): number | null {
  const { train, dataset } = experiment;
  if (train.max_epochs === null) return train.max_iter;
  const counts = countsOf(lab, experiment);
  return counts && train.max_epochs * Math.ceil(counts.train / dataset.options.batch_size);
}

/**
 * Refuses what its trainer would refuse, as far as is known without starting one.
 * @param engine the one that is asked for; null where that is not decided yet
 * @returns warnings
 * @throws LabError CONFIG_INVALID, ENGINE_UNUSABLE
 */
export function checkRun(lab: Pick<Lab, 'home'> | null, experiment: Experiment, engine: string | null): string[] {
  const { dataset, train } = experiment;
  const known = knownDataset(lab?.home.datasets ?? null, dataset);
  if (known) checkChoice(known, dataset);
  const input = known ? { channels: known.channels, size: known.height } : inputOf(dataset);
  const warnings = checkExperiment(experiment, { input, steps: stepsOf(lab, experiment), val: known && selectedCounts(known, dataset).val });
  if (lab && engine !== null) checkEngine(engine, { engines: lab.home.engines, device: train.device });
  return warnings;
}
