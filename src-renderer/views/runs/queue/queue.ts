// The queue in entries: runs of one configuration that differ by their seeds alone are one. Where an entry goes when it is moved.
import { type RunView } from '#contract';
import { isActive } from '../../../elements/runFacts.ts';

/** `runs` in the order of the queue, those at work first; `waiting`, of them, is what can be moved. `name`: without the seed where there are several. */
export type Entry = { key: string; name: string; runs: RunView[]; waiting: RunView[] };

const keys = new WeakMap<RunView, string>(); // a run that does not change stays the same object
/** What runs of several seeds have in common. */
function keyOf(run: RunView): string {
  const known = keys.get(run);
  if (known !== undefined) return known;
  const { train, ...rest } = run.config as { train?: Record<string, unknown> };
  const key = JSON.stringify([rest, { ...train, seed: null }]);
  keys.set(run, key);
  return key;
}

const nameWithoutSeed = ({ name }: RunView): string => name.replace(/ \(seed \d+\)$/, '').replace(/[\s,]+seed \d+(?=\)?$)/, '');
const entryOf = (key: string, runs: RunView[]): Entry => ({ key, runs, waiting: runs.filter(({ state }) => state === 'queued'), name: runs.length > 1 ? nameWithoutSeed(runs[0] as RunView) : (runs[0] as RunView).name });

/** Entries in the order of their first runs: those at work, then those that wait, in the order of the queue. */
export function entriesOf(runs: RunView[]): Entry[] {
  const order = new Map(runs.map(({ id }, index) => [id, index]));
  const placeOf = ({ runs: [first] }: Entry): number => order.get((first as RunView).id) as number;
  return [...Map.groupBy(runs, keyOf)].flatMap(([key, same]) => {
    const seeds = new Set(same.map(({ seed }) => seed)).size;
    const named = new Set(same.map(nameWithoutSeed)).size === 1; // what a person called by names of their own stays apart
    return same.length > 1 && seeds === same.length && named ? [entryOf(key, same)] : same.map((run) => entryOf(run.id, [run]));
  }).sort((one, other) => placeOf(one) - placeOf(other));
}

/** How many of an entry are in which state: 1 running, 3 queued; '' where all are in the same. */
export function statesOf(runs: RunView[]): string {
  const states = [...Map.groupBy(runs, ({ state }) => state)];
  return states.length === 1 ? '' : states.map(([state, { length }]) => `${length} ${state}`).join(', ');
}

/** Places in the queue as text: 2–4, 7. */
export function placesText(places: number[]): string {
  const there = new Set(places);
  return places.filter((place) => !there.has(place - 1)).map((from) => {
    let to = from;
    while (there.has(to + 1)) to += 1;
    return from === to ? String(from) : `${from}–${to}`;
  }).join(', ');
}

/** Before which run of `queue` an entry comes to change places with the one above (-1) or below (1); null: to the end; undefined where there is none. */
export function placeBeside(entries: Entry[], entry: Entry, { by, queue }: { by: -1 | 1; queue: RunView[] }): string | null | undefined {
  const movable = entries.filter(({ waiting }) => waiting.length > 0);
  const at = movable.indexOf(entry);
  const beside = at < 0 ? undefined : movable[at + by];
  if (beside === undefined || by === -1) return beside?.waiting[0]?.id;
  return movable[at + 2]?.waiting[0]?.id ?? queue[queue.indexOf(beside.waiting.at(-1) as RunView) + 1]?.id ?? null;
}

/** The state that a folded entry shows: that of a run at work before those that wait. */
export const stateOf = ({ runs }: Entry): RunView['state'] => (runs.find(isActive) ?? (runs[0] as RunView)).state;
