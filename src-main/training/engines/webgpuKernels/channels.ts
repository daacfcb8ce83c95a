// Batch normalisation, its gradient and its running statistics, and bias gradients: sums per channel, then one pass over the picture.
import type { BatchNormAttributes, RunningStatisticsAttributes } from '#operations/vocabulary';
import type { Block } from '../recording/block.ts';
import type { Sink } from '../webgpu/sink.ts';
import { joinPairs, partialPairs } from './reduce.ts';
import { channelsOf, emit, groupsFor, input, output, sizeOf, type BufferOf, type Lowering, type Operand, type Operands } from './shader.ts';

const named = (inputs: Operands, names: string[]): BufferOf[] => names.map((name) => [name, input(inputs, name).block]);

export const biasGradient: Lowering = (sink, inputs) => {
  const dy = input(inputs, 'dy');
  const channels = channelsOf(dy.shape);
  const db = output(sink, [channels]);
  const { partial, chunks } = partialPairs(sink, { rows: sizeOf(dy.shape) / channels, channels, buffers: [['dy', dy.block]], term: 'vec2f(dy[at], 0.0)' });
  joinPairs(sink, { partial, chunks, channels, buffers: [['result', db.block]], finish: 'result[c] = both.x;' });
  sink.free(partial);
  return [db];
};

/** result = Σ sources · scale[c] + shift, four channels per lane where they come in fours. `scale` holds [terms + 1, channels]. */
function affine(sink: Sink, sources: Operand[], { scale, y }: { scale: Block; y: Operand }): void {
  const channels = channelsOf(y.shape);
  const wide = channels % 4 === 0;
  const [element, step] = wide ? (['vec4f', channels / 4] as const) : (['f32', channels] as const);
  const count = sizeOf(y.shape) / (wide ? 4 : 1);
  const names = sources.map((_, index) => `x${index}`);
  // What is subtracted before scaling keeps digits that a single product and sum would cancel: (x - mean)·s + beta.
  const terms = names.map((name, index) => `(${name}[item] - scale[${2 * index}u * ${step}u + c]) * scale[${2 * index + 1}u * ${step}u + c]`).join(' + ');
  emit(sink, {
    buffers: [...sources.map(({ block }, index): BufferOf => [names[index] as string, block, element]), ['scale', scale, element], ['result', y.block, element]],
    body: `  if (item >= ${count}u) { return; }\n  let c = item % ${step}u;\n  result[item] = ${terms} + scale[${2 * sources.length}u * ${step}u + c];`,
    workgroups: groupsFor(count),
  });
}

export const batchNormTraining: Lowering<BatchNormAttributes> = (sink, inputs, { eps }) => {
  const x = input(inputs, 'x');
  const channels = channelsOf(x.shape);
  const rows = sizeOf(x.shape) / channels;
  // The first row is near enough to the mean to shift by; Σx² - n·mean² would lose all digits of a small variance beside a large mean.
  const { partial, chunks } = partialPairs(sink, { rows, channels, buffers: [['x', x.block]], before: 'let shift = x[c];', term: 'vec2f(x[at] - shift, (x[at] - shift) * (x[at] - shift))' });
  const [y, mean, variance] = [output(sink, x.shape), output(sink, [channels]), output(sink, [channels])];
  const scale = sink.allocate(4 * 3 * channels);
  joinPairs(sink, {
    partial, chunks, channels,
    buffers: [['x', x.block], ...named(inputs, ['gamma', 'beta']), ['mean', mean.block], ['variance', variance.block], ['scale', scale]],
    finish: `let moved = both.x / ${rows}.0;
    let spread = max(both.y / ${rows}.0 - moved * moved, 0.0);
    mean[c] = x[c] + moved;
    variance[c] = spread;
    scale[c] = x[c] + moved;
    scale[${channels}u + c] = gamma[c] / sqrt(spread + ${eps});
    scale[${2 * channels}u + c] = beta[c];`,
  });
  affine(sink, [x], { scale, y });
  [partial, scale].forEach((block) => sink.free(block));
  return [y, mean, variance];
};

export const batchNormGradient: Lowering<BatchNormAttributes> = (sink, inputs, { eps }) => {
  const [dy, x] = [input(inputs, 'dy'), input(inputs, 'x')];
  const channels = channelsOf(x.shape);
  const rows = sizeOf(x.shape) / channels;
  const { partial, chunks } = partialPairs(sink, {
    rows, channels, buffers: [['dy', dy.block], ['x', x.block], ...named(inputs, ['mean'])], before: 'let centre = mean[c];', term: 'vec2f(dy[at], dy[at] * (x[at] - centre))',
  });
  const [dx, dgamma, dbeta] = [output(sink, x.shape), output(sink, [channels]), output(sink, [channels])];
  const scale = sink.allocate(4 * 5 * channels);
  joinPairs(sink, {
    partial, chunks, channels,
    buffers: [...named(inputs, ['gamma', 'mean', 'variance']), ['dgamma', dgamma.block], ['dbeta', dbeta.block], ['scale', scale]],
    finish: `let inverse = 1.0 / sqrt(variance[c] + ${eps});
    dbeta[c] = both.x;
    dgamma[c] = both.y * inverse;
    scale[c] = both.x / ${rows}.0;
    scale[${channels}u + c] = gamma[c] * inverse;
    scale[${2 * channels}u + c] = mean[c];
    scale[${3 * channels}u + c] = -gamma[c] * inverse * inverse * inverse * both.y / ${rows}.0;
    scale[${4 * channels}u + c] = 0.0;`,
  });
  affine(sink, [dy, x], { scale, y: dx });
  [partial, scale].forEach((block) => sink.free(block));
  return [dx, dgamma, dbeta];
};

export const batchNormInference: Lowering<BatchNormAttributes> = (sink, inputs, { eps }) => {
  const x = input(inputs, 'x');
  const channels = channelsOf(x.shape);
  const scale = sink.allocate(4 * 3 * channels);
  const y = output(sink, x.shape);
  emit(sink, {
    buffers: [...named(inputs, ['gamma', 'beta', 'mean', 'variance']), ['scale', scale]],
    body: `  if (item >= ${channels}u) { return; }
  scale[item] = mean[item];
  scale[${channels}u + item] = gamma[item] / sqrt(variance[item] + ${eps});
  scale[${2 * channels}u + item] = beta[item];`,
    workgroups: groupsFor(channels),
  });
  affine(sink, [x], { scale, y });
  sink.free(scale);
  return [y];
};

export const runningStatistics: Lowering<RunningStatisticsAttributes> = (sink, inputs, { momentum, count }) => {
  const [oldMean, oldVariance] = [input(inputs, 'runningMean'), input(inputs, 'runningVariance')];
  const unbias = count > 1 ? count / (count - 1) : 1;
  const [mean, variance] = [sink.renew(oldMean.block), sink.renew(oldVariance.block)];
  emit(sink, {
    buffers: [...named(inputs, ['mean', 'variance']), ['newMean', mean], ['newVariance', variance]],
    body: `  if (item >= ${sizeOf(oldMean.shape)}u) { return; }
  newMean[item] = ${1 - momentum} * newMean[item] + ${momentum} * mean[item];
  newVariance[item] = ${1 - momentum} * newVariance[item] + ${momentum * unbias} * variance[item];`,
    workgroups: groupsFor(sizeOf(oldMean.shape)),
  });
  return [{ shape: oldMean.shape, block: mean }, { shape: oldVariance.shape, block: variance }];
};
