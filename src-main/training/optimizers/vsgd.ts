// VSGD (Chen, Kuzina, Esmaeili, Tomczak 2024, algorithm 1): the gradient is observed with noise, and both precisions are inferred.
//
//   pa2 = 2 ps + 1 + 1e-4,  pbg2 = 2 ps,  pbhg2 = 2 K_g ps          (Gamma priors; ps = γ, K_g = ghattg)
//   t = 1: sg = pbg2 / (pa2 - 1),  sh = pbhg2 / (pa2 - 1);   later: sg = bg / pa2,  sh = bhg / pa2
//   mu'  = (ĝ sg + mu sh) / (sg + sh)                                posterior mean of the gradient
//   s    = sg sh / (sg + sh),  m2 = s + mu'²                         its variance and second moment
//   bg  ← (1 - ρ1) bg  + ρ1 (pbg2  + m2 - 2 mu' mu + mu²)            ρ1 = t^-tau1
//   bhg ← (1 - ρ2) bhg + ρ2 (pbhg2 + m2 - 2 ĝ mu' + ĝ²)              ρ2 = t^-tau2
//   w   ← w (1 - lr·wd) - lr mu' / (√m2 + eps)
import type { VsgdOptions } from '#contract';
import type { NamedTensor } from '../models/parameters.ts';
import { vsgdUpdate } from '../operations/update.ts';
import { createStates, disposeStates, renew, type Optimizer } from './optimizer.ts';

/**
 * The priors. The published code holds them as float32 tensors, which matters for pa2 - 1 alone: 839 or 841 units of 2^-23 where
 * 1e-4 + 2 ps is meant. We follow it, so that first steps agree.
 */
export function vsgdPriors({ ps, ghattg }: Pick<VsgdOptions, 'ps' | 'ghattg'>): { pa2: number; pbg2: number; pbhg2: number } {
  return { pa2: Math.fround(2 * ps + 1 + 1e-4), pbg2: Math.fround(2 * ps), pbhg2: Math.fround(2 * ghattg * ps) };
}

/** @param parameters the model's, in PyTorch's order; slots mug, bg, bhg start at zero */
export function createVsgd(options: VsgdOptions, parameters: NamedTensor[]): Optimizer {
  const { weight_decay, ghattg, ps, tau1, tau2, eps } = options;
  const { pa2, pbg2, pbhg2 } = vsgdPriors({ ps, ghattg });
  const states = createStates(parameters, ['mug', 'bg', 'bhg']);
  return {
    hyperSize: 10,
    states,
    t: 0,
    hyper(lr) {
      const t = this.t + 1;
      const first = t === 1 ? 1 / (pa2 - 1) : 0;
      return Float32Array.of(lr, 1 - lr * weight_decay, t ** -tau1, t ** -tau2, 1 / pa2, pbg2, pbhg2, eps, pbg2 * first, pbhg2 * first);
    },
    apply(gradients, hyper, control) {
      states.forEach((state, index) => {
        const { mug: mu, bg, bhg } = state.slots as Record<'mug' | 'bg' | 'bhg', (typeof state.slots)[string]>;
        renew(state, vsgdUpdate({ parameter: state.parameter.variable, gradient: gradients[index]!, mu, bg, bhg, hyper, control }));
      });
    },
    dispose: () => disposeStates(states),
  };
}
