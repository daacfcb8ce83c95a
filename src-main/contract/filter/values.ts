// What a key of a filter's condition means for a run, and the units that its value may have.
import { configKeys, configValue, modelOf, optimizerOf } from '../comparison/groups.ts';
import { didYouMean } from '../names.ts';
import { entryOf } from '../keys.ts';
import { workSeconds } from '../comparison/axes.ts';
import { runStates, type MetricSummary, type RunView } from '../running/runs.ts';

/** Test accuracy, else validation: never that of single training batches. */
const accuracyOf = ({ metrics }: RunView): MetricSummary | undefined => entryOf(metrics, 'test/accuracy') ?? entryOf(metrics, 'val/accuracy');

/** Facts that have a name of their own beside configuration keys and metrics. */
const facts: Record<string, (run: RunView) => unknown> = {
  name: ({ name }) => name, id: ({ id }) => id, state: ({ state }) => state, optimizer: optimizerOf, model: modelOf, dataset: ({ dataset }) => dataset.name, engine: ({ engine }) => engine?.name, seed: ({ seed }) => seed,
  step: ({ step }) => step, duration: (run) => (run.startedAt === null ? null : workSeconds(run, run.endedAt === null ? Date.now() : Date.parse(run.endedAt))), sweep: ({ sweep }) => sweep?.id, notes: ({ notes }) => notes,
  created: ({ createdAt }) => createdAt, started: ({ startedAt }) => startedAt, ended: ({ endedAt }) => endedAt,
  accuracy: (run) => accuracyOf(run)?.last, best: (run) => accuracyOf(run)?.max, loss: ({ metrics }) => entryOf(metrics, 'train/loss')?.last,
};
export const isFact = (key: string): boolean => Object.hasOwn(facts, key);
export const dates = ['created', 'started', 'ended'];
export const factNames = [...Object.keys(facts), 'tag:', 'is:starred', 'is:open'];

const isBranch = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
const shortened = ['train.optimizer.', 'train.', 'dataset.data_module.'];

/** A fact, a configuration key, the last part of one (`lr`: as it was set, not where a schedule has brought it), or a metric's last value; `best KEY` its best. */
export function valueOf(run: RunView, key: string): unknown {
  if (isFact(key)) return (facts[key] as (of: RunView) => unknown)(run);
  const [, extreme, metric = ''] = /^(best|last) (.+)$/.exec(key) ?? [];
  if (extreme) {
    const summary = entryOf(run.metrics, metric);
    return extreme === 'last' ? summary?.last : metric.includes('accuracy') ? summary?.max : summary?.min;
  }
  const found = ['', ...shortened].map((start) => configValue(run, `${start}${key}`));
  return found.find((value) => value !== undefined && value !== null && !isBranch(value)) ?? entryOf(run.metrics, key)?.last ?? (found.includes(null) ? null : undefined);
}

const looked = 500; // of so many runs the keys are known by name
function namesOf(all: RunView[]): string[] {
  const some = all.slice(0, looked);
  const config = configKeys(some);
  const short = config.flatMap((name) => shortened.filter((start) => name.startsWith(start)).map((start) => name.slice(start.length)));
  return [...new Set([...factNames, ...short, ...config, ...some.flatMap(({ metrics }) => Object.keys(metrics))])];
}

/** Why a condition cannot fit any of the runs: none of them knows its key. */
export function unknownKey(key: string, all: RunView[]): string | null {
  if (all.length === 0 || isFact(key) || all.some((run) => (valueOf(run, key) ?? null) !== null)) return null;
  const names = namesOf(all);
  return names.includes(key) ? null : `No run has '${key}'.${didYouMean(key, names)}`;
}

export const unknownState = (wanted: string): string | null => ((runStates as readonly string[]).includes(wanted.toLowerCase()) ? null : `There is no state '${wanted}'.${didYouMean(wanted, runStates) || ` There are ${runStates.join(', ')}.`}`);

/** A hint where a name is close to one that runs have, and none has it. */
export function misspelt(what: string, wanted: string, known: unknown[]): string | null {
  const names = [...new Set(known.filter((value): value is string => typeof value === 'string' && value !== ''))];
  if (names.some((name) => name.toLowerCase() === wanted.toLowerCase())) return null;
  const close = didYouMean(wanted, names);
  return close === '' ? null : `No run has the ${what} '${wanted}'.${close}`;
}

const units: Record<string, number> = { ms: 0.001, s: 1, sec: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/** Seconds of 90, 5m, 1h30m, 2.5 h. */
function secondsIn(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*(ms|sec|min|[smhd])\s*/g)];
  return parts.length > 0 && parts.map(([part]) => part).join('') === text ? parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit as string] as number), 0) : Number(text);
}

/** A date, a duration, a percentage as the table shows it, or a number; NaN for what is none. */
export function numberIn(key: string, text: string): number {
  if (text.trim() === '') return NaN;
  if (dates.includes(key)) return Date.parse(text);
  if (key === 'duration') return secondsIn(text);
  return /\d\s*%$/.test(text) ? Number(text.replace(/\s*%$/, '')) / 100 : Number(text);
}
