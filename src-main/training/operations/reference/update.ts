// References of gradient control and of the optimizers' updates: one element at a time in float64, stored as float32.
import { operand, zeros, type Operand, type Reference } from './define.ts';

export const gradientControl: Reference<{ count: number }> = (inputs, { count }) => {
  const [loss, hyper] = [operand(inputs, 'loss'), operand(inputs, 'hyper')];
  const [maxNorm = 0, threshold = 0] = hyper.values;
  let squares = 0;
  for (let g = 0; g < count; g += 1) for (const value of operand(inputs, `g${g}`).values) squares += value * value;
  const norm = Math.sqrt(squares);
  const scale = maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1;
  const skip = Number.isNaN(loss.values[0]) || Number.isNaN(norm) || (threshold > 0 && norm >= threshold);
  return [{ shape: [3], values: Float32Array.of(norm, scale, skip ? 0 : 1) }];
};

type Slots = number[];
/** One element of one update: parameter, scaled gradient, slots → the new parameter and slots. */
export type ElementUpdate = (w: number, g: number, slots: Slots) => [w: number, ...slots: number[]];

/** VSGD, element by element (docs/vsgd.md). @param h hyper as in vocabulary.ts */
export function vsgdElement(h: ArrayLike<number>): ElementUpdate {
  const [lr = 0, decay = 0, rho1 = 0, rho2 = 0, invPa2 = 0, pbg2 = 0, pbhg2 = 0, eps = 0, sg0 = 0, sh0 = 0] = Array.from(h);
  return (w, g, [mu = 0, bg = 0, bhg = 0]) => {
    const sg = sg0 + bg * invPa2;
    const sh = sh0 + bhg * invPa2;
    const mean = (g * sg + mu * sh) / (sg + sh);
    const second = (sg * sh) / (sg + sh) + mean * mean;
    return [
      w * decay - (lr * mean) / (Math.sqrt(second) + eps),
      mean,
      (1 - rho1) * bg + rho1 * (pbg2 + second - 2 * mean * mu + mu * mu),
      (1 - rho2) * bhg + rho2 * (pbhg2 + second - 2 * g * mean + g * g),
    ];
  };
}

/** Adam and AdamW, as torch.optim. */
export function adamElement(h: ArrayLike<number>, decoupled: boolean): ElementUpdate {
  const [rate = 0, decay = 0, beta1 = 0, rest1 = 0, beta2 = 0, rest2 = 0, invRoot = 0, eps = 0] = Array.from(h);
  return (w, g, [m = 0, v = 0]) => {
    const gradient = decoupled ? g : g + decay * w;
    const mean = beta1 * m + rest1 * gradient;
    const square = beta2 * v + rest2 * gradient * gradient;
    return [(decoupled ? w * decay : w) - (rate * mean) / (Math.sqrt(square) * invRoot + eps), mean, square];
  };
}

/** SGD with momentum, as torch.optim. */
export function sgdElement(h: ArrayLike<number>, nesterov: boolean): ElementUpdate {
  const [lr = 0, decay = 0, momentum = 0, fresh = 0] = Array.from(h);
  return (w, g, [buffer = 0]) => {
    const gradient = g + decay * w;
    const moved = momentum * buffer + fresh * gradient;
    return [w - lr * (nesterov ? gradient + momentum * moved : moved), moved];
  };
}

/** A kernel that applies an element's update to whole tensors; `control` scales the gradient or leaves all as it was. */
function updateKernel(slotNames: string[], element: (hyper: ArrayLike<number>, attributes: Record<string, boolean>) => ElementUpdate): Reference<Record<string, boolean>> {
  return (inputs, attributes) => {
    const [, scale = 1, apply = 1] = operand(inputs, 'control').values;
    const gradient = operand(inputs, 'gradient');
    const olds = ['parameter', ...slotNames].map((name) => operand(inputs, name));
    if (apply === 0) return olds.map(({ shape, values }): Operand => ({ shape, values: values.slice() }));
    const update = element(operand(inputs, 'hyper').values, attributes);
    const news = olds.map(({ shape }) => zeros(shape));
    for (let index = 0; index < gradient.values.length; index += 1) {
      const [w = 0, ...slots] = olds.map((old) => old.values[index] as number);
      update(w, scale * (gradient.values[index] as number), slots).forEach((value, k) => { (news[k] as Operand).values[index] = value; });
    }
    return news;
  };
}

export const vsgdUpdate = updateKernel(['mu', 'bg', 'bhg'], (hyper) => vsgdElement(hyper));
export const adamUpdate = updateKernel(['m', 'v'], (hyper, attributes) => adamElement(hyper, attributes.decoupled === true));
export const sgdUpdate = updateKernel(['buffer'], (hyper, attributes) => sgdElement(hyper, attributes.nesterov === true));
