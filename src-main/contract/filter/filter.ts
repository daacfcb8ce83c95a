// The filter of runs: words and conditions, all of which a run must fit. `optimizer=vsgd lr<0.01 tag:a OR tag:b -state:failed "two words"`.
import { modelOf, optimizerOf } from '../comparison/groups.ts';
import { didYouMean } from '../names.ts';
import type { RunState, RunView } from '../running/runs.ts';
import { dates, isFact, misspelt, numberIn, unknownKey, unknownState, valueOf } from './values.ts';
import { alternatives, splitFilter } from './words.ts';

export { factNames, valueOf as filterValue } from './values.ts';

/** A term as typed; `fault` says what is wrong with it. One that is not understood fits every run. */
export type Term = { text: string; negative: boolean; fault: string | null; fits(run: RunView): boolean };

const operators = { '=': (a: number, b: number) => a === b, '!=': (a: number, b: number) => a !== b, '<': (a: number, b: number) => a < b, '>': (a: number, b: number) => a > b, '<=': (a: number, b: number) => a <= b, '>=': (a: number, b: number) => a >= b };
type Operator = keyof typeof operators;
const condition = /^((?:(?:best|last) )?[\w./-]+?)(<=|>=|!=|=|<|>)(.*)$/;

/** The groups of states that the table has a tab for. */
export const stateGroups: Record<string, readonly RunState[]> = {
  open: ['queued', 'starting', 'running', 'pausing', 'stopping'], paused: ['paused', 'stopped'], finished: ['finished'], failed: ['failed', 'interrupted'],
};
const is: Record<string, (run: RunView) => boolean> = {
  starred: ({ starred }) => starred, open: ({ state }) => (stateGroups.open as readonly RunState[]).includes(state), forked: ({ fork }) => fork !== null,
};

/** `understood`: false where the term fits every run whatever it says. */
type Test = { fits: (run: RunView) => boolean; fault?: string | null; understood?: boolean };
const refused = (fault: string): Test => ({ fits: () => true, fault, understood: false });

function labelled(kind: string, wanted: string, all: RunView[]): Test | null {
  const lower = wanted.toLowerCase();
  if (kind === 'tag') return { fits: ({ tags }) => tags.some((tag) => tag.toLowerCase() === lower), fault: misspelt('tag', wanted, all.flatMap(({ tags }) => tags)) };
  if (kind === 'state') { const fault = unknownState(wanted); return fault === null ? { fits: ({ state }) => state === lower } : refused(fault); }
  if (kind === 'is') return Object.hasOwn(is, lower) ? { fits: is[lower] as (run: RunView) => boolean } : refused(`There is no is:${wanted}; there are ${Object.keys(is).map((name) => `is:${name}`).join(', ')}.`);
  if (isFact(kind)) return refused(`Write ${kind}=${wanted}: only tag, state and is take a colon.`);
  const close = didYouMean(kind, ['tag', 'state', 'is']);
  return close === '' ? null : refused(`There is no '${kind}:'.${close}`);
}

/** A value as somebody would type it: text plain, everything else as in the configuration. */
const writtenAs = (value: unknown): string => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));

/** Facts whose values are names, of which a close one may be meant. */
const named = ['optimizer', 'model', 'dataset', 'engine'];

function equality(key: string, operator: Operator, { wanted, all }: { wanted: string; all: RunView[] }): Test {
  const fault = key === 'state' ? unknownState(wanted) : null;
  if (fault !== null) return refused(fault);
  const day = dates.includes(key) ? Date.parse(wanted) : NaN; // a date without a time is all of its day
  const number = numberIn(key, wanted);
  const same = (value: unknown) => writtenAs(value).toLowerCase() === wanted.toLowerCase() || (typeof value === 'number' && value === number) || (/^\d{4}-\d\d-\d\d$/.test(wanted) && Math.floor((Date.parse(String(value)) - day) / 86_400_000) === 0);
  return { fits: (run) => same(valueOf(run, key)) === (operator === '='), fault: named.includes(key) ? misspelt(key, wanted, all.map((run) => valueOf(run, key))) : null };
}

