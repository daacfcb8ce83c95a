// Small curves of the main metric for the table: asked for once for as many points as there are.
import { type RunView } from '#contract';
import { client } from '../client/client.ts';
import { colorOf, mainMetricKey } from '../elements/runFacts.ts';
import { toNumber } from '../elements/format.ts';

export type SparkLine = { xs: Float64Array; ys: Float64Array; color: string };
const known = new Map<string, Promise<SparkLine | null>>();
const mostKnown = 2000;
const width = 20; // columns: a spark line is some 80 pixels wide, and each column has up to four points

/** What a run's small curve depends on; it is drawn anew when this changes. */
export function sparkKey(run: RunView): string {
  const key = mainMetricKey(run);
  const points = key === null ? 0 : (run.metrics[key]?.count ?? 0);
  return points < 2 ? '' : `${run.id} ${key} ${points}`;
}

/** The small curve of a run; null where there is none to draw. */
export function sparkOf(run: RunView): Promise<SparkLine | null> {
  const name = sparkKey(run);
  if (name === '') return Promise.resolve(null);
  const found = known.get(name);
  if (found) return found;
  if (known.size >= mostKnown) known.clear();
  const asked = client.curves.decimated.query({ runId: run.id, key: mainMetricKey(run) as string, width }).then(
    ({ steps, values }) => ({ xs: Float64Array.from(steps), ys: Float64Array.from(values, toNumber), color: colorOf(run) }),
    () => {
      known.delete(name); // asked for again when the row is next drawn; its numbers are there all the same
      return null;
    },
  );
  known.set(name, asked);
  return asked;
}
