// The filter of the table: words and conditions, all of which a run must fit. `optimizer=vsgd lr<0.01 test/accuracy>=0.6 tag:paper -state:failed "two words"`.
import { configKeys, configValue, didYouMean, entryOf, modelOf, optimizerOf, runStates, type RunView } from '#contract';
import { secondsOf } from '../../elements/runFacts.ts';

/** A term as typed; `fault` says why it is not understood, and it then fits every run. */
export type Term = { text: string; negative: boolean; fault: string | null; fits(run: RunView): boolean };

const operators = { '=': (a: number, b: number) => a === b, '!=': (a: number, b: number) => a !== b, '<': (a: number, b: number) => a < b, '>': (a: number, b: number) => a > b, '<=': (a: number, b: number) => a <= b, '>=': (a: number, b: number) => a >= b };
type Operator = keyof typeof operators;

/** Facts that have a name of their own beside configuration keys and metrics. */
const facts: Record<string, (run: RunView) => unknown> = {
  name: ({ name }) => name, id: ({ id }) => id, state: ({ state }) => state, optimizer: optimizerOf, model: modelOf, dataset: ({ dataset }) => dataset.name, engine: ({ engine }) => engine?.name, seed: ({ seed }) => seed,
  step: ({ step }) => step, duration: (run) => secondsOf(run, Date.now()), sweep: ({ sweep }) => sweep?.id, notes: ({ notes }) => notes,
  created: ({ createdAt }) => createdAt, started: ({ startedAt }) => startedAt, ended: ({ endedAt }) => endedAt,
};
const dates = ['created', 'started', 'ended'];
export const factNames = [...Object.keys(facts), 'tag:', 'is:starred', 'is:open'];

const isBranch = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

const shortened = ['train.optimizer.', 'train.', 'dataset.data_module.'];

/** What a key of a condition means for a run: a fact, a configuration key, the last part of one (`lr`: as it was set, not where a schedule has brought it), or a metric's last value. */
export function valueOf(run: RunView, key: string): unknown {
  if (Object.hasOwn(facts, key)) return (facts[key] as (of: RunView) => unknown)(run);
  const found = ['', ...shortened].map((start) => configValue(run, `${start}${key}`));
  return found.find((value) => value !== undefined && value !== null && !isBranch(value)) ?? entryOf(run.metrics, key)?.last ?? (found.includes(null) ? null : undefined);
}

const is: Record<string, (run: RunView) => boolean> = {
  starred: ({ starred }) => starred, open: ({ state }) => ['queued', 'starting', 'running', 'pausing', 'stopping'].includes(state), forked: ({ fork }) => fork !== null,
};

const asked = 500; // of so many runs the keys are known by name
/** Why a condition cannot fit any of the runs: none of them knows its key. */
function unknownKey(key: string, all: RunView[]): string | null {
  if (all.length === 0 || Object.hasOwn(facts, key) || all.some((run) => (valueOf(run, key) ?? null) !== null)) return null;
  const some = all.slice(0, asked);
  const config = configKeys(some);
  const short = config.flatMap((name) => shortened.filter((start) => name.startsWith(start)).map((start) => name.slice(start.length)));
  const names = [...new Set([...factNames, ...short, ...config, ...some.flatMap(({ metrics }) => Object.keys(metrics))])];
  return names.includes(key) ? null : `No run has '${key}'.${didYouMean(key, names)}`;
}

const unknownState = (wanted: string): string | null => ((runStates as readonly string[]).includes(wanted.toLowerCase()) ? null : `There is no state '${wanted}'.${didYouMean(wanted, runStates) || ` There are ${runStates.join(', ')}.`}`);

type Test = { fits: (run: RunView) => boolean; fault?: string };

function labelled(kind: string, wanted: string): Test | null {
  const lower = wanted.toLowerCase();
  if (kind === 'tag') return { fits: ({ tags }) => tags.some((tag) => tag.toLowerCase() === lower) };
  if (kind === 'state') { const fault = unknownState(wanted); return fault === null ? { fits: ({ state }) => state === lower } : { fits: () => true, fault }; }
  if (kind !== 'is') return null;
  const found = entryOf(is, lower);
  return found ? { fits: found } : { fits: () => true, fault: `There is no is:${wanted}; there are ${Object.keys(is).map((name) => `is:${name}`).join(', ')}.` };
}

/** A value as somebody would type it: text plain, everything else as in the configuration. */
const writtenAs = (value: unknown): string => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));

/** A number, or a percentage as the table shows it. */
const numberOf = (text: string): number => (/\d%$/.test(text) ? Number(text.slice(0, -1)) / 100 : Number(text));

