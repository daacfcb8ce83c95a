// Curves of chosen runs at full resolution: loaded in pages, then kept up to date by deltas for as long as somebody looks.
import type { Points, SeriesCursor, SeriesDelta } from '#contract';
import { client } from '../client/client.ts';
import { tellError } from './notices.svelte.ts';
import { unpackPoints } from '../client/points.ts';

/** All points of one metric of one run. */
export type Series = Points;
export type SeriesName = { runId: string; key: string };
export const seriesId = ({ runId, key }: SeriesName): string => `${runId} ${key}`;
const pageSize = 100_000;
const mostWatched = 500; // series of one subscription

function join(old: Float64Array, more: Float64Array): Float64Array {
  if (old.length === 0) return more;
  const all = new Float64Array(old.length + more.length);
  all.set(old);
  all.set(more, old.length);
  return all;
}

const nothing: Series = { steps: new Float64Array(), times: new Float64Array(), values: new Float64Array() };

export class SeriesWatch {
  /** By seriesId; a new object whenever a curve grew. */
  curves: Record<string, Series> = $state.raw({});
  loaded = $state(false);
  #stops: (() => void)[] = [];
  #closed = false;
  #frame = 0;
  readonly #waiting: SeriesDelta[] = [];

  constructor(names: SeriesName[], { live }: { live: boolean }) {
    void this.#load(names, live).catch(tellError);
  }

  close(): void {
    this.#closed = true;
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** Takes rows in; what came within a frame is shown at once. */
  #take(deltas: SeriesDelta[]): void {
    this.#waiting.push(...deltas);
    this.#frame ||= requestAnimationFrame(() => this.#show(this.#waiting.splice(0)));
  }

  #show(deltas: SeriesDelta[]): void {
    this.#frame = 0;
    const curves = { ...this.curves };
    for (const delta of deltas) {
      const old = delta.reset ? nothing : (curves[seriesId(delta)] ?? nothing);
      const { steps, times, values } = unpackPoints(delta.points);
      curves[seriesId(delta)] = { steps: join(old.steps, steps), times: join(old.times, times), values: join(old.values, values) };
    }
    this.curves = curves;
  }

  async #loadOne(name: SeriesName): Promise<SeriesCursor> {
    let cursor: SeriesCursor | null = null;
    for (;;) {
      const page: SeriesDelta = await client.curves.rows.query({ ...name, cursor, limit: pageSize });
      this.#take([page]);
      cursor = page.cursor;
      if (!page.more) return cursor;
    }
  }

  async #load(names: SeriesName[], live: boolean): Promise<void> {
    const series = await Promise.all(names.map(async (name) => ({ ...name, cursor: await this.#loadOne(name) })));
    this.loaded = true;
    if (this.#closed || !live || series.length === 0) return;
    for (let at = 0; at < series.length; at += mostWatched) {
      const subscription = client.live.changes.subscribe({ cursor: null, series: series.slice(at, at + mostWatched) }, { onData: ({ data }) => this.#take(data.series), onError: tellError });
      this.#stops.push(() => subscription.unsubscribe());
    }
  }
}
