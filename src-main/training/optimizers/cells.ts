// Counting values into fine cells: quantiles of millions of elements in one pass, without sorting and without samples.
import { quantileShares, type Quantiles } from '#contract';

/**
 * `unit`: 65536 equal cells over [0, 1], exact to 8e-6. `wide`: cells along the bits of a float32, all values from 0 on,
 * exact to 0.025 %: numbers that are not negative are in the order of their bits.
 */
export type CellScale = 'unit' | 'wide';

const unitCells = 65536;
const dropped = 12; // bits of a float32 that a cell does not tell apart: 11 of its 23 stay
const infinite = 0x7f800000; // the bits of infinity; NaN and negative numbers have larger ones

/** The value in the middle of a wide cell; of the first, which holds zero, zero. */
const middleOf = (cell: number): number => (cell === 0 ? 0 : (new Float32Array(Uint32Array.of(cell * 2 ** dropped + 2 ** (dropped - 1)).buffer)[0] as number));

const largest = { unit: 1, wide: 3.4028234663852886e38 } as const;

/** Quantiles of few values, by sorting; `falling` and what is left out as in `Cells`. */
export function exactQuantiles(values: Float32Array, { scale, falling = false }: { scale: CellScale; falling?: boolean }): Quantiles {
  const sorted = values.filter((value) => value >= 0 && value <= largest[scale]).sort();
  if (sorted.length === 0) return null;
  const places = quantileShares.map((share) => Math.max(0, Math.ceil(share * sorted.length) - 1));
  return places.map((place) => sorted[falling ? sorted.length - 1 - place : place]) as [number, number, number];
}

/** Counts of values. Only the cells between the lowest and the highest that were met are ever looked at. */
export class Cells {
  readonly scale: CellScale;
  readonly #counts: Uint32Array;
  #low = Infinity;
  #high = -1;
  #sum = 0;
  #total = 0;

  constructor(scale: CellScale) {
    this.scale = scale;
    this.#counts = new Uint32Array(scale === 'unit' ? unitCells : 2 ** (31 - dropped));
  }

  get total(): number { return this.#total; }
  /** Of the scale `unit` alone. */
  get mean(): number { return this.#sum / this.#total; }

  /** Takes values in. What has none (NaN), is negative or infinite, or above one on the scale `unit`, is left out. */
  add(values: Float32Array): void {
    if (this.scale === 'unit') this.#addUnit(values);
    else this.#addWide(new Uint32Array(values.buffer, values.byteOffset, values.length));
  }

  #addUnit(values: Float32Array): void {
    const counts = this.#counts;
    let [low, high, sum, total] = [this.#low, this.#high, this.#sum, this.#total];
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index] as number;
      if (!(value >= 0 && value <= 1)) continue;
      const cell = Math.min(unitCells - 1, (value * unitCells) | 0);
      counts[cell] = (counts[cell] as number) + 1;
      if (cell < low) low = cell;
      if (cell > high) high = cell;
      sum += value;
      total += 1;
    }
    [this.#low, this.#high, this.#sum, this.#total] = [low, high, sum, total];
  }

  #addWide(patterns: Uint32Array): void {
    const counts = this.#counts;
    let [low, high, total] = [this.#low, this.#high, this.#total];
    for (let index = 0; index < patterns.length; index += 1) {
      const bits = patterns[index] as number;
      if (bits >= infinite) continue;
      const cell = bits >>> dropped;
      counts[cell] = (counts[cell] as number) + 1;
      if (cell < low) low = cell;
      if (cell > high) high = cell;
      total += 1;
    }
    [this.#low, this.#high, this.#total] = [low, high, total];
  }

  /** Adds all counts to those of `other`, of the same scale. */
  pourInto(other: Cells): void {
    const [from, to] = [this.#counts, other.#counts];
    for (let cell = this.#low; cell <= this.#high; cell += 1) to[cell] = (to[cell] as number) + (from[cell] as number);
    other.#low = Math.min(other.#low, this.#low);
    other.#high = Math.max(other.#high, this.#high);
    other.#sum += this.#sum;
    other.#total += this.#total;
  }

  /** Forgets everything. */
  clear(): void {
    if (this.#total > 0) this.#counts.fill(0, this.#low, this.#high + 1);
    [this.#low, this.#high, this.#sum, this.#total] = [Infinity, -1, 0, 0];
  }

  /**
   * Per share the first value that so many elements do not exceed; null for no elements.
   * @param falling counts from the largest value down: for a measure that falls where this one rises
   */
  quantiles(falling = false): Quantiles {
    if (this.#total === 0) return null;
    const [found, counts]: [number[], Uint32Array] = [[], this.#counts];
    const [last, direction] = falling ? [this.#low, -1] : [this.#high, 1];
    let [cell, before] = [falling ? this.#high : this.#low, 0];
    for (const share of quantileShares) {
      while (cell !== last && before + (counts[cell] as number) < share * this.#total) {
        before += counts[cell] as number;
        cell += direction;
      }
      found.push(this.scale === 'unit' ? (cell + 0.5) / unitCells : middleOf(cell));
    }
    return found as [number, number, number];
  }

  /** Counts in `bins` equal parts of the scale `unit`. */
  histogram(bins: number): { edges: number[]; counts: number[] } {
    const counts = Array.from({ length: bins }, () => 0);
    for (let cell = this.#low; cell <= this.#high; cell += 1) {
      const bin = Math.floor((cell * bins) / unitCells);
      counts[bin] = (counts[bin] as number) + (this.#counts[cell] as number);
    }
    return { edges: Array.from({ length: bins + 1 }, (_, edge) => edge / bins), counts };
  }
}
