// The weight of the past in the optimizers that have one number for it, logged as beta1; VSGD's own is a measure (measures.ts).
import type { OptimizerChoice } from '#contract';

/** Adam's beta1 / (1 - beta1^t), SGD's momentum; null for VSGD, which has one per element. */
export function scalarBeta1(choice: OptimizerChoice, t: number): number | null {
  if (choice.name === 'vsgd') return null;
  if (choice.name === 'sgd') return choice.options.momentum;
  return choice.options.betas[0] / (1 - choice.options.betas[0] ** Math.max(1, t));
}