function comparison(key: string, operator: Operator, { wanted, all }: { wanted: string; all: RunView[] }): Test {
  if (operator === '=' || operator === '!=') return equality(key, operator, { wanted, all });
  const compare = operators[operator];
  const limit = numberIn(key, wanted);
  if (Number.isNaN(limit)) return refused(dates.includes(key) ? `'${wanted}' is no date; write ${key}${operator}2026-11-01.` : `'${wanted}' is no number; ${key}${operator} needs one${key === 'duration' ? ', as 90 (seconds), 5m or 1h30m' : ''}.`);
  return { fits: (run) => { const value = valueOf(run, key); return value !== undefined && value !== null && compare(dates.includes(key) ? Date.parse(String(value)) : Number(value), limit); } };
}

function testOf(text: string, all: RunView[]): Test {
  const [, kind, label] = /^([A-Za-z]\w*):([^/].*)$/.exec(text) ?? [];
  const known = kind && label !== undefined ? labelled(kind, label, all) : null;
  if (known) return known;
  const [, key, operator, wanted] = condition.exec(text) ?? [];
  if (key && operator && wanted !== undefined) {
    const fault = unknownKey(key, all);
    return fault === null ? comparison(key, operator as Operator, { wanted, all }) : refused(fault);
  }
  const lower = text.toLowerCase();
  return { fits: (run) => `${run.name} ${run.dataset.name} ${modelOf(run)} ${optimizerOf(run)} ${run.tags.join(' ')} ${run.notes} ${run.id}`.toLowerCase().includes(lower) };
}

const unquoted = (text: string): string => text.replaceAll('"', '');
const isNegative = (word: string): boolean => word.startsWith('-') && word.length > 1;

/** Whether a text says more than a name would: a condition, a label, an alternative. */
export const isCondition = (text: string): boolean => splitFilter(text).some((word) => word === 'OR' || condition.test(unquoted(word)) || /^-?(tag|state|is):./.test(word));

/** A condition in words: key, relation, value; null of plain words. */
export function conditionOf({ text, negative }: Pick<Term, 'text' | 'negative'>): { key: string; relation: string; value: string } | null {
  const words = splitFilter(text);
  if (words.includes('OR')) return { key: 'any', relation: 'of', value: words.filter((word) => word !== 'OR').join(', ') };
  const alone = unquoted(negative ? text.slice(1) : text);
  const [, kind, label] = /^(tag|state|is):(.+)$/.exec(alone) ?? [];
  if (kind && label !== undefined) return { key: kind === 'is' ? 'run' : kind, relation: negative ? 'is not' : 'is', value: label };
  const [, key, operator, value] = condition.exec(alone) ?? [];
  if (!key || !operator || value === undefined) return null;
  const signs: Record<string, string> = { '=': 'is', '!=': 'is not', '<=': '≤', '>=': '≥' };
  return { key, relation: `${negative ? 'not ' : ''}${signs[operator] ?? operator}`, value };
}

/** The term of a condition, with quotes where the value has spaces. `relation`: = != < > <= >=. */
export function termOf(key: string, relation: string, value: string): string {
  const quoted = /\s/.test(value) ? `"${value}"` : value;
  return ['tag', 'state', 'is'].includes(key) ? `${relation === '!=' ? '-' : ''}${key}:${quoted}` : `${key}${relation}${quoted}`;
}

function oneTest(word: string, all: RunView[]): Test {
  const test = testOf(unquoted(isNegative(word) ? word.slice(1) : word), all);
  return isNegative(word) && test.understood !== false ? { ...test, fits: (run) => !test.fits(run) } : test;
}

/** The terms of a filter; quotes keep words together, a minus before a term turns it round, OR joins two. A key that none of `all` has is a fault. */
export function parseFilter(text: string, all: RunView[] = []): Term[] {
  const words = splitFilter(text);
  const dangling = words[0] === 'OR' || words.at(-1) === 'OR';
  return alternatives(words).map((one, index, terms) => {
    const tests = one.map((word) => oneTest(word, all));
    const fault = tests.find((test) => test.fault)?.fault ?? (dangling && (index === 0 || index === terms.length - 1) ? 'OR needs a condition on both sides.' : null);
    return { text: one.join(' OR '), negative: one.length === 1 && isNegative(one[0] as string), fault, fits: (run: RunView) => tests.some(({ fits }) => fits(run)) };
  });
}

/** Runs that fit every term, and the group of states. */
export function filterRuns(all: RunView[], text: string, state: string): RunView[] {
  const terms = parseFilter(text, all);
  const states = Object.hasOwn(stateGroups, state) ? (stateGroups[state] as readonly RunState[]) : null;
  return all.filter((run) => (state === '' || (states ? states.includes(run.state) : run.state === state)) && terms.every(({ fits }) => fits(run)));
}
