// Quantiles of what an optimizer does, by tensor: the weight of the past, the size of a step, the noise of the gradient.
//
//   VSGD   beta1 = bhg / (bg + bhg);  noise = √(bhg / pa2);  step = lr |mu| / (√m2 + eps) with m2 = mu² + sg sh / (sg + sh) after the step
//   Adam   step = lr |m| / (1 - beta1^t) / (√(v / (1 - beta2^t)) + eps);   SGD   step = lr |buffer|, where there is momentum
import type { LayerStatistics, OptimizerChoice, Quantiles } from '#contract';
import { vsgdPriors } from './vsgd.ts';

/** A tensor's slots, read back. */
export type LayerState = { name: string; size: number; slots: Record<string, Float32Array> };
type Element = { beta1?: number; stepSize?: number; noise?: number };
type Statistics = Pick<LayerStatistics, 'beta1' | 'stepSize' | 'noise'>;

/** Elements of a tensor that are looked at, evenly spaced: a rank is then within about a third of a percent. */
const sampled = 20_000;
const cellCount = 2 ** 18;
const shares = [0.1, 0.5, 0.9];
const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** Counts positive numbers by the leading 19 bits of their float32 (the sign is zero), which keep their order: three decimal digits. */
export class Tally {
  readonly #cells = new Uint32Array(cellCount);
  #total = 0;
  #first = cellCount;
  #last = -1;

  add(value: number, weight: number): void {
    if (!(value >= 0 && value < Infinity)) return;
    float[0] = value;
    const cell = (bits[0] as number) >>> 13;
    this.#cells[cell] = (this.#cells[cell] as number) + weight;
    this.#total += weight;
    if (cell < this.#first) this.#first = cell;
    if (cell > this.#last) this.#last = cell;
  }

  /** 10 %, 50 % and 90 %, and counts anew; null where nothing was counted. */
  take(): Quantiles | null {
    if (this.#total === 0) return null;
    const found: number[] = [];
    let below = 0;
    for (let cell = this.#first; cell <= this.#last; cell += 1) {
      below += this.#cells[cell] as number;
      while (found.length < shares.length && below >= (shares[found.length] as number) * this.#total) found.push(middleOf(cell));
    }
    this.#cells.fill(0, this.#first, this.#last + 1);
    [this.#total, this.#first, this.#last] = [0, cellCount, -1];
    return found as Quantiles;
  }
}

function middleOf(cell: number): number {
  bits[0] = cell === 0 ? 0 : cell * 8192 + 4096;
  return Number((float[0] as number).toPrecision(4));
}

/** What an element of a tensor tells; null for optimizers without such a state. */
function elementOf({ name, options }: OptimizerChoice, { lr, t }: { lr: number; t: number }): ((slots: Record<string, Float32Array>, at: number) => Element) | null {
  const slot = (slots: Record<string, Float32Array>, key: string, at: number): number => slots[key]?.[at] ?? 0;
  if (name === 'vsgd') {
    const { pa2 } = vsgdPriors(options);
    return (slots, at) => {
      const [mu, bg, bhg] = [slot(slots, 'mug', at), slot(slots, 'bg', at), slot(slots, 'bhg', at)];
      if (!(bg + bhg > 0)) return {};
      const variance = (bg * bhg) / (pa2 * (bg + bhg));
      return { beta1: bhg / (bg + bhg), noise: Math.sqrt(bhg / pa2), stepSize: (lr * Math.abs(mu)) / (Math.sqrt(variance + mu * mu) + options.eps) };
    };
  }
  if (name === 'sgd') return options.momentum === 0 ? null : (slots, at) => ({ stepSize: lr * Math.abs(slot(slots, 'momentum_buffer', at)) });
  const [first, second] = [1 - options.betas[0] ** t, 1 - options.betas[1] ** t];
  return (slots, at) => ({ stepSize: (lr * Math.abs(slot(slots, 'exp_avg', at))) / first / (Math.sqrt(slot(slots, 'exp_avg_sq', at) / second) + options.eps) });
}

type Tallies = Record<keyof Statistics, Tally>;
const createTallies = (): Tallies => ({ beta1: new Tally(), stepSize: new Tally(), noise: new Tally() });
const told = ({ beta1, stepSize, noise }: Tallies): Statistics => ({ beta1: beta1.take(), stepSize: stepSize.take(), noise: noise.take() });

/** Made once: they are empty again whenever they have told. */
let tallies: [Tallies, Tallies] | null = null;

/**
 * Statistics of every tensor and of all elements together, in which a tensor counts by its size.
 * @param lr rate of the last step; t its number. Null for an optimizer that keeps nothing beside its parameters.
 */
export function optimizerStatistics(choice: OptimizerChoice, layers: LayerState[], last: { lr: number; t: number }): { all: Statistics; layers: LayerStatistics[] } | null {
  const read = last.t > 0 ? elementOf(choice, last) : null;
  if (read === null) return null;
  const [all, own] = (tallies ??= [createTallies(), createTallies()]);
  const each = layers.map(({ name, size, slots }) => {
    const stride = Math.max(1, Math.ceil(size / sampled));
    for (let at = 0; at < size; at += stride) {
      const element = read(slots, at);
      for (const key of ['beta1', 'stepSize', 'noise'] as const) {
        const value = element[key];
        if (value === undefined) continue;
        own[key].add(value, stride);
        all[key].add(value, stride);
      }
    }
    return { name, size, ...told(own) };
  });
  return { all: told(all), layers: each };
}