function comparison(key: string, operator: Operator, wanted: string): Test {
  const compare = operators[operator];
  if (operator === '=' || operator === '!=') {
    const fault = key === 'state' ? unknownState(wanted) : null;
    if (fault !== null) return { fits: () => true, fault };
    const day = dates.includes(key) ? Date.parse(wanted) : NaN; // a date without a time is all of its day
    const same = (value: unknown) => writtenAs(value).toLowerCase() === wanted.toLowerCase() || (wanted.trim() !== '' && typeof value === 'number' && value === Number(wanted)) || (/^\d{4}-\d\d-\d\d$/.test(wanted) && Math.floor((Date.parse(String(value)) - day) / 86_400_000) === 0);
    return { fits: (run) => same(valueOf(run, key)) === (operator === '=') };
  }
  const limit = dates.includes(key) ? Date.parse(wanted) : numberOf(wanted);
  if (Number.isNaN(limit) || wanted === '') return { fits: () => true, fault: dates.includes(key) ? `'${wanted}' is no date; write ${key}${operator}2026-11-01.` : `'${wanted}' is no number; ${key}${operator} needs one.` };
  return { fits: (run) => { const value = valueOf(run, key); return value !== undefined && value !== null && compare(dates.includes(key) ? Date.parse(String(value)) : Number(value), limit); } };
}

function testOf(text: string, all: RunView[]): Test {
  const [, kind, label] = /^(tag|state|is):(.+)$/.exec(text) ?? [];
  const known = kind && label !== undefined ? labelled(kind, label) : null;
  if (known) return known;
  const [, key, operator, wanted] = /^([\w./-]+?)(<=|>=|!=|=|<|>)(.*)$/.exec(text) ?? [];
  if (key && operator && wanted !== undefined) {
    const fault = unknownKey(key, all);
    return fault === null ? comparison(key, operator as Operator, wanted) : { fits: () => true, fault };
  }
  const lower = text.toLowerCase();
  return { fits: (run) => `${run.name} ${run.dataset.name} ${modelOf(run)} ${optimizerOf(run)} ${run.tags.join(' ')} ${run.notes} ${run.id}`.toLowerCase().includes(lower) };
}

/** A condition in words: key, relation, value; null of plain words. */
export function conditionOf({ text, negative }: Pick<Term, 'text' | 'negative'>): { key: string; relation: string; value: string } | null {
  const bare = (negative ? text.slice(1) : text).replaceAll('"', '');
  const [, kind, label] = /^(tag|state|is):(.+)$/.exec(bare) ?? [];
  if (kind && label !== undefined) return { key: kind === 'is' ? 'run' : kind, relation: negative ? 'is not' : 'is', value: label };
  const [, key, operator, value] = /^([\w./-]+?)(<=|>=|!=|=|<|>)(.*)$/.exec(bare) ?? [];
  if (!key || !operator || value === undefined) return null;
  const words: Record<string, string> = { '=': 'is', '!=': 'is not', '<=': '≤', '>=': '≥' };
  return { key, relation: `${negative ? 'not ' : ''}${words[operator] ?? operator}`, value };
}

/** The term of a condition, with quotes where the value has spaces. `relation`: = != < > <= >=. */
export function termOf(key: string, relation: string, value: string): string {
  const quoted = /\s/.test(value) ? `"${value}"` : value;
  return ['tag', 'state', 'is'].includes(key) ? `${relation === '!=' ? '-' : ''}${key}:${quoted}` : `${key}${relation}${quoted}`;
}

/** The terms of a filter; quotes keep words together, a minus before a term turns it round. A key that none of `all` has is a fault. */
export function parseFilter(text: string, all: RunView[] = []): Term[] {
  return (text.match(/-?(?:[^\s"]|"[^"]*"?)+/g) ?? []).map((typed) => {
    const negative = typed.startsWith('-') && typed.length > 1;
    const { fits, fault = null } = testOf((negative ? typed.slice(1) : typed).replaceAll('"', ''), all);
    return { text: typed, negative, fault, fits: negative && fault === null ? (run: RunView) => !fits(run) : fits };
  });
}

/** Runs that fit every term, and the group of states. */
export function filterRuns(all: RunView[], text: string, state: string): RunView[] {
  const terms = parseFilter(text, all);
  const inState = ({ state: own }: RunView): boolean => state === '' || (state === 'open' ? ['queued', 'starting', 'running', 'pausing', 'stopping'].includes(own) : state === 'failed' ? ['failed', 'interrupted'].includes(own) : own === state);
  return all.filter((run) => inState(run) && terms.every(({ fits }) => fits(run)));
}
