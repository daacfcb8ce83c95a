// A look at the optimizer every so often: the weight that it gives to the past, its step sizes, layer by layer. Reads, and changes nothing.
import type { Experiment, LayerStatistics, Quantiles } from '#contract';
import type { TrainingState } from '../checkpoint/state.ts';
import { scalarBeta1 } from '../optimizers/beta1.ts';
import { Cells } from '../optimizers/cells.ts';
import { measuresOf, type Measures } from '../optimizers/measures.ts';

export type Histogram = { edges: number[]; counts: number[] };
/** `beta1`: its median and mean over all elements. `histogram` of beta1 where each element has its own. `layers`: null before the first update. */
export type Inspection = { beta1: { median: number; mean: number }; histogram: Histogram | null; layers: LayerStatistics | null };

const chunk = 8192;
const bins = 64;

/** The counts tell no more than six digits. */
const rounded = (values: number[] | null): Quantiles => values && (values.map((value) => Number(value.toPrecision(6))) as [number, number, number]);

/** Counts one tensor's elements, a piece at a time that stays in the cache. */
function countTensor(slots: Float32Array[], { fill }: Measures, cells: Cells[]): void {
  const size = slots[0]?.length ?? 0;
  const room = cells.map(() => new Float32Array(Math.min(chunk, size)));
  for (let start = 0; start < size; start += chunk) {
    const parts = slots.map((slot) => slot.subarray(start, start + chunk));
    const out = room.map((values) => values.subarray(0, parts[0]!.length));
    fill(parts, out);
    cells.forEach((cell, index) => cell.add(out[index] as Float32Array));
  }
}

/** Quantiles of every measure, out of the counts. */
function quantilesOf({ measures, constants }: Measures, cells: Cells[]): [name: string, values: Quantiles][] {
  const fixed = Object.entries(constants).map(([name, value]): [string, Quantiles] => [name, [value, value, value]]);
  return [...measures.map(({ name, source, falling, of }): [string, Quantiles] => [name, rounded(cells[source]!.quantiles(falling)?.map(of) ?? null)]), ...fixed];
}

/** Every slot is read once, one tensor after the other. */
async function countLayers({ engine, optimizer }: TrainingState, plan: Measures): Promise<{ layers: LayerStatistics; totals: Cells[] }> {
  const [cells, totals] = [plan.counted.map((scale) => new Cells(scale)), plan.counted.map((scale) => new Cells(scale))];
  const layers: LayerStatistics = { tensors: [], sizes: [], total: {}, measures: {} };
  for (const { parameter, slots } of optimizer.states) {
    const read: Float32Array[] = [];
    for (const name of plan.slots) read.push(await engine.read(slots[name]!));
    countTensor(read, plan, cells);
    layers.tensors.push(parameter.name);
    layers.sizes.push(read[0]!.length);
    for (const [name, values] of quantilesOf(plan, cells)) (layers.measures[name] ??= []).push(values);
    cells.forEach((cell, index) => cell.pourInto(totals[index]!));
  }
  layers.total = Object.fromEntries(quantilesOf(plan, totals));
  return { layers, totals };
}

/** @param lr the rate of the last step */
export async function inspectOptimizer(state: TrainingState, experiment: Experiment, lr: number): Promise<Inspection> {
  const { t } = state.optimizer;
  const plan = measuresOf(experiment.optimizer, { lr, t });
  const counted = t > 0 ? await countLayers(state, plan) : null;
  const scalar = scalarBeta1(experiment.optimizer, t);
  if (scalar !== null) return { beta1: { median: scalar, mean: scalar }, histogram: null, layers: counted?.layers ?? null };
  const cells = counted?.totals[plan.counted.indexOf('unit')] ?? new Cells('unit');
  return { beta1: { median: cells.quantiles()?.[1] ?? NaN, mean: cells.mean }, histogram: cells.histogram(bins), layers: counted?.layers ?? null };
}
