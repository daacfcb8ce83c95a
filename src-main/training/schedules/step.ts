// StepLR: the rate is multiplied by gamma every step_size iterations.
import type { StepOptions } from '#contract';
import type { Schedule } from './schedule.ts';

/** Recursive, as PyTorch computes it, so that the roundings agree. */
export function createStep({ step_size, gamma }: StepOptions, initial: number): Schedule {
  let lr = initial;
  let iteration = 0;
  return {
    get lr() { return lr; },
    step() {
      iteration += 1;
      if (iteration % step_size === 0) lr *= gamma;
    },
    state: () => ({ lr, iteration }),
    restore(state) { lr = state.lr ?? lr; iteration = state.iteration ?? 0; },
  };
}
