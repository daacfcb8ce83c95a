// Settings of one optimizer in a sweep over several: sweep.vsgd.lr=0.1,0.01, or sweep.sgd={lr: [0.1, 0.01], momentum: 0.9}. Each becomes plain overrides of that optimizer's runs.
import { didYouMean, LabError } from '#contract';
import { findComponent } from './components.ts';
import { targetOf } from './form.ts';
import { literalText, type Literal } from './grammar/literal.ts';
import { parseOverride, type Override } from './grammar/override.ts';
import type { ConfigSearch } from './tree.ts';

export const optimizerGroup = 'train/optimizer';
export const optimizerPath = 'train.optimizer';

/** Whether an override gives settings to one optimizer of a sweep. */
export const isPerOptimizer = ({ type, key }: Pick<Override, 'type' | 'key'>): boolean => type !== 'DEL' && (key === 'sweep' || key.startsWith('sweep.'));

/** A setting of one optimizer: `values` in the grammar of sweeps; `from` is the key that it was given by. */
type Own = { option: string; key: string; values: string; from: string };

/** What an option of the optimizers takes: its keys with their defaults; null where it is none that we know. */
function settingsOfOption(search: ConfigSearch, option: string): Record<string, unknown> | null {
  const target = targetOf(search, search.load(`${optimizerGroup}/${option}`, null));
  const found = target === null ? null : findComponent('optimizer', target);
  return found ? (found.component.schema.parse({}) as Record<string, unknown>) : null;
}

function usage(key: string, message: string): LabError {
  return new LabError('CONFIG_COMPOSITION', message, { place: { key } });
}

/** A list in braces is a list of values to sweep over; of a setting that is a list itself, such as betas, only a list of lists is. */
function valuesIn(literal: Literal, fallback: unknown): string {
  const several = literal.kind === 'list' && (!Array.isArray(fallback) || literal.items.some(({ kind }) => kind === 'list'));
  return several ? literal.items.map(literalText).join(',') : literalText(literal);
}

function ofOptimizer(search: ConfigSearch, option: string, { literal, from }: { literal: Literal; from: string }): Own[] {
  if (literal.kind !== 'dict') throw usage(from, `'${from}' takes settings in braces: ${from}={lr: [0.1, 0.01]}, or one setting: sweep.${option}.lr=0.1,0.01.`);
  const known = settingsOfOption(search, option) ?? {};
  return literal.entries.map(([key, value]) => ({ option, key, values: valuesIn(value, known[key]), from }));
}

function parseOwn(search: ConfigSearch, { key, value, text }: Override): Own[] {
  const [, option, ...rest] = key.split('.');
  const literal = value && 'literal' in value ? value.literal : null;
  if (option !== undefined && rest.length > 0) return [{ option, key: rest.join('.'), values: text.slice(text.indexOf('=') + 1), from: key }];
  const braces = { literal: literal ?? { kind: 'null' as const }, from: key };
  if (option !== undefined) return ofOptimizer(search, checkedOption(search, option, key), braces);
  if (literal?.kind !== 'dict') throw usage(key, `'sweep' takes the settings of each optimizer in braces: sweep={vsgd: {lr: [0.1, 0.01]}, sgd: {lr: 0.1}}.`);
  return literal.entries.flatMap(([name, settings]) => ofOptimizer(search, checkedOption(search, name, key), { literal: settings, from: key }));
}

function checkedOption(search: ConfigSearch, option: string, key: string): string {
  const options = search.options(optimizerGroup);
  if (options.includes(option)) return option;
  throw usage(key, `'${key}' names the optimizer '${option}', which there is not.${didYouMean(option, options)} There are ${options.join(', ')}.`);
}

/** Overrides of each optimizer that has settings of its own, in the order of the command line. @throws LabError CONFIG_COMPOSITION that names the optimizer and the key */
export function ownOverrides(search: ConfigSearch, overrides: Override[]): Map<string, Override[]> {
  const found = new Map<string, Override[]>();
  for (const { option, key, values, from } of overrides.flatMap((override) => parseOwn(search, override))) {
    const known = settingsOfOption(search, checkedOption(search, option, from));
    const first = key.split('.')[0] as string;
    if (known !== null && !Object.hasOwn(known, first)) throw usage(from, `'${from}' gives ${option} the setting '${key}', which it does not have.${didYouMean(first, Object.keys(known))} It has ${Object.keys(known).filter((name) => name !== 'params').join(', ')}.`);
    const override = parseOverride(`${optimizerPath}.${key}=${values}`);
    const before = (found.get(option) ?? []).filter((other) => other.key !== override.key); // the last one counts
    found.set(option, [...before, override]);
  }
  return found;
}

/** Refuses a setting that all optimizers of a sweep would get though some have none of that name. */
export function checkShared(search: ConfigSearch, options: string[], shared: Override[]): void {
  for (const { key, type, text } of shared) {
    const name = key.startsWith(`${optimizerPath}.`) ? (key.slice(optimizerPath.length + 1).split('.')[0] as string) : null;
    if (name === null || type !== 'CHANGE') continue;
    const has = (option: string): boolean => { const known = settingsOfOption(search, option); return known === null || Object.hasOwn(known, name); };
    const without = options.filter((option) => !has(option));
    const [owner] = options.filter(has);
    if (without.length === 0 || owner === undefined) continue;
    throw usage(key, `'${key}' is no setting of ${without.join(', ')}, which this sweep has too. Give it to ${owner} alone: sweep.${owner}.${key.slice(optimizerPath.length + 1)}=${text.slice(text.indexOf('=') + 1)}`);
  }
}
