// The optimizers a run can use: their `_target_` names and the schema of their options (PyTorch's names).
import { z } from 'zod';
import { flag, float } from '../field.ts';

const params = z.null().default(null).meta({ description: 'Filled in by the trainer; always null in a configuration.', advanced: true });
const lr = float({ default: 0.1, min: 0, description: 'Learning rate at the first iteration.' });
const weightDecay = (description: string) => float({ default: 0, min: 0, description });
const betas = z
  .tuple([z.number().min(0).lt(1), z.number().min(0).lt(1)])
  .default([0.9, 0.999])
  .meta({ description: 'Decay rates of the running averages of the gradient and of its square.' });
const eps = float({ default: 1e-8, min: 0, description: 'Added to the denominator for numerical stability.', advanced: true });

/** VSGD (Chen, Kuzina, Esmaeili, Tomczak 2024), symbols as in the paper. */
export const vsgdSchema = z.strictObject({
  params,
  lr,
  weight_decay: weightDecay('Decoupled weight decay: w is multiplied by 1 - lr·weight_decay at each step.'),
  ghattg: float({ default: 30, above: 0, description: 'K_g: prior ratio of the variance of the observed gradient to that of the true gradient.' }),
  ps: float({ default: 1e-8, above: 0, description: 'Prior strength: γ of the Gamma priors, in pseudo-observations.' }),
  tau1: float({ default: 0.81, above: 0, max: 1, description: 'κ1: the forgetting rate of bg is ρ1 = t^-tau1.' }),
  tau2: float({ default: 0.9, above: 0, max: 1, description: 'κ2: the forgetting rate of bhg is ρ2 = t^-tau2.' }),
  eps,
});
export type VsgdOptions = z.infer<typeof vsgdSchema>;

/** torch.optim.Adam: weight decay is added to the gradient (L2). */
export const adamSchema = z.strictObject({
  params, lr, weight_decay: weightDecay('L2 penalty: weight_decay·w is added to the gradient.'), betas, eps,
});
export type AdamOptions = z.infer<typeof adamSchema>;

/** torch.optim.AdamW: decoupled weight decay. */
export const adamwSchema = z.strictObject({
  params, lr, weight_decay: weightDecay('Decoupled weight decay: w is multiplied by 1 - lr·weight_decay at each step.'), betas, eps,
});
export type AdamwOptions = z.infer<typeof adamwSchema>;

/** torch.optim.SGD. */
export const sgdSchema = z.strictObject({
  params,
  lr,
  momentum: float({ default: 0, min: 0, below: 1, description: 'Momentum factor.' }),
  dampening: float({ default: 0, min: 0, max: 1, description: 'Dampening of the momentum.', advanced: true }),
  nesterov: flag({ default: false, description: 'Nesterov momentum (needs momentum > 0 and dampening 0).', advanced: true }),
  weight_decay: weightDecay('L2 penalty: weight_decay·w is added to the gradient.'),
});
export type SgdOptions = z.infer<typeof sgdSchema>;

/** Optimizer components: name, `_target_` with its aliases, schema. */
export const optimizerComponents = {
  vsgd: { label: 'VSGD', target: 'vsgd.VSGD', aliases: ['src.vsgd.VSGD'], schema: vsgdSchema },
  adam: { label: 'Adam', target: 'torch.optim.Adam', aliases: ['torch.optim.adam.Adam'], schema: adamSchema },
  adamw: { label: 'AdamW', target: 'torch.optim.AdamW', aliases: ['torch.optim.adamw.AdamW'], schema: adamwSchema },
  sgd: { label: 'SGD', target: 'torch.optim.SGD', aliases: ['torch.optim.sgd.SGD'], schema: sgdSchema },
} as const;
export type OptimizerName = keyof typeof optimizerComponents;

/** An optimizer as a run uses it. */
export type OptimizerChoice =
  | { name: 'vsgd'; options: VsgdOptions }
  | { name: 'adam'; options: AdamOptions }
  | { name: 'adamw'; options: AdamwOptions }
  | { name: 'sgd'; options: SgdOptions };
