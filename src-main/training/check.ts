// Whether an experiment can be trained at all. Asked before a run is queued, and by its trainer.
import type { Experiment } from '#contract';
import type { ModelInput } from './models/forward.ts';
import { countParameters } from './models/model.ts';
import { createOptimizer } from './optimizers/createOptimizer.ts';
import { describeSchedule, type Lengths } from './schedules/remarks.ts';

/**
 * Checks the model for images of this size, and the optimizer's options together.
 * @returns warnings of a schedule that does nothing in a run of this length
 * @throws LabError CONFIG_INVALID
 */
export function checkExperiment(experiment: Experiment, { input, ...lengths }: Lengths & { input: ModelInput }): string[] {
  countParameters(experiment.model, input);
  createOptimizer(experiment.optimizer, []);
  const remark = describeSchedule(experiment, lengths);
  return remark === null ? [] : [remark];
}
