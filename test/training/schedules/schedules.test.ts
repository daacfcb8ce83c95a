// Schedules: a restored one goes on as if nothing had been.
import { expect, test } from 'vitest';
import type { SchedulerChoice } from '#contract';
import { createSchedule, previewSchedule } from '#training';

const choices: SchedulerChoice[] = [
  null,
  { name: 'step', options: { step_size: 3, gamma: 0.5, last_epoch: -1 } },
  { name: 'cosine', options: { T_max: 10, eta_min: 0.01, last_epoch: -1 } },
  { name: 'plateau', options: { mode: 'min', factor: 0.5, patience: 1, threshold: 1e-4, threshold_mode: 'rel', cooldown: 1, min_lr: 0, eps: 1e-8 } },
];
const metric = (index: number) => 2 + Math.sin(index);

test.each(choices.map((choice) => [choice?.name ?? 'constant', choice] as const))('%s', (_name, choice) => {
  const whole = createSchedule(choice, 0.1);
  const rates = Array.from({ length: 30 }, (_, index) => {
    whole.step(metric(index));
    return whole.lr;
  });
  const first = createSchedule(choice, 0.1);
  for (let index = 0; index < 13; index += 1) first.step(metric(index));
  const second = createSchedule(choice, 0.1);
  second.restore(JSON.parse(JSON.stringify(first.state())) as Record<string, number>);
  for (let index = 13; index < 30; index += 1) {
    second.step(metric(index));
    expect(second.lr).toBe(rates[index]);
  }
  expect(previewSchedule(choice, 0.1, 5)[0]).toBe(0.1);
});
