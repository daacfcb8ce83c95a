// The form's state is a list of override texts; these read and change one key in it.
import { entryOf } from '#contract';

export const keyOf = (override: string): string => override.replace(/^(\+\+|\+|~)/, '').split('=')[0] ?? '';
export const isDeletion = (override: string): boolean => override.startsWith('~');

/** The value text of the last override of a key; null without one, or where it is taken out. */
export function getOverride(overrides: string[], key: string): string | null {
  const found = overrides.findLast((override) => keyOf(override) === key);
  return found === undefined || isDeletion(found) ? null : found.slice(found.indexOf('=') + 1);
}

/** The list with a key's value replaced where it stands, added at the end, or (null) taken out. */
export function setOverride(overrides: string[], key: string, value: string | null): string[] {
  const at = overrides.findLastIndex((override) => keyOf(override) === key);
  if (value === null) return overrides.filter((override) => keyOf(override) !== key);
  if (at < 0) return [...overrides, `${key}=${value}`];
  return overrides.map((override, index) => (index !== at ? override : isDeletion(override) ? `${key}=${value}` : `${override.slice(0, override.indexOf('='))}=${value}`));
}

/** Parts of a value at the commas that stand in no bracket and no quotes. */
export function splitValues(text: string): string[] {
  const parts: string[] = [];
  let [depth, quote, start] = [0, '', 0];
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index] as string;
    if (quote !== '') quote = char === quote && text[index - 1] !== '\\' ? '' : quote;
    else if (char === "'" || char === '"') quote = char;
    else if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) depth -= 1;
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, text.slice(start)].map((part) => part.trim()).filter((part) => part !== '');
}

/** Whether an override gives settings to one optimizer of a sweep. */
export const isPerOptimizer = (override: string): boolean => !isDeletion(override) && /^sweep(\.|$)/.test(keyOf(override));

/** Whether an override stands for several runs, or is of a sweep only. */
export function isSweep(override: string): boolean {
  if (isPerOptimizer(override)) return true;
  const value = override.slice(override.indexOf('=') + 1);
  return override.includes('=') && (splitValues(value).length > 1 || /^(choice|range|glob|shuffle|sort)\(/.test(value));
}

const plural: Record<string, string> = { 'train/optimizer': 'optimizers', 'train/scheduler': 'schedules', 'train.seed': 'seeds', dataset: 'data sets', model: 'models', experiment: 'experiments' };

/** How a sweep comes to its number of runs: `2 optimizers × 5 seeds`; empty where that cannot be read off. */
export function sweepFormula(overrides: string[], runCount: number): string {
  const parts = overrides.filter(isSweep).map((override) => ({ key: keyOf(override), size: splitValues(override.slice(override.indexOf('=') + 1)).length }));
  const known = parts.length > 0 && parts.reduce((product, { size }) => product * size, 1) === runCount;
  return known ? parts.map(({ key, size }) => `${size} ${entryOf(plural, key) ?? `values of ${key.split('.').at(-1)}`}`).join(' × ') : '';
}

/** The number of runs of a sweep, with how it comes to it: `2 optimizers × 5 seeds = 10 runs`, `3 optimizers: 12 runs` where each has settings of its own. */
export function sweepCount(overrides: string[], runCount: number): string {
  const formula = sweepFormula(overrides, runCount);
  if (!overrides.some(isPerOptimizer)) return formula && `${formula} = ${runCount} runs`;
  const chosen = splitValues(getOverride(overrides, 'train/optimizer') ?? '').length;
  const optimizers = chosen || new Set(overrides.filter(isPerOptimizer).map((override) => keyOf(override).split('.')[1])).size;
  return `${optimizers} ${optimizers === 1 ? 'optimizer' : 'optimizers'}: ${runCount} runs`;
}
