// What is logged of an optimizer every so often: the weight that it gives to the past.
import type { Experiment } from '#contract';
import type { TrainingState } from '../checkpoint/state.ts';
import { scalarBeta1, vsgdBeta1 } from '../optimizers/beta1.ts';

export type Histogram = { edges: number[]; counts: number[] };

/** Median and mean of beta1; for VSGD, which has one per parameter, their histogram too. */
export async function measureBeta1({ engine, optimizer }: TrainingState, experiment: Experiment): Promise<{ median: number; mean: number; histogram: Histogram | null }> {
  const scalar = scalarBeta1(experiment.optimizer, optimizer.t);
  if (scalar !== null) return { median: scalar, mean: scalar, histogram: null };
  const slots: { bg: Float32Array; bhg: Float32Array }[] = [];
  for (const { slots: { bg, bhg } } of optimizer.states) if (bg && bhg) slots.push({ bg: await engine.read(bg), bhg: await engine.read(bhg) });
  const { median, mean, edges, counts } = vsgdBeta1(slots);
  return { median, mean, histogram: { edges, counts } };
}
