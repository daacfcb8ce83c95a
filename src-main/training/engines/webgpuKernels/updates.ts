// Gradient control and the optimizers' updates. They go over many tensors at once: a table says, per workgroup, where its part lies.
import { chunkOf, type Sink, type Update, type UpdateRule } from '../webgpu/sink.ts';
import { emit, input, nanTests, output, sizeOf, type Lowering, type Operand, type Operands } from './shader.ts';

export const gradientControl: Lowering<{ count: number }> = (sink, inputs, { count }) => {
  const parts = Array.from({ length: count }, (_, index) => input(inputs, `g${index}`)).map(({ shape, block }) => ({ block, count: sizeOf(shape) }));
  const total = parts.reduce((sum, part) => sum + Math.ceil(part.count / chunkOf), 0);
  const partial = sink.allocate(4 * Math.max(1, total));
  sink.emit({ kind: 'squares', parts, partial });
  const control = output(sink, [3]);
  emit(sink, {
    buffers: [['partial', partial], ['loss', input(inputs, 'loss').block], ['limits', input(inputs, 'hyper').block], ['result', control.block]],
    declarations: `${nanTests}var<workgroup> sums: array<f32, 256>;`,
    body: `  var total = 0.0;
  for (var part = lane; part < ${total}u; part += 256u) { total += partial[part]; }
  sums[lane] = total;
  workgroupBarrier();
  for (var step = 128u; step > 0u; step = step / 2u) {
    if (lane < step) { sums[lane] = sums[lane] + sums[lane + step]; }
    workgroupBarrier();
  }
  if (lane != 0u) { return; }
  let norm = sqrt(sums[0]);
  let skip = isNan(loss[0]) || isNan(sums[0]) || (limits[1] > 0.0 && norm >= limits[1]);
  result[0] = norm;
  result[1] = select(1.0, min(1.0, limits[0] / (norm + 1e-6)), limits[0] > 0.0);
  result[2] = select(1.0, 0.0, skip);`,
    workgroups: [1, 1, 1],
  });
  sink.free(partial);
  return [control];
};

/** An update in place: the parameter and its slots are renewed where they lie. */
const update = (slots: string[], ruleOf: (attributes: Record<string, boolean>) => UpdateRule): Lowering<Record<string, boolean>> => (sink: Sink, inputs: Operands, attributes) => {
  const [gradient, hyper, control] = [input(inputs, 'gradient'), input(inputs, 'hyper'), input(inputs, 'control')];
  const olds = ['parameter', ...slots].map((key) => input(inputs, key));
  const targets = olds.map(({ block }) => sink.renew(block));
  sink.emit({ kind: 'update', rule: ruleOf(attributes), count: sizeOf(gradient.shape), gradient: gradient.block, targets, hyper: hyper.block, control: control.block });
  return olds.map(({ shape }, index): Operand => ({ shape, block: targets[index] as Operand['block'] }));
};

export const vsgdUpdate = update(['mu', 'bg', 'bhg'], () => 'vsgd');
export const adamUpdate = update(['m', 'v'], ({ decoupled }) => (decoupled ? 'adamw' : 'adam'));
export const sgdUpdate = update(['buffer'], ({ nesterov }) => (nesterov ? 'nesterov' : 'sgd'));

/** The rules in WGSL, four elements at a time: `g` is the scaled gradient, `t0` the parameter, `t1` … its slots, `h(i)` the hyper numbers. */
const rules: Record<UpdateRule, string> = {
  vsgd: `
    let sg = fma(t2, vec4f(h(4u)), vec4f(h(8u)));
    let sh = fma(t3, vec4f(h(4u)), vec4f(h(9u)));
    let inverse = 1.0 / (sg + sh);
    // Shares of the whole come before products: sg sh would overflow after one gradient of 10^12, and leave NaN for good.
    let doubt = sh * inverse;
    let mean = fma(g, sg * inverse, t1 * doubt);
    let spread = sg * doubt;
    // m2 - 2 mu' mu + mu² = spread + (mu' - mu)²: the same without cancellation.
    let d1 = mean - t1;
    let d2 = mean - g;
    t1 = mean;
    t2 = fma(vec4f(h(2u)), fma(d1, d1, spread + h(5u)), (1.0 - h(2u)) * t2);
    t3 = fma(vec4f(h(3u)), fma(d2, d2, spread + h(6u)), (1.0 - h(3u)) * t3);
    t0 = t0 * h(1u) - h(0u) * mean / (sqrt(fma(mean, mean, spread)) + h(7u));`,
  adam: `
    let gradient = fma(vec4f(h(1u)), t0, g);
    t1 = fma(vec4f(h(2u)), t1, h(3u) * gradient);
    t2 = fma(vec4f(h(4u)), t2, h(5u) * gradient * gradient);
    t0 = t0 - h(0u) * t1 / fma(sqrt(t2), vec4f(h(6u)), vec4f(h(7u)));`,
  adamw: `
    t1 = fma(vec4f(h(2u)), t1, h(3u) * g);
    t2 = fma(vec4f(h(4u)), t2, h(5u) * g * g);
    t0 = t0 * h(1u) - h(0u) * t1 / fma(sqrt(t2), vec4f(h(6u)), vec4f(h(7u)));`,
  sgd: `
    t1 = fma(vec4f(h(2u)), t1, h(3u) * fma(vec4f(h(1u)), t0, g));
    t0 = t0 - h(0u) * t1;`,
  nesterov: `
    let gradient = fma(vec4f(h(1u)), t0, g);
    t1 = fma(vec4f(h(2u)), t1, h(3u) * gradient);
    t0 = t0 - h(0u) * fma(vec4f(h(2u)), t1, gradient);`,
};

