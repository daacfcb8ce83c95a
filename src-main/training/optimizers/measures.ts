// What is measured of an optimizer's state after a step, for each element. docs/vsgd.md has the formulas beside their symbols.
//
//   step      η of w ← w - η · (mean gradient: VSGD's mu', Adam's m, SGD's buffer); the same unit for all of them
//   VSGD      η = lr / (√m2 + eps), m2 = s + mu'², s = bg bhg / (bg + bhg) / pa2: the variance that the next step takes
//             beta1 = bhg / (bg + bhg);  noise = √bg
//   Adam(W)   η = lr / (1 - β1^t) / (√v / √(1 - β2^t) + eps);  root = √v
//   SGD       η = lr;  momentum = |buffer|
//
// Only m2, beta1, bg, v and |buffer| are counted: the rest rises or falls with one of them, so its quantiles are those of its source.
import type { AdamOptions, OptimizerChoice, VsgdOptions } from '#contract';
import type { CellScale } from './cells.ts';
import { vsgdPriors } from './vsgd.ts';

/** A measure made of the counted quantity `source`; `falling`: it falls where that rises. */
export type Measure = { name: string; source: number; falling?: boolean; of(value: number): number };

export type Measures = {
  /** Names of the slots that `fill` takes, in its order. */
  slots: string[];
  /** Scales of the quantities that are counted, in the order of what `fill` gives. */
  counted: CellScale[];
  /** From a part of each slot the quantities of its elements. */
  fill(slots: Float32Array[], out: Float32Array[]): void;
  measures: Measure[];
  /** Measures that are one number for all elements. */
  constants: Record<string, number>;
};

const same = (value: number): number => value;

function vsgdMeasures(options: VsgdOptions, lr: number): Measures {
  const { pa2 } = vsgdPriors(options);
  return {
    slots: ['mug', 'bg', 'bhg'],
    counted: ['unit', 'wide', 'wide'],
    fill([mug, bg, bhg], [beta1, m2, rates]) {
      for (let index = 0; index < mug!.length; index += 1) {
        const mean = mug![index] as number;
        const rate = bg![index] as number;
        const past = (bhg![index] as number) / (rate + (bhg![index] as number));
        beta1![index] = past;
        m2![index] = (rate * past) / pa2 + mean * mean;
      }
      rates!.set(bg!);
    },
    measures: [
      { name: 'beta1', source: 0, of: same },
      { name: 'step', source: 1, falling: true, of: (m2) => lr / (Math.sqrt(m2) + options.eps) },
      { name: 'noise', source: 2, of: Math.sqrt },
    ],
    constants: {},
  };
}

function adamMeasures({ betas, eps }: AdamOptions, lr: number, t: number): Measures {
  const [rate, correction] = [lr / (1 - betas[0] ** t), 1 / Math.sqrt(1 - betas[1] ** t)];
  return {
    slots: ['exp_avg_sq'],
    counted: ['wide'],
    fill: ([squares], [out]) => out!.set(squares!),
    measures: [{ name: 'step', source: 0, falling: true, of: (v) => rate / (Math.sqrt(v) * correction + eps) }, { name: 'root', source: 0, of: Math.sqrt }],
    constants: {},
  };
}

const sgdMeasures = (lr: number): Measures => ({
  slots: ['momentum_buffer'],
  counted: ['wide'],
  fill([buffer], [out]) {
    for (let index = 0; index < buffer!.length; index += 1) out![index] = Math.abs(buffer![index] as number);
  },
  measures: [{ name: 'momentum', source: 0, of: same }],
  constants: { step: lr },
});

/** Measures after step `t` (from 1 on), which was made with the rate `lr`. */
export function measuresOf(choice: OptimizerChoice, { lr, t }: { lr: number; t: number }): Measures {
  switch (choice.name) {
    case 'vsgd': return vsgdMeasures(choice.options, lr);
    case 'adam': case 'adamw': return adamMeasures(choice.options, lr, t);
    case 'sgd': return sgdMeasures(lr);
  }
}
