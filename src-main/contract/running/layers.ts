// What is logged of an optimizer layer by layer: quantiles of a few measures for every parameter tensor and over all of them.
import { z } from 'zod';

/** Shares of the elements below the three values of `Quantiles`. */
export const quantileShares = [0.1, 0.5, 0.9] as const;

/** 10 %, 50 % and 90 % quantile over elements; null where no element had a value yet. */
export const quantiles = z.tuple([z.number(), z.number(), z.number()]).nullable();
export type Quantiles = z.infer<typeof quantiles>;

/**
 * `tensors`: names in the model's order, with their `sizes` (elements). By measure: `total` over all elements,
 * `measures` per tensor. The measures (docs/vsgd.md): step; for VSGD beta1 and noise; Adam's root; SGD's momentum.
 */
export const layerStatistics = z.object({
  tensors: z.array(z.string()),
  sizes: z.array(z.int().min(0)),
  total: z.record(z.string(), quantiles),
  measures: z.record(z.string(), z.array(quantiles)),
});
export type LayerStatistics = z.infer<typeof layerStatistics>;
