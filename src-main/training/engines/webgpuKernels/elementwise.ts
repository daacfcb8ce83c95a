// Activations, sums and products of tensors, conversions, and sums over axes.
import { broadcast_util, util } from '@tensorflow/tfjs-core';
import { chained } from '../recording/shared.ts';
import type { Sink } from '../webgpu/sink.ts';
import { emit, groupsFor, input, nanTests, output, sizeOf, stridesOf, type BufferOf, type Lowering, type Operand } from './shader.ts';

/** Φ(x) = (1 + erf(x / √2)) / 2 by Abramowitz, Stegun 7.1.26 (|error| <= 1e-7), given e = exp(-x² / 2). */
const normalCdf = `
fn bell(x: vec4f) -> vec4f { return exp(min(x * x, vec4f(170.0)) * -0.5); }
fn normalCdf(x: vec4f, e: vec4f) -> vec4f {
  let t = 1.0 / fma(abs(x) * 0.70710678, vec4f(0.3275911), vec4f(1.0));
  var p = fma(vec4f(1.061405429), t, vec4f(-1.453152027));
  p = fma(p, t, vec4f(1.421413741));
  p = fma(p, t, vec4f(-0.284496736));
  p = fma(p, t, vec4f(0.254829592));
  let tail = p * t * e * 0.5;
  return select(tail, 1.0 - tail, x > vec4f(0.0));
}
`;

/** A kernel over flat arrays of equal shape, four elements per lane. */
const elementwise = (names: string[], expression: string, declarations = ''): Lowering => (sink, inputs) => {
  const operands = names.map((key) => input(inputs, key));
  const { shape } = operands[0] as Operand;
  const y = output(sink, shape);
  emit(sink, {
    buffers: [...operands.map(({ block }, index): BufferOf => [names[index] as string, block, 'vec4f']), ['result', y.block, 'vec4f']],
    declarations,
    body: `  if (item >= arrayLength(&result)) { return; }\n  result[item] = ${expression};`,
    workgroups: groupsFor(sizeOf(shape) / 4),
  });
  return [y];
};

export const relu = elementwise(['x'], 'select(max(x[item], vec4f(0.0)), x[item], areNan(x[item]))', nanTests);
export const reluGradient = elementwise(['dy', 'y'], 'select(vec4f(0.0), dy[item], y[item] > vec4f(0.0))');
export const gelu = elementwise(['x'], 'x[item] * normalCdf(x[item], bell(x[item]))', normalCdf);
export const geluGradient = elementwise(['dy', 'x'], 'dy[item] * fma(x[item] * 0.39894228, bell(x[item]), normalCdf(x[item], bell(x[item])))', normalCdf);
export const toFloat = elementwise(['x'], 'vec4f(bitcast<vec4i>(x[item]))');
export const toInteger = elementwise(['x'], 'bitcast<vec4f>(vec4i(x[item]))');

/** One block into another of the same size. */
export function copyBlock(sink: Sink, from: Operand['block'], to: Operand['block']): void {
  emit(sink, {
    buffers: [['x', from, 'vec4f'], ['result', to, 'vec4f']],
    body: '  if (item >= arrayLength(&result)) { return; }\n  result[item] = x[item];', workgroups: groupsFor(to.bytes / 16),
  });
}

/** WGSL of the offset, with these strides, of element `at` of a grid of these sides. */
export function offsetOf(sides: number[], strides: number[], at: string): string {
  const steps = stridesOf(sides);
  const terms = sides.map((side, axis) => (strides[axis] === 0 || side === 1 ? '' : `(${at} / ${steps[axis]}u) % ${side}u * ${strides[axis]}u`)).filter((term) => term !== '');
  return terms.length === 0 ? '0u' : terms.join(' + ');
}

/** A kernel of two operands that are broadcast to one shape. */
const binary = (operator: string): Lowering => {
  const flat = elementwise(['a', 'b'], `a[item] ${operator} b[item]`);
  return (sink, inputs) => {
    const [a, b] = [input(inputs, 'a'), input(inputs, 'b')];
    const shape = broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const count = sizeOf(shape);
    if (sizeOf(a.shape) === count && sizeOf(b.shape) === count) return [{ shape, block: (flat(sink, inputs, {})[0] as Operand).block }];
    const y = output(sink, shape);
    const at = (operand: Operand) => {
      const sides = [...Array<number>(shape.length - operand.shape.length).fill(1), ...operand.shape];
      return offsetOf(shape, stridesOf(sides).map((stride, axis) => (sides[axis] === 1 ? 0 : stride)), 'item');
    };
    emit(sink, {
      buffers: [['a', a.block], ['b', b.block], ['result', y.block]],
      body: `  if (item >= ${count}u) { return; }\n  result[item] = a[${at(a)}] ${operator} b[${at(b)}];`,
      workgroups: groupsFor(count),
    });
    return [y];
  };
};

export const add = binary('+');
export const multiply = binary('*');

export const addAll = chained(add);

/** Sums over axes, each by one lane in order: for the few small tensors that gradients of broadcasts leave. */
export const sum: Lowering<{ axis?: number[] | number; keepDims?: boolean }> = (sink, inputs, { axis, keepDims }) => {
  const x = input(inputs, 'x');
  const axes = util.parseAxisParam(axis as number[], x.shape);
  const strides = stridesOf(x.shape);
  const part = (over: boolean) => x.shape.map((_, at) => at).filter((at) => axes.includes(at) === over);
  const offsets = (over: boolean, at: string) => offsetOf(part(over).map((one) => x.shape[one] as number), part(over).map((one) => strides[one] as number), at);
  const y = output(sink, x.shape.flatMap((side, at) => (axes.includes(at) ? (keepDims ? [1] : []) : [side])));
  const count = sizeOf(y.shape);
  emit(sink, {
    buffers: [['x', x.block], ['result', y.block]],
    body: `  if (item >= ${count}u) { return; }
  let base = ${offsets(false, 'item')};
  var total = 0.0;
  for (var k = 0u; k < ${sizeOf(x.shape) / Math.max(1, count)}u; k++) { total += x[base + ${offsets(true, 'k')}]; }
  result[item] = total;`,
    workgroups: groupsFor(count),
  });
  return [y];
};
