// References of the activations; erf by a series and a continued fraction, plain enough to check against the book.
import { operand, type Operand, type Reference } from './define.ts';

/** erf(x) in float64: Maclaurin series below 2.5, Lentz's continued fraction of erfc above (Abramowitz, Stegun 7.1.5 and 7.1.14). */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; n < 80; n += 1) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n -= 1) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
}

const map = (x: Operand, value: (v: number, index: number) => number): [Operand] => [{ shape: x.shape, values: x.values.map(value) }];

export const relu: Reference = (inputs) => map(operand(inputs, 'x'), (v) => (v > 0 ? v : v === v ? 0 : NaN));

export const reluGradient: Reference = (inputs) => {
  const y = operand(inputs, 'y');
  return map(operand(inputs, 'dy'), (d, index) => ((y.values[index] as number) > 0 ? d : 0));
};

export const gelu: Reference = (inputs) => map(operand(inputs, 'x'), (v) => v * 0.5 * (1 + erf(v / Math.SQRT2)));

export const geluGradient: Reference = (inputs) => {
  const x = operand(inputs, 'x');
  return map(operand(inputs, 'dy'), (d, index) => {
    const v = x.values[index] as number;
    const density = Math.exp((-v * v) / 2) / Math.sqrt(2 * Math.PI);
    return d * (0.5 * (1 + erf(v / Math.SQRT2)) + v * density);
  });
};
