// Sums of floats as Python's decimal module makes them, 28 digits long: the values of range(0,1,0.1).

type Decimal = { digits: bigint; exponent: number };

const precision = 28;

/** Every double has a finite decimal expansion. */
function exactly(value: number): Decimal {
  let whole = value;
  let halvings = 0;
  for (; !Number.isInteger(whole); halvings += 1) whole *= 2;
  return { digits: BigInt(whole) * 5n ** BigInt(halvings), exponent: -halvings };
}

const scaled = ({ digits, exponent }: Decimal, to: number): bigint => digits * 10n ** BigInt(exponent - to);

/** Half to even. */
function rounded({ digits, exponent }: Decimal): Decimal {
  const excess = String(digits < 0n ? -digits : digits).length - precision;
  if (excess <= 0) return { digits, exponent };
  const unit = 10n ** BigInt(excess);
  const size = digits < 0n ? -digits : digits;
  const [quotient, rest] = [size / unit, size % unit];
  const up = rest * 2n > unit || (rest * 2n === unit && quotient % 2n === 1n);
  const result = quotient + (up ? 1n : 0n);
  return { digits: digits < 0n ? -result : result, exponent: exponent + excess };
}

function add(a: Decimal, b: Decimal): Decimal {
  const to = Math.min(a.exponent, b.exponent);
  return rounded({ digits: scaled(a, to) + scaled(b, to), exponent: to });
}

function isBefore(a: Decimal, b: Decimal): boolean {
  const to = Math.min(a.exponent, b.exponent);
  return scaled(a, to) < scaled(b, to);
}

/** start, start + step, … up to and without `stop`; at most `most` + 1 of them. */
export function decimalRange({ start, stop, step }: { start: number; stop: number; step: number }, most: number): number[] {
  const [end, by] = [exactly(stop), exactly(step)];
  const values: number[] = [];
  for (let at = exactly(start); values.length <= most && (step > 0 ? isBefore(at, end) : isBefore(end, at)); at = add(at, by)) values.push(Number(`${at.digits}e${at.exponent}`));
  return values;
}
