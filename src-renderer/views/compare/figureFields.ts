// Fields of the export sheet that hold numbers: what is typed in them, read by each one's rule.
import type { Figure } from '#contract';

export type NumberKey = 'width' | 'height' | 'fontSize' | 'lineWidth' | 'xMin' | 'xMax' | 'yMin' | 'yMax' | 'xTicks' | 'yTicks';
type Rule = { label: string; limits?: [number, number]; list?: true; optional: boolean };

export const rules: Record<NumberKey, Rule> = {
  width: { label: 'Width (mm)', limits: [30, 400], optional: false }, height: { label: 'Height (mm)', limits: [20, 400], optional: false },
  fontSize: { label: 'Font size (pt)', limits: [4, 24], optional: false }, lineWidth: { label: 'Line width (pt)', limits: [0.25, 4], optional: false },
  xMin: { label: 'x from', optional: true }, xMax: { label: 'x to', optional: true }, yMin: { label: 'y from', optional: true }, yMax: { label: 'y to', optional: true },
  xTicks: { label: 'x ticks', list: true, optional: true }, yTicks: { label: 'y ticks', list: true, optional: true },
};

/** The value that a text stands for, or why it stands for none. */
export function readField(key: NumberKey, text: string): { value: number | number[] | null } | { fault: string } {
  const { label, limits, list, optional } = rules[key];
  const trimmed = text.trim();
  if (trimmed === '') return optional ? { value: null } : { fault: `${label}: a number is needed.` };
  const numbers = (list ? trimmed.split(/[\s,;]+/).filter((part) => part !== '') : [trimmed]).map(Number);
  if (!numbers.every(Number.isFinite)) return { fault: `${label}: ${list ? 'numbers separated by commas, such as 0, 50, 100' : 'a number, such as 0.5'}.` };
  if (list && numbers.length > 50) return { fault: `${label}: at most 50.` };
  const [first = 0] = numbers;
  if (limits && (first < limits[0] || first > limits[1])) return { fault: `${label}: from ${limits[0]} to ${limits[1]}.` };
  return { value: list ? numbers : first };
}

/** A figure's value as its field shows it. */
export function writeField(figure: Figure, key: NumberKey): string {
  const value = figure[key];
  return value === null ? '' : Array.isArray(value) ? value.join(', ') : String(value);
}

/** Why limits leave no axis; '' where they do not. */
export function limitsFault({ xMin, xMax, yMin, yMax }: Figure): string {
  if (xMin !== null && xMax !== null && xMin >= xMax) return 'x from must be less than x to.';
  return yMin !== null && yMax !== null && yMin >= yMax ? 'y from must be less than y to.' : '';
}

/** The settings of a group in a figure, changed; one that says nothing is dropped. */
export function withGroup(groups: Figure['groups'], group: string, change: { name?: string; color?: string }): Figure['groups'] {
  const { name, color } = { ...groups.find((one) => one.group === group), ...change };
  const others = groups.filter((one) => one.group !== group);
  return name || color ? [...others, { group, ...(name ? { name } : {}), ...(color ? { color } : {}) }] : others;
}