/** Numbers that the table holds for each workgroup of an update: elements, gradient, targets, hyper, control. */
export const updateColumns = ({ targets }: Pick<Update, 'targets'>): number => targets.length + 4;

/** The buffers as WGSL sees them; the table comes first. */
const heads = (buffers: number, element: string) => [
  '@group(0) @binding(0) var<storage, read_write> table: array<u32>;',
  ...Array.from({ length: buffers }, (_, index) => `@group(0) @binding(${index + 1}) var<storage, read_write> buffer${index}: array<${element}>;`),
].join('\n');

/** Every hyper number that a rule mentions, h(i), as the component of the vector that holds it. */
const named = (rule: string): string => rule.replace(/\bh\((\d+)u\)/g, (_, index) => `hyper${Math.floor(Number(index) / 4)}[${Number(index) % 4}]`);
/** The vectors of hyper numbers that a rule mentions. */
const hypersOf = (rule: string): number[] => [...new Set(Array.from(rule.matchAll(/\bh\((\d+)u\)/g), ([, index]) => Math.floor(Number(index) / 4)))];

/**
 * WGSL of an update over a table. Offsets in the table count vec4f. What does not change is read before the loop: a compiler may not
 * take it out, as the loop writes to the same buffers.
 * @param homes the buffer of each column after the first: gradient, targets …, hyper, control
 */
export function updateSource(rule: UpdateRule, homes: number[], entries: number): string {
  const targets = homes.length - 3;
  const columns = homes.length + 1;
  const at = (column: number, offset: string) => `buffer${homes[column]}[at${column} + ${offset}]`;
  return `${heads(Math.max(...homes) + 1, 'vec4f')}
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32, @builtin(num_workgroups) groups: vec3u) {
  let number = group.y * groups.x + group.x;
  if (number >= ${entries}u) { return; }
  let entry = number * ${columns}u;
${homes.map((_, column) => `  let at${column} = table[entry + ${column + 1}u];`).join('\n')}
  let control = ${at(targets + 2, '0u')};
  if (control.z == 0.0) { return; }
${hypersOf(rules[rule]).map((index) => `  let hyper${index} = ${at(targets + 1, `${index}u`)};`).join('\n')}
  let count = (table[entry] + 3u) / 4u;
  for (var i = lane; i < count; i += 256u) {
    let g = ${at(0, 'i')} * control.y;
${Array.from({ length: targets }, (_, k) => `    var t${k} = ${at(k + 1, 'i')};`).join('\n')}
${named(rules[rule])}
${Array.from({ length: targets }, (_, k) => `    ${at(k + 1, 'i')} = t${k};`).join('\n')}
  }
}
`;
}

/** Numbers that the table holds for each workgroup of squares: elements, first element, place of the sum. */
export const squaresColumns = 3;

/**
 * WGSL of partial sums of squares over a table. Offsets in the table count elements.
 * @param homes the buffers of what is squared and of the sums
 */
export const squaresSource = (homes: number[], entries: number): string => `${heads(Math.max(...homes) + 1, 'f32')}
var<workgroup> sums: array<f32, 256>;
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32, @builtin(num_workgroups) groups: vec3u) {
  let entry = min(group.y * groups.x + group.x, ${entries - 1}u) * ${squaresColumns}u;
  let count = table[entry];
  let start = table[entry + 1u];
  var total = 0.0;
  for (var i = lane; i < count; i += 256u) {
    let v = buffer${homes[0]}[start + i];
    total = fma(v, v, total);
  }
  sums[lane] = total;
  workgroupBarrier();
  // In two rounds: a barrier costs more than sixteen sums, much more where a program plays the GPU.
  if (lane < 16u) {
    for (var other = 16u + lane; other < 256u; other += 16u) { total += sums[other]; }
    sums[lane] = total;
  }
  workgroupBarrier();
  if (lane == 0u) {
    for (var other = 1u; other < 16u; other++) { total += sums[other]; }
    buffer${homes[1]}[table[entry + 2u]] = total;
  }
}
`;
