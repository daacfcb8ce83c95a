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

  /** Moves all counts into `other`, of the same scale; this one is then empty. */
  pourInto(other: Cells): void {
    const [from, to] = [this.#counts, other.#counts];
    for (let cell = this.#low; cell <= this.#high; cell += 1) {
      to[cell] = (to[cell] as number) + (from[cell] as number);
      from[cell] = 0;
    }
    other.#low = Math.min(other.#low, this.#low);
    other.#high = Math.max(other.#high, this.#high);
    other.#sum += this.#sum;
    other.#total += this.#total;
    [this.#low, this.#high, this.#sum, this.#total] = [Infinity, -1, 0, 0];
  }

  /**
   * Per share the first value that so many elements do not exceed; null for no elements.
   * @param falling counts from the largest value down: for a measure that falls where this one rises
   */
  quantiles(falling = false): Quantiles {
    if (this.#total === 0) return null;
    const found: number[] = [];
    const [last, direction] = falling ? [this.#low, -1] : [this.#high, 1];
    let [cell, before] = [falling ? this.#high : this.#low, 0];
    for (const share of quantileShares) {
      while (cell !== last && before + (this.#counts[cell] as number) < share * this.#total) {
        before += this.#counts[cell] as number;
        cell += direction;
      }
      found.push(this.scale === 'unit' ? (cell + 0.5) / unitCells : middleOf(cell));
    }
    return found as [number, number, number];
  }

  /** Counts in `bins` equal parts of the scale `unit`. */
  histogram(bins: number): { edges: number[]; counts: number[] } {
    const wide = unitCells / bins;
    return {
      edges: Array.from({ length: bins + 1 }, (_, edge) => edge / bins),
      counts: Array.from({ length: bins }, (_, bin) => this.#counts.subarray(bin * wide, (bin + 1) * wide).reduce((all, count) => all + count, 0)),
    };
  }
}
