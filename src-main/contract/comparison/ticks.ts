// Where an axis has its ticks, and what they say.

export type Ticks = { values: number[]; labels: string[] };

const trimmed = (text: string): string => text.replace('e+', 'e').replace(/e(-?)0+(?=\d)/, 'e$1');

/** Labels with the decimals that the distance needs; powers of ten where that would be long. */
function labelsOf(values: number[], distance: number): string[] {
  const largest = Math.max(...values.map(Math.abs));
  if (largest < 1e-3 || largest >= 1e10) return values.map((value) => (value === 0 ? '0' : trimmed(Number(value.toPrecision(12)).toExponential())));
  if (largest >= 1e5 && distance >= 1000) {
    return values.map((value) => (largest >= 1e6 && distance >= 10_000 ? `${Number((value / 1e6).toFixed(3))}M` : `${Number((value / 1000).toFixed(3))}k`)).map((text) => (Number.parseFloat(text) === 0 ? '0' : text));
  }
  let decimals = Math.max(0, -Math.floor(Math.log10(distance) + 1e-9));
  while (decimals < 12 && Math.abs(distance * 10 ** decimals - Math.round(distance * 10 ** decimals)) > 1e-6) decimals += 1;
  const written = (value: number): string => (decimals === 0 && largest >= 10_000 ? value.toLocaleString('en-US') : value.toFixed(decimals));
  return values.map((value) => written(value).replace(/^-(?=0(\.0*)?$)/, '').replace('-', '−'));
}

/** Ticks at the given values, written with as few digits as tell them apart. */
export function writtenTicks(values: number[]): Ticks {
  return { values, labels: values.map((value) => (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6) ? trimmed(Number(value.toPrecision(12)).toExponential()) : Number(value.toPrecision(12)).toLocaleString('en-US', { maximumFractionDigits: 12 })).replace('-', '−')) };
}

/** About `wanted` round values (1, 2, 2.5 or 5 times a power of ten apart) within low … high. */
export function linearTicks(low: number, high: number, wanted: number): Ticks {
  const raw = (high - low) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(raw));
  const distance = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= raw * (1 - 1e-9)) as number) * power;
  const first = Math.ceil(low / distance - 1e-9);
  const last = Math.floor(high / distance + 1e-9);
  const values = Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * distance).toPrecision(12)));
  return { values, labels: labelsOf(values, distance) };
}

/** Powers of ten within low … high, with 2 and 5 between where there are few of them, thinned where there are many. */
export function logTicks(low: number, high: number, wanted: number): Ticks {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const made = (factors: number[], every: number) => Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, index) => first + index * every)
    .flatMap((power) => factors.map((factor) => Number((factor * 10 ** power).toPrecision(12)))).filter((value) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9));
  const candidates = [made([1, 2, 5], 1), made([1, 3], 1), ...[1, 2, 3, 5, 10].map((every) => made([1], every))];
  const values = candidates.find(({ length }) => length <= Math.max(2, wanted + 1)) ?? candidates.at(-1) ?? [];
  if (values.length < 3 && high < 100 * low) return linearTicks(low, high, wanted);
  return { values, labels: values.map((value) => (value >= 1e-3 && value < 1e5 ? String(value) : trimmed(value.toExponential()))) };
}

/** Data that differ by less than this share of their size are constant: an axis over the difference would be of rounding errors, with labels of 17 digits. */
const constantShare = 1e-9;

/**
 * The limits of the data, widened by a twentieth; a low end near zero becomes zero. Limits that are equal, or nearly, are moved apart by a tenth of their size.
 * `share`: what one is in these values where they are shares of it (1, or 100 for percent); their axis ends there. Live charts, previews and files all take their vertical range from here.
 */
export function domainOf(values: Iterable<number>, { log = false, fromZero = false, share = null as number | null } = {}): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value) || (log && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return log ? [0.1, 1] : [0, share ?? 1];
  const constant = high - low <= constantShare * Math.max(Math.abs(low), Math.abs(high));
  if (log) return constant ? [low / 2, high * 2] : [low / (high / low) ** 0.04, high * (high / low) ** 0.04];
  const end = share === null ? Infinity : Math.max(share, high);
  if (fromZero || (low >= 0 && low < 0.3 * high)) return [Math.min(0, low), high > 0 ? Math.min(end, high * 1.05) : (share ?? 1)];
  const margin = constant ? Math.max(Math.abs(low), Math.abs(high)) * 0.1 || 1 : 0.05 * (high - low);
  return [low - margin, Math.min(end, high + margin)];
}
