// The linear layer as plain products, and softmax cross entropy: a workgroup per row, then one that adds the rows in order.
import type { Block } from '../recording/block.ts';
import type { Sink } from '../webgpu/sink.ts';
import { multiply } from '../webgpuProducts/matrix.ts';
import type { Factor } from '../webgpuProducts/product.ts';
import { emit, input, output, sizeOf, type Lowering, type Operand } from './shader.ts';

/** A matrix [side, depth] or [depth, side] as a factor; elements outside are zero. */
type Matrix = { name: string; block: Block; sides: number; depth: number; along: 'depth' | 'side' };

function factorOf({ name, sides, depth, along }: Matrix): { factor: Factor; wide: boolean; declarations: string } {
  const pitch = along === 'depth' ? depth : sides;
  const wide = pitch % 4 === 0;
  const index = (offset: string) => (along === 'depth' ? `${name}Index(u32(at.x), k + ${offset})` : `${name}Index(u32(at.x) + ${offset}, k)`);
  return {
    wide,
    factor: { along, prepare: 'return vec4i(i32(side), 0, 0, 0);', buffer: name, wide, index },
    declarations: `fn ${name}Index(side: u32, k: u32) -> i32 { return select(-1, i32(${along === 'depth' ? `side * ${pitch}u + k` : `k * ${pitch}u + side`}), side < ${sides}u && k < ${depth}u); }\n`,
  };
}

function product(sink: Sink, { a, b, bias }: { a: Matrix; b: Matrix; bias?: Block | undefined }): Operand {
  const y = output(sink, [a.sides, b.sides]);
  const [left, right] = [factorOf(a), factorOf(b)];
  multiply(sink, {
    rows: a.sides, columns: b.sides, depth: a.depth, batch: 1, a: left.factor, b: right.factor, bias, gradient: a.name === 'dy' ? 'a' : b.name === 'dy' ? 'b' : undefined,
    buffers: [[a.name, a.block, left.wide ? 'vec4f' : 'f32'], [b.name, b.block, right.wide ? 'vec4f' : 'f32']],
    declarations: left.declarations + right.declarations,
    y: { block: y.block, count: sizeOf(y.shape), channels: b.sides }, wide: b.sides % 4 === 0,
    place: `return select(-1, i32(m * ${b.sides}u + n), m < ${a.sides}u && n < ${b.sides}u);`,
  });
  return y;
}

export const linear: Lowering = (sink, inputs) => {
  const [x, weight] = [input(inputs, 'x'), input(inputs, 'weight')];
  const [outputs = 0, depth = 0] = weight.shape;
  return [product(sink, {
    a: { name: 'x', block: x.block, sides: x.shape[0] ?? 0, depth, along: 'depth' },
    b: { name: 'weight', block: weight.block, sides: outputs, depth, along: 'depth' }, bias: inputs.bias?.block,
  })];
};

export const linearInputGradient: Lowering = (sink, inputs) => {
  const [dy, weight] = [input(inputs, 'dy'), input(inputs, 'weight')];
  const [depth = 0, columns = 0] = weight.shape;
  return [product(sink, {
    a: { name: 'dy', block: dy.block, sides: dy.shape[0] ?? 0, depth, along: 'depth' },
    b: { name: 'weight', block: weight.block, sides: columns, depth, along: 'side' },
  })];
};

export const linearWeightGradient: Lowering = (sink, inputs) => {
  const [x, dy] = [input(inputs, 'x'), input(inputs, 'dy')];
  const [depth = 0, columns = 0] = x.shape;
  return [product(sink, {
    a: { name: 'dy', block: dy.block, sides: dy.shape[1] ?? 0, depth, along: 'side' },
    b: { name: 'x', block: x.block, sides: columns, depth, along: 'side' },
  })];
};

const lanes = 64;
/** Joins a value per lane pairwise, in a fixed order; every lane gets the result. */
const join = (name: string, operation: (a: string, b: string) => string) => `
  shared${name}[lane] = ${name};
  workgroupBarrier();
  for (var step = ${lanes / 2}u; step > 0u; step = step / 2u) {
    if (lane < step) { shared${name}[lane] = ${operation(`shared${name}[lane]`, `shared${name}[lane + step]`)}; }
    workgroupBarrier();
  }
  let joined${name} = shared${name}[0];
`;
const shared = (...names: [string, string][]) => names.map(([name, type]) => `var<workgroup> shared${name}: array<${type}, ${lanes}>;\n`).join('');
const plus = (a: string, b: string) => `${a} + ${b}`;

