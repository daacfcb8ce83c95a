// CosineAnnealingLR (Loshchilov, Hutter 2017): half a cosine from the first rate to eta_min over T_max iterations, and back up after it.
import type { CosineOptions } from '#contract';
import type { Schedule } from './schedule.ts';

/** Recursive, as PyTorch computes it, so that the roundings agree. */
export function createCosine({ T_max, eta_min }: CosineOptions, initial: number): Schedule {
  let lr = initial;
  let iteration = 0;
  const wave = (at: number) => 1 + Math.cos((Math.PI * at) / T_max);
  return {
    get lr() { return lr; },
    step() {
      iteration += 1;
      if ((iteration - 1 - T_max) % (2 * T_max) === 0) lr += ((initial - eta_min) * (1 - Math.cos(Math.PI / T_max))) / 2;
      else lr = (wave(iteration) / wave(iteration - 1)) * (lr - eta_min) + eta_min;
    },
    state: () => ({ lr, iteration }),
    restore(state) { lr = state.lr ?? lr; iteration = state.iteration ?? 0; },
  };
}
