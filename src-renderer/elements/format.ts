// Numbers, durations and sizes as the app shows them; exact values go into titles.
import type { MetricValue } from '#contract';

/** A number that may have come as the name of one that JSON has not. */
export const toNumber = (value: MetricValue): number => (typeof value === 'number' ? value : value === 'NaN' ? NaN : value === 'Infinity' ? Infinity : -Infinity);

// By hand: Intl takes 30 ms to begin with and toLocaleString() begins anew each time, while a table of runs has thousands of cells.
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** At least two digits, as clocks have them. */
export const two = (value: number): string => String(value).padStart(2, '0');
const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',');

/** Four significant digits; very large and small ones in powers of ten. */
export function significant(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(3).replace(/\.?0+e/, 'e').replace('e+', 'e');
  return size >= 1000 ? grouped(value.toFixed(0)) : value.toPrecision(4);
}

/** A share of one as a percentage with two decimals. */
export const percent = (value: number): string => (Number.isFinite(value) ? `${(100 * value).toFixed(2)} %` : String(value));

/** With commas between thousands, and three decimals at most. */
export const count = (value: number): string => { const [digits = '', decimals] = String(Number(value.toFixed(3))).split('.'); return decimals ? `${grouped(digits)}.${decimals}` : grouped(digits); };

/** Seconds as 41 s, 3 min, 2 h 14 min, 3 d 4 h. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '';
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${two(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Three digits at least: 31.2, 1,437. */
const threeDigits = (value: number): string => (value >= 999.5 ? grouped(value.toFixed(0)) : value.toPrecision(3));

/** 31.2 it/s, or 0.84 s/it for slow ones. */
export const rate = (perSecond: number): string => (perSecond >= 1 ? `${threeDigits(perSecond)} it/s` : `${threeDigits(1 / perSecond)} s/it`);

export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, bytes < 999.5 ? 0 : Math.floor(Math.log10(bytes * 1.00005) / 3)); // 999,960 is 1.0 MB
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/** A moment: the time today, the day before that. */
export function moment(iso: string | null, now = new Date()): string {
  if (!iso) return '';
  const date = new Date(iso);
  if (date.toDateString() === now.toDateString()) return `${two(date.getHours())}:${two(date.getMinutes())}`;
  return `${months[date.getMonth()]} ${date.getDate()}${date.getFullYear() === now.getFullYear() ? '' : `, ${date.getFullYear()}`}`;
}

const superscript = (power: number): string => String(power).replace('-', '⁻').replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] as string);

/** Ten to a whole power, as axes have it: 10⁻³. */
const powerOfTen = (power: number): string => `10${superscript(power)}`;

/** Numbers of any size in the same form: 5.084 × 10⁻³; from 0.1 up to 1000 plain. */
export function scientific(value: number, digits = 4): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || value === 0) return significant(value);
  if (size >= 0.1 && size < 1000) return value.toPrecision(digits);
  const [factor, power] = value.toExponential(digits - 1).split('e') as [string, string];
  return `${factor} × ${powerOfTen(Number(power))}`;
}

/** A number of elements in short: 512, 36.9 k, 1.18 M. */
export function shortCount(value: number): string {
  if (value < 1000) return String(value);
  return value < 999_950 ? `${(value / 1000).toFixed(1)} k` : `${(value / 1e6).toFixed(2)} M`;
}
