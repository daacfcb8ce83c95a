// What is logged of an optimizer every so often: the weight that it gives to the past, the size of its steps, the noise that it sees.
import type { Experiment, OptimizerStatistics, Quantiles } from '#contract';
import type { TrainingState } from '../checkpoint/state.ts';
import { scalarBeta1, vsgdBeta1 } from '../optimizers/beta1.ts';
import { optimizerStatistics, type LayerState } from '../optimizers/statistics.ts';

export type Histogram = { edges: number[]; counts: number[] };
export type Measured = { values: Record<string, number>; histogram: Histogram | null; statistics: Pick<OptimizerStatistics, 'all' | 'layers'> | null };

async function readLayers({ engine, optimizer }: TrainingState): Promise<LayerState[]> {
  const layers: LayerState[] = [];
  for (const { parameter, slots } of optimizer.states) {
    const read: Record<string, Float32Array> = {};
    for (const [name, slot] of Object.entries(slots)) read[name] = await engine.read(slot);
    layers.push({ name: parameter.name, size: parameter.variable.size, slots: read });
  }
  return layers;
}

const named = (name: string, quantiles: Quantiles | null): Record<string, number> =>
  (quantiles ? { [`${name}_p10`]: quantiles[0], [`${name}_p50`]: quantiles[1], [`${name}_p90`]: quantiles[2] } : {});

/** Median and mean of beta1, quantiles of step size and noise; for VSGD, whose beta1 differs by element, its histogram too. `lr`: the last step's rate. */
export async function measureOptimizer(state: TrainingState, experiment: Experiment, lr: number): Promise<Measured> {
  const { t } = state.optimizer;
  const layers = await readLayers(state);
  const statistics = optimizerStatistics(experiment.optimizer, layers, { lr, t });
  const quantiles = { ...named('step_size', statistics?.all.stepSize ?? null), ...named('grad_noise', statistics?.all.noise ?? null) };
  const scalar = scalarBeta1(experiment.optimizer, t);
  if (scalar !== null) return { values: { beta1_median: scalar, beta1_mean: scalar, ...quantiles }, histogram: null, statistics };
  const { median, mean, edges, counts } = vsgdBeta1(layers.map(({ slots }) => slots as { bg: Float32Array; bhg: Float32Array }));
  return { values: { beta1_median: median, beta1_mean: mean, ...quantiles }, histogram: { edges, counts }, statistics };
}
