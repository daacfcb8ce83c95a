// A look at the optimizer every so often: the weight that it gives to the past, its step sizes, layer by layer. Reads, and changes nothing.
import type { Experiment, LayerStatistics, Quantiles } from '#contract';
import type { TrainingState } from '../checkpoint/state.ts';
import { scalarBeta1 } from '../optimizers/beta1.ts';
import { Cells, exactQuantiles } from '../optimizers/cells.ts';
import { measuresOf, type Measures } from '../optimizers/measures.ts';

export type Histogram = { edges: number[]; counts: number[] };
/** `beta1`: its median and mean over all elements. `histogram` of beta1 where each element has its own. `layers`: null before the first update. */
export type Inspection = { beta1: { median: number; mean: number }; histogram: Histogram | null; layers: LayerStatistics | null };

/** Looks at the optimizer after a step that was made with the rate `lr`. */
export type Inspector = { look(lr: number): Promise<Inspection> };

const chunk = 8192;
const bins = 64;
/** Tensors up to this size are sorted instead of counted. */
const small = 4096;

type Row = [name: string, values: Quantiles];
/** Counts of one tensor and of all, by counted quantity; made once, for they are large. */
type Counters = { one: Cells[]; all: Cells[] };

/** The counts tell no more than six digits. */
const rounded = (values: number[] | null): Quantiles => values && (values.map((value) => Number(value.toPrecision(6))) as [number, number, number]);

/** Every measure, made of the quantiles of its source. */
function rowsOf({ measures, constants }: Measures, quantilesOf: (source: number, falling: boolean) => Quantiles): Row[] {
  const fixed = Object.entries(constants).map(([name, value]): Row => [name, rounded([value, value, value])]);
  return [...measures.map(({ name, source, falling = false, of }): Row => [name, rounded(quantilesOf(source, falling)?.map(of) ?? null)]), ...fixed];
}

function takeSmall(slots: Float32Array[], plan: Measures, { all }: Counters): Row[] {
  const out = plan.counted.map(() => new Float32Array(slots[0]!.length));
  plan.fill(slots, out);
  all.forEach((cells, index) => cells.add(out[index]!));
  return rowsOf(plan, (source, falling) => exactQuantiles(out[source]!, { scale: plan.counted[source]!, falling }));
}

/** Counts a tensor's elements, a piece at a time that stays in the cache. */
function takeLarge(slots: Float32Array[], plan: Measures, { one, all }: Counters): Row[] {
  const size = slots[0]!.length;
  const room = one.map(() => new Float32Array(chunk));
  for (let start = 0; start < size; start += chunk) {
    const parts = slots.map((slot) => slot.subarray(start, start + chunk));
    const out = room.map((values) => values.subarray(0, parts[0]!.length));
    plan.fill(parts, out);
    one.forEach((cells, index) => cells.add(out[index]!));
  }
  const rows = rowsOf(plan, (source, falling) => one[source]!.quantiles(falling));
  one.forEach((cells, index) => {
    cells.pourInto(all[index]!);
    cells.clear();
  });
  return rows;
}

/** Every slot is read once, one tensor after the other. */
async function takeLayers({ engine, optimizer }: TrainingState, plan: Measures, counters: Counters): Promise<LayerStatistics> {
  const layers: LayerStatistics = { tensors: [], sizes: [], total: {}, measures: {} };
  counters.all.forEach((cells) => cells.clear());
  for (const { parameter, slots } of optimizer.states) {
    const read: Float32Array[] = [];
    for (const name of plan.slots) read.push(await engine.read(slots[name]!));
    const size = read[0]!.length;
    layers.tensors.push(parameter.name);
    layers.sizes.push(size);
    for (const [name, values] of (size <= small ? takeSmall : takeLarge)(read, plan, counters)) (layers.measures[name] ??= []).push(values);
  }
  layers.total = Object.fromEntries(rowsOf(plan, (source, falling) => counters.all[source]!.quantiles(falling)));
  return layers;
}

/** An inspector of a training; it keeps its counters, and nothing that a resumed run would need. */
export function createInspector(state: TrainingState, experiment: Experiment): Inspector {
  let counters: Counters | null = null;
  return {
    async look(lr) {
      const { t } = state.optimizer;
      const plan = measuresOf(experiment.optimizer, { lr, t });
      counters ??= { one: plan.counted.map((scale) => new Cells(scale)), all: plan.counted.map((scale) => new Cells(scale)) };
      const layers = t > 0 ? await takeLayers(state, plan, counters) : null;
      const scalar = scalarBeta1(experiment.optimizer, t);
      if (scalar !== null) return { beta1: { median: scalar, mean: scalar }, histogram: null, layers };
      const cells = counters.all[plan.counted.indexOf('unit')]!;
      return { beta1: { median: cells.quantiles()?.[1] ?? NaN, mean: cells.mean }, histogram: cells.histogram(bins), layers };
    },
  };
}
