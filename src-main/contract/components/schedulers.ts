// The learning-rate schedules: stepped once per iteration, semantics and names of torch.optim.lr_scheduler.
import { z } from 'zod';
import { choice, float, integer } from '../field.ts';

const lastEpoch = integer({ default: -1, min: -1, description: 'PyTorch\'s last_epoch, kept for its configurations; nothing reads it.', advanced: true });

/** torch.optim.lr_scheduler.StepLR */
export const stepSchema = z.strictObject({
  step_size: integer({ default: 10000, min: 1, unit: 'iterations', description: 'Iterations between two decays.' }),
  gamma: float({ default: 0.5, above: 0, description: 'Factor of each decay.' }),
  last_epoch: lastEpoch,
});
export type StepOptions = z.infer<typeof stepSchema>;

/** torch.optim.lr_scheduler.CosineAnnealingLR */
export const cosineSchema = z.strictObject({
  T_max: integer({ default: 30000, min: 1, unit: 'iterations', description: 'Iterations from the first rate to eta_min; follows max_iter, or the iterations of max_epochs.' }),
  eta_min: float({ default: 0, min: 0, description: 'Smallest learning rate.' }),
  last_epoch: lastEpoch,
});
export type CosineOptions = z.infer<typeof cosineSchema>;

/** torch.optim.lr_scheduler.ReduceLROnPlateau on val/loss */
export const plateauSchema = z.strictObject({
  mode: choice(['min', 'max'], { default: 'min', description: 'Whether a smaller or a larger metric is better.', advanced: true }),
  factor: float({ default: 0.1, above: 0, below: 1, description: 'Factor of each decay.' }),
  patience: integer({ default: 10, min: 0, unit: 'validations', description: 'Validations without improvement before a decay.' }),
  threshold: float({ default: 1e-4, min: 0, description: 'Smallest relative change that counts as improvement.' }),
  threshold_mode: choice(['rel', 'abs'], { default: 'rel', description: 'Relative or absolute threshold.', advanced: true }),
  cooldown: integer({ default: 0, min: 0, unit: 'validations', description: 'Validations to wait after a decay.' }),
  min_lr: float({ default: 0, min: 0, description: 'Smallest learning rate.' }),
  eps: float({ default: 1e-8, min: 0, description: 'Smaller changes of the rate are left out.', advanced: true }),
});
export type PlateauOptions = z.infer<typeof plateauSchema>;

const prefix = 'torch.optim.lr_scheduler.';
/** Schedule components: name, `_target_`, schema. */
export const schedulerComponents = {
  step: { label: 'Step', target: `${prefix}StepLR`, aliases: [], schema: stepSchema },
  cosine: { label: 'Cosine', target: `${prefix}CosineAnnealingLR`, aliases: [], schema: cosineSchema },
  plateau: { label: 'Plateau', target: `${prefix}ReduceLROnPlateau`, aliases: [], schema: plateauSchema },
} as const;
export type SchedulerName = keyof typeof schedulerComponents;

/** A schedule as a run uses it; null keeps the learning rate constant. */
export type SchedulerChoice =
  | { name: 'step'; options: StepOptions }
  | { name: 'cosine'; options: CosineOptions }
  | { name: 'plateau'; options: PlateauOptions }
  | null;
