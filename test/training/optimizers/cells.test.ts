// Quantiles from counts against sorted values: over many powers of ten, over tensors poured together, with what has no value left out.
import { expect, test } from 'vitest';
import { Cells, exactQuantiles } from '#training';
import { u } from '#test/reference.ts';

const shares = [0.1, 0.5, 0.9];
const sorted = (values: Float32Array) => shares.map((share) => values.toSorted()[Math.ceil(share * values.length) - 1] as number);
const wideValues = (stream: number, count: number) => Float32Array.from({ length: count }, (_, index) => 10 ** (16 * u(stream, index)));

test('wide cells tell quantiles over sixteen powers of ten to 0.025 %', () => {
  const values = wideValues(1, 20_001);
  const cells = new Cells('wide');
  cells.add(values);
  cells.quantiles()!.forEach((value, index) => expect(Math.abs(value / sorted(values)[index]! - 1)).toBeLessThan(2.5e-4));
  cells.quantiles(true)!.forEach((value, index) => expect(Math.abs(value / sorted(values.map((each) => -each))[index]! + 1)).toBeLessThan(2.5e-4));
  expect(exactQuantiles(values, { scale: 'wide' })).toEqual(sorted(values));
  expect(exactQuantiles(values, { scale: 'wide', falling: true })).toEqual(sorted(values.map((each) => -each)).map((each) => -each));
});

test('unit cells tell quantiles, mean and histogram over [0, 1]', () => {
  const values = Float32Array.from({ length: 999 }, (_, index) => (u(2, index) + 1) / 2);
  const cells = new Cells('unit');
  cells.add(values);
  cells.add(Float32Array.of(1));
  const all = Float32Array.of(...values, 1);
  cells.quantiles()!.forEach((value, index) => expect(value).toBeCloseTo(sorted(all)[index]!, 4));
  expect(cells.mean).toBeCloseTo(all.reduce((sum, value) => sum + value, 0) / 1000, 6);
  const { edges, counts } = cells.histogram(8);
  expect(edges).toHaveLength(9);
  expect(counts).toEqual(Array.from({ length: 8 }, (_, bin) => all.filter((value) => Math.min(7, Math.floor(8 * value)) === bin).length));
});

test('poured together tensors give the quantiles of all; a cleared one starts anew', () => {
  const [one, all] = [new Cells('wide'), new Cells('wide')];
  const parts = [wideValues(3, 500), wideValues(4, 1500).map((value) => value / 1e5)];
  for (const part of parts) {
    one.add(part);
    one.pourInto(all);
    one.clear();
    expect([one.total, one.quantiles()]).toEqual([0, null]);
  }
  const values = Float32Array.of(...parts[0]!, ...parts[1]!);
  all.quantiles()!.forEach((value, index) => expect(Math.abs(value / sorted(values)[index]! - 1)).toBeLessThan(2.5e-4));
});

test('zero counts as zero; NaN, infinities, negative numbers and beta1 above one do not', () => {
  const wide = new Cells('wide');
  wide.add(Float32Array.of(0, 0, 0, NaN, Infinity, -1, 5));
  expect([wide.total, wide.quantiles()?.slice(0, 2)]).toEqual([4, [0, 0]]);
  const unit = new Cells('unit');
  unit.add(Float32Array.of(NaN, 1.5, -0.5));
  expect(unit.quantiles()).toBeNull();
  expect(exactQuantiles(Float32Array.of(NaN, 1.5, -0.5, 0.25), { scale: 'unit' })).toEqual([0.25, 0.25, 0.25]);
  expect(exactQuantiles(Float32Array.of(NaN), { scale: 'wide' })).toBeNull();
});
