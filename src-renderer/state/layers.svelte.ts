// What was logged of a run's optimizer: quantiles and histograms over the steps, taken in page by page; all tensors at one step.
import { client, type Outputs } from '../client/client.ts';
import { attempt, tellError } from './notices.svelte.ts';
import { unpackPoints } from '../client/points.ts';

type Page<T> = { found: T[]; cuts: number; more: boolean };
export type QuantileRow = Outputs['curves']['quantiles']['rows'][number];
export type HistogramRow = Outputs['curves']['histograms']['histograms'][number];
export type Layers = NonNullable<Outputs['curves']['layers']>;

/** Rows of one kind, in the order of the journal. A journal that was cut back is read anew. */
class Pages<T extends { offset: number }> {
  readonly #ask: (after: number) => Promise<Page<T>>;
  #cuts = 0;
  rows: T[] = [];

  constructor(ask: (after: number) => Promise<Page<T>>) {
    this.#ask = ask;
  }

  async refresh(): Promise<T[]> {
    for (;;) {
      const { found, cuts, more } = await this.#ask(this.rows.at(-1)?.offset ?? -1);
      const cut = cuts !== this.#cuts && this.rows.length > 0;
      this.#cuts = cuts;
      if (cut) this.rows = [];
      else if (found.length > 0) this.rows = [...this.rows, ...found];
      if (!cut && !more) return this.rows;
    }
  }
}

/** One tensor's quantiles over the steps; of all elements (tensor null) the histograms of beta1 too. */
export class OptimizerWatch {
  rows: QuantileRow[] = $state.raw([]);
  histograms: HistogramRow[] = $state.raw([]);
  /** Medians of beta1 of a run that has histograms and no quantiles: it is older than those. */
  medians: { steps: number[]; values: number[] } = $state.raw({ steps: [], values: [] });
  loaded = $state(false);
  readonly #quantiles: Pages<QuantileRow>;
  readonly #histograms: Pages<HistogramRow> | null;
  readonly #runId: string;
  #asked = 0;
  #busy = false;

  constructor(runId: string, tensor: string | null) {
    this.#runId = runId;
    this.#quantiles = new Pages(async (after) => {
      const { rows: found, ...rest } = await client.curves.quantiles.query({ runId, tensor, after });
      return { found, ...rest };
    });
    this.#histograms = tensor !== null ? null : new Pages(async (after) => {
      const { histograms: found, ...rest } = await client.curves.histograms.query({ runId, after });
      return { found, ...rest };
    });
  }

  async #loadMedians(): Promise<void> {
    const { points } = await client.curves.rows.query({ runId: this.#runId, key: 'beta1_median', cursor: null });
    const { steps, values } = unpackPoints(points);
    this.medians = { steps: Array.from(steps), values: Array.from(values) };
  }

  /** Takes in what is new; asked meanwhile, it looks once more. */
  async refresh(): Promise<void> {
    this.#asked += 1;
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let seen = 0; seen !== this.#asked;) {
        seen = this.#asked;
        const [histograms, rows] = await Promise.all([this.#histograms?.refresh() ?? [], this.#quantiles.refresh()]);
        if (histograms.length > 0 && rows.length === 0) await this.#loadMedians();
        Object.assign(this, { histograms, rows, loaded: true });
      }
    } catch (error) {
      tellError(error);
    } finally {
      this.#busy = false;
    }
  }
}

/** All tensors at the step that was asked for last. */
export class LayersAt {
  current: (Layers & { runId: string }) | null = $state.raw(null);
  #wanted = '';

  /** `offset`, the row's place in the journal, tells a step from the same one after a cut. */
  async show(runId: string, { step, offset }: { step: number; offset: number }): Promise<void> {
    const wanted = `${runId} ${offset}`;
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    const found = await attempt(() => client.curves.layers.query({ runId, step }));
    if (this.#wanted === wanted) this.current = found && { ...found, runId };
  }
}
