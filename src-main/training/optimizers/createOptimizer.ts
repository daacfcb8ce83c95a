// The table of optimizers.
import type { OptimizerChoice } from '#contract';
import type { NamedTensor } from '../models/parameters.ts';
import { createAdam, createAdamw } from './adam.ts';
import type { Optimizer } from './optimizer.ts';
import { createSgd } from './sgd.ts';
import { createVsgd } from './vsgd.ts';

/** Makes an optimizer with fresh state beside each of these parameters. */
export function createOptimizer(choice: OptimizerChoice, parameters: NamedTensor[]): Optimizer {
  switch (choice.name) {
    case 'vsgd': return createVsgd(choice.options, parameters);
    case 'adam': return createAdam(choice.options, parameters);
    case 'adamw': return createAdamw(choice.options, parameters);
    case 'sgd': return createSgd(choice.options, parameters);
  }
}
