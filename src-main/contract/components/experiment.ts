// One experiment, checked and typed: what a trainer needs to know, made by #config from a composed configuration.
import type { DatasetChoice } from './datasets.ts';
import type { ModelChoice } from './models.ts';
import type { OptimizerChoice } from './optimizers.ts';
import type { SchedulerChoice } from './schedulers.ts';
import type { TrainOptions } from './train.ts';

/** A composed configuration: plain data, as YAML would hold it. */
export type ConfigValue = null | boolean | number | string | ConfigValue[] | ConfigTree;
export type ConfigTree = { [key: string]: ConfigValue };

/** The typed view of a composed configuration. */
export type Experiment = {
  dataset: DatasetChoice;
  model: ModelChoice;
  optimizer: OptimizerChoice;
  scheduler: SchedulerChoice;
  train: TrainOptions;
};
