// The weight of the past in each optimizer, logged as beta1: VSGD's bhg / (bg + bhg) per element, the others' single number.
import type { OptimizerChoice } from '#contract';

/** Median, mean and histogram over [0, 1] of VSGD's beta1. */
export type Beta1 = { median: number; mean: number; edges: number[]; counts: number[] };

const bins = 64;

/**
 * beta1 = bhg / (bg + bhg) over all elements of all parameters: how much of the old mean the new one keeps.
 * Counted on a fine grid of 2^16 cells, which the median is exact to. Elements without an update yet (0 / 0) are left out.
 */
export function vsgdBeta1(states: { bg: Float32Array; bhg: Float32Array }[]): Beta1 {
  const cells = new Float64Array(65536);
  let [sum, total] = [0, 0];
  for (const { bg, bhg } of states) {
    for (let index = 0; index < bg.length; index += 1) {
      const value = (bhg[index] as number) / ((bg[index] as number) + (bhg[index] as number));
      if (!(value >= 0 && value <= 1)) continue;
      const cell = Math.min(65535, Math.floor(value * 65536));
      cells[cell] = (cells[cell] as number) + 1;
      sum += value;
      total += 1;
    }
  }
  const counts = Array.from({ length: bins }, (_, bin) => cells.subarray(bin * 1024, (bin + 1) * 1024).reduce((all, count) => all + count, 0));
  let [before, cell] = [0, 0];
  while (cell < 65535 && before + (cells[cell] as number) < total / 2) {
    before += cells[cell] as number;
    cell += 1;
  }
  return { median: (cell + 0.5) / 65536, mean: sum / total, edges: Array.from({ length: bins + 1 }, (_, edge) => edge / bins), counts };
}

/** beta1 of the optimizers that have one number: Adam's beta1 / (1 - beta1^t), SGD's momentum; null for VSGD. */
export function scalarBeta1(choice: OptimizerChoice, t: number): number | null {
  if (choice.name === 'vsgd') return null;
  if (choice.name === 'sgd') return choice.options.momentum;
  return choice.options.betas[0] / (1 - choice.options.betas[0] ** Math.max(1, t));
}
