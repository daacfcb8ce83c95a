// What is new since a cursor: changed runs, and rows of the curves that somebody watches. Nothing is lost and nothing comes twice.
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { LiveDelta, SeriesCursor } from '#contract';
import { changesSince, revisionOf, viewRuns } from '#store';
import { newRows } from './curves.ts';
import type { Lab } from './lab.ts';

/** A curve that is watched, from where on. */
export type WatchedSeries = { runId: string; key: string; cursor: SeriesCursor | null };
/** Where a reader stands in everything that it watches. */
export type Position = { cursor: string | null; series: WatchedSeries[] };

const rowsPerDelta = 5000;
const lookEveryMs = 100;

/** The cursor of this moment. */
export function currentCursor({ database }: Lab): string {
  const { epoch, last } = revisionOf(database);
  return `${epoch}:${last}`;
}

/** What changed after a position, and the position after that; null where nothing did. One read transaction: all parts are of one moment. */
export function changesAfter(lab: Lab, position: Position): { delta: LiveDelta; next: Position } | null {
  return lab.database.transaction(() => {
    const { epoch, last } = revisionOf(lab.database);
    const cursor = `${epoch}:${last}`;
    const [knownEpoch, known] = (position.cursor ?? cursor).split(':');
    const reset = knownEpoch !== epoch || Number(known) > last;
    const { rows, removed } = reset ? { rows: [], removed: [] } : changesSince(lab.database, Number(known));
    const series = position.series.flatMap((watched) => newRows(lab, watched, rowsPerDelta) ?? []);
    if (position.cursor === cursor && series.length === 0) return null;
    const cursors = new Map(series.map(({ runId, key, cursor: at }) => [`${runId} ${key}`, at]));
    const next = { cursor, series: position.series.map((watched) => ({ ...watched, cursor: cursors.get(`${watched.runId} ${watched.key}`) ?? watched.cursor })) };
    return { delta: { cursor, reset, runs: viewRuns(lab.database, rows), removed, series }, next };
  })();
}

/** Deltas from a position on, until the signal; the first comes at once. A slow reader gets fewer, larger ones. */
export async function* watchChanges(lab: Lab, start: Position, signal: AbortSignal): AsyncGenerator<{ delta: LiveDelta; position: Position }> {
  let position = start;
  while (!signal.aborted) {
    const found = changesAfter(lab, position);
    if (found) {
      position = found.next;
      yield { delta: found.delta, position };
    } else await delay(lookEveryMs, undefined, { signal }).catch(() => {}); // aborted: the loop ends
  }
}

const positionSchema = z.tuple([z.string().nullable(), z.array(z.tuple([z.string(), z.string(), z.int(), z.int()]).nullable())]);

/** A position as one short text, for a reader that connects again. */
export const packPosition = ({ cursor, series }: Position): string =>
  JSON.stringify([cursor, series.map(({ runId, key, cursor: at }) => at && [runId, key, at.cuts, at.step])]);

/** The position that `packPosition` wrote, for the same curves; null for a text that it did not write. */
export function unpackPosition(text: string, series: WatchedSeries[]): Position | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null; // not ours
  }
  const result = positionSchema.safeParse(parsed);
  if (!result.success) return null;
  const [cursor, places] = result.data;
  const known = new Map(places.filter((place) => place !== null).map(([runId, key, cuts, step]) => [`${runId} ${key}`, { cuts, step }]));
  return { cursor, series: series.map((watched) => ({ ...watched, cursor: known.get(`${watched.runId} ${watched.key}`) ?? watched.cursor })) };
}
