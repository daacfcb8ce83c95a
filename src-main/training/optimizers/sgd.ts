// SGD with momentum as torch.optim.SGD.
//
//   g ← g + wd·w;  buffer ← momentum·buffer + (1 - dampening)·g, at t = 1 buffer ← g
//   w ← w - lr·buffer, or with Nesterov w ← w - lr (g + momentum·buffer)
import { LabError, type SgdOptions } from '#contract';
import type { NamedTensor } from '../models/parameters.ts';
import { sgdUpdate } from '../operations/update.ts';
import { createStates, disposeStates, renew, type Optimizer } from './optimizer.ts';

/** Slot momentum_buffer starts at zero. @throws LabError CONFIG_INVALID for Nesterov without momentum or with dampening */
export function createSgd(options: SgdOptions, parameters: NamedTensor[]): Optimizer {
  const { weight_decay, momentum, dampening, nesterov } = options;
  if (nesterov && (momentum <= 0 || dampening !== 0)) {
    throw new LabError('CONFIG_INVALID', 'Nesterov momentum needs momentum > 0 and dampening 0. Set train.optimizer.momentum, or train.optimizer.nesterov=false.', { place: { key: 'train.optimizer.nesterov' } });
  }
  const states = createStates(parameters, ['momentum_buffer']);
  return {
    hyperSize: 6,
    states,
    t: 0,
    hyper(lr) {
      const damped = this.t === 0 || momentum === 0 ? 1 : 1 - dampening;
      return Float32Array.of(lr, weight_decay, momentum, damped, 0, 0);
    },
    apply(gradients, hyper, control) {
      states.forEach((state, index) => {
        const buffer = state.slots.momentum_buffer!;
        renew(state, sgdUpdate({ parameter: state.parameter.variable, gradient: gradients[index]!, buffer, hyper, control }, nesterov));
      });
    },
    dispose: () => disposeStates(states),
  };
}