export const softmaxCrossEntropy: Lowering = (sink, inputs) => {
  const [logits, labels] = [input(inputs, 'logits'), input(inputs, 'labels')];
  const [rows = 0, classes = 0] = logits.shape;
  const [loss, probabilities, correct] = [output(sink, []), output(sink, logits.shape), output(sink, [])];
  const parts = sink.allocate(4 * 3 * rows);
  emit(sink, {
    buffers: [['logits', logits.block], ['labels', labels.block, 'i32'], ['probabilities', probabilities.block], ['parts', parts]],
    declarations: shared(['Largest', 'f32'], ['Sum', 'f32'], ['First', 'u32']),
    lanes, workgroups: [rows, 1, 1],
    body: `  let base = group.x * ${classes}u;
  var Largest = -3.4e38;
  for (var k = lane; k < ${classes}u; k += ${lanes}u) { Largest = max(Largest, logits[base + k]); }
${join('Largest', (a, b) => `max(${a}, ${b})`)}
  var Sum = 0.0;
  var First = ${classes}u;
  for (var k = lane; k < ${classes}u; k += ${lanes}u) {
    Sum += exp(logits[base + k] - joinedLargest);
    if (logits[base + k] == joinedLargest) { First = min(First, k); }
  }
${join('Sum', plus)}${join('First', (a, b) => `min(${a}, ${b})`)}
  for (var k = lane; k < ${classes}u; k += ${lanes}u) { probabilities[base + k] = exp(logits[base + k] - joinedLargest) / joinedSum; }
  if (lane == 0u) {
    let label = labels[group.x];
    let counts = label >= 0;
    parts[3u * group.x] = select(0.0, joinedLargest + log(joinedSum) - logits[base + u32(max(label, 0))], counts);
    parts[3u * group.x + 1u] = select(0.0, 1.0, counts && joinedFirst == u32(label));
    parts[3u * group.x + 2u] = select(0.0, 1.0, counts);
  }`,
  });
  emit(sink, {
    buffers: [['parts', parts], ['loss', loss.block], ['correct', correct.block]],
    declarations: shared(['Sums', 'vec3f']), lanes, workgroups: [1, 1, 1],
    body: `  var Sums = vec3f(0.0);
  for (var row = lane; row < ${rows}u; row += ${lanes}u) { Sums += vec3f(parts[3u * row], parts[3u * row + 1u], parts[3u * row + 2u]); }
${join('Sums', plus)}
  if (lane == 0u) { loss[0] = joinedSums.x / joinedSums.z; correct[0] = joinedSums.y; }`,
  });
  sink.free(parts);
  return [loss, probabilities, correct];
};

export const softmaxCrossEntropyGradient: Lowering = (sink, inputs) => {
  const [dloss, probabilities, labels] = [input(inputs, 'dloss'), input(inputs, 'probabilities'), input(inputs, 'labels')];
  const [rows = 0, classes = 0] = probabilities.shape;
  const dlogits = output(sink, probabilities.shape);
  emit(sink, {
    buffers: [['dloss', dloss.block], ['probabilities', probabilities.block], ['labels', labels.block, 'i32'], ['result', dlogits.block]],
    declarations: shared(['Count', 'u32']), lanes, workgroups: [rows, 1, 1],
    body: `  var Count = 0u;
  for (var row = lane; row < ${rows}u; row += ${lanes}u) { if (labels[row] >= 0) { Count += 1u; } }
${join('Count', plus)}
  let label = labels[group.x];
  let scale = dloss[0] / f32(joinedCount);
  for (var k = lane; k < ${classes}u; k += ${lanes}u) {
    let at = group.x * ${classes}u + k;
    result[at] = select(0.0, scale * (probabilities[at] - select(0.0, 1.0, i32(k) == label)), label >= 0);
  }`,
  });
  return [dlogits];
};
