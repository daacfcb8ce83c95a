// What an optimizer does to each tensor, as last measured: optimizer.json in the run's directory.
import { z } from 'zod';

/** The values that 10 %, 50 % and 90 % of the elements stay below. */
const quantiles = z.tuple([z.number(), z.number(), z.number()]);
export type Quantiles = z.infer<typeof quantiles>;

const measured = {
  /** Share of the old mean in the new one. VSGD alone has one for each element. */
  beta1: quantiles.nullable(),
  /** Size of the step that the optimizer's state makes, without weight decay. */
  stepSize: quantiles.nullable(),
  /** Standard deviation of the observed gradient around the true one, as VSGD infers it. */
  noise: quantiles.nullable(),
};

export const optimizerStatisticsSchema = z.strictObject({
  version: z.literal(1), step: z.int().min(0), all: z.strictObject(measured),
  layers: z.array(z.strictObject({ name: z.string(), size: z.int().min(0), ...measured })),
});
export type OptimizerStatistics = z.infer<typeof optimizerStatisticsSchema>;
export type LayerStatistics = OptimizerStatistics['layers'][number];
