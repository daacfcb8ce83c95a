// What a schedule will not do in a run of this length: reported before the run is queued, and by the trainer.
import type { Experiment } from '#contract';

/** Iterations of a run and its validation images; null where they are not known yet. */
export type Lengths = { steps: number | null; val: number | null };

type Of<Name> = Extract<Experiment['scheduler'], { name: Name }>['options'];
const count = (value: number): string => value.toLocaleString('en-US');
const shown = (rate: number): string => String(Number(rate.toPrecision(4)));

/** Why val/loss is never measured; null where it is, as far as is known. */
function unmeasured({ train: { val_freq } }: Experiment, { steps, val }: Lengths): { why: string; remedy: string } | null {
  if (val_freq === 0) return { why: 'train.val_freq is 0', remedy: 'Set train.val_freq=1' };
  if (val === 0) return { why: 'there are no validation images (dataset.data_module.val_size is 0)', remedy: 'Set dataset.data_module.val_size' };
  if (steps !== null && val_freq > steps) return { why: `train.val_freq is ${val_freq} and the run has ${count(steps)} iterations`, remedy: 'Lower train.val_freq' };
  return null;
}

function describePlateau({ patience }: Of<'plateau'>, experiment: Experiment, lengths: Lengths): string | null {
  const { optimizer: { options: { lr } }, train: { val_freq } } = experiment;
  const reason = unmeasured(experiment, lengths);
  if (reason) return `The plateau schedule follows val/loss, which is never measured: ${reason.why}. The learning rate stays at ${shown(lr)}. ${reason.remedy}, or choose another schedule.`;
  const validations = lengths.steps === null ? Infinity : Math.floor(lengths.steps / val_freq);
  if (validations >= patience + 2) return null;
  return `train.scheduler.patience is ${patience} and the run has ${count(validations)} validations, so the plateau schedule can never lower the learning rate. Lower train.scheduler.patience or train.val_freq.`;
}

function describeCosine({ T_max, eta_min }: Of<'cosine'>, { optimizer: { options: { lr } } }: Experiment, steps: number): string | null {
  if (T_max === steps) return null;
  const numbers = `train.scheduler.T_max is ${count(T_max)} and the run has ${count(steps)} iterations`;
  if (T_max < steps) return `${numbers}: the cosine schedule reaches its smallest rate at iteration ${count(T_max)} and rises again after it. Set train.scheduler.T_max=${steps} to end there.`;
  const last = eta_min + ((lr - eta_min) * (1 + Math.cos((Math.PI * (steps - 1)) / T_max))) / 2;
  return `${numbers}: the learning rate ends at ${shown(last)} of ${shown(lr)} and not at ${shown(eta_min)}. Set train.scheduler.T_max=${steps} to anneal over the whole run.`;
}

function describeStep({ step_size }: Of<'step'>, { optimizer: { options: { lr } } }: Experiment, steps: number): string | null {
  if (step_size < steps) return null;
  return `train.scheduler.step_size is ${count(step_size)} and the run has ${count(steps)} iterations: the learning rate stays at ${shown(lr)}. Lower train.scheduler.step_size.`;
}

/** A schedule that does nothing, or does not end where it should; null where it does. */
export function describeSchedule(experiment: Experiment, lengths: Lengths): string | null {
  const { scheduler } = experiment;
  if (scheduler?.name === 'plateau') return describePlateau(scheduler.options, experiment, lengths);
  if (scheduler === null || lengths.steps === null) return null;
  return scheduler.name === 'cosine' ? describeCosine(scheduler.options, experiment, lengths.steps) : describeStep(scheduler.options, experiment, lengths.steps);
}
