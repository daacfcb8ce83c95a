// The table of schedules: torch.optim.lr_scheduler's StepLR, CosineAnnealingLR, ReduceLROnPlateau.
import type { SchedulerChoice } from '#contract';
import { createCosine } from './cosine.ts';
import { createPlateau } from './plateau.ts';
import type { Schedule } from './schedule.ts';
import { createStep } from './step.ts';

/** A schedule that starts at `lr`; null keeps it constant. */
export function createSchedule(choice: SchedulerChoice, lr: number): Schedule {
  if (choice === null) return { lr, step: () => {}, state: () => ({}), restore: () => {} };
  switch (choice.name) {
    case 'step': return createStep(choice.options, lr);
    case 'cosine': return createCosine(choice.options, lr);
    case 'plateau': return createPlateau(choice.options, lr);
  }
}

/** The learning rates of the first `count` steps, a plateau schedule seen without any plateau. */
export function previewSchedule(choice: SchedulerChoice, lr: number, count: number): Float64Array {
  const schedule = createSchedule(choice, lr);
  return Float64Array.from({ length: count }, (_, index) => {
    const rate = schedule.lr;
    schedule.step(-index);
    return rate;
  });
}
