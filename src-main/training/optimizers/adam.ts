// Adam (Kingma, Ba 2015) as torch.optim.Adam, and AdamW (Loshchilov, Hutter 2019) as torch.optim.AdamW.
//
//   Adam:  g ← g + wd·w        AdamW: w ← w (1 - lr·wd)
//   m ← β1 m + (1 - β1) g,  v ← β2 v + (1 - β2) g²
//   w ← w - lr / (1 - β1^t) · m / (√v / √(1 - β2^t) + eps)
import type { AdamOptions } from '#contract';
import type { NamedTensor } from '../models/parameters.ts';
import { adamUpdate } from '../operations/update.ts';
import { createStates, disposeStates, renew, type Optimizer } from './optimizer.ts';

function create(options: AdamOptions, parameters: NamedTensor[], decoupled: boolean): Optimizer {
  const { weight_decay, betas: [beta1, beta2], eps } = options;
  const states = createStates(parameters, ['exp_avg', 'exp_avg_sq']);
  return {
    hyperSize: 8,
    states,
    t: 0,
    hyper(lr) {
      const t = this.t + 1;
      const decay = decoupled ? 1 - lr * weight_decay : weight_decay;
      return Float32Array.of(lr / (1 - beta1 ** t), decay, beta1, 1 - beta1, beta2, 1 - beta2, 1 / Math.sqrt(1 - beta2 ** t), eps);
    },
    apply(gradients, hyper, control) {
      states.forEach((state, index) => {
        const { exp_avg: m, exp_avg_sq: v } = state.slots as Record<'exp_avg' | 'exp_avg_sq', (typeof state.slots)[string]>;
        renew(state, adamUpdate({ parameter: state.parameter.variable, gradient: gradients[index]!, m, v, hyper, control }, decoupled));
      });
    },
    dispose: () => disposeStates(states),
  };
}

/** Weight decay is added to the gradient. Slots exp_avg and exp_avg_sq start at zero. */
export const createAdam = (options: AdamOptions, parameters: NamedTensor[]): Optimizer => create(options, parameters, false);

/** Weight decay is taken from the weight itself. Slots exp_avg and exp_avg_sq start at zero. */
export const createAdamw = (options: AdamOptions, parameters: NamedTensor[]): Optimizer => create(options, parameters, true);
