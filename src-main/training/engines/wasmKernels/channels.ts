// Lowerings of batch normalisation, bias gradients, gradient control and the updates.
import type { BatchNormAttributes, RunningStatisticsAttributes } from '#operations/vocabulary';
import { at, type Argument, type Block, type Sink } from '../wasm/sink.ts';
import { flat, input, output, rowChunks, sizeOf, type Lowering, type Operand, type Operands } from './lower.ts';

const lastOf = (shape: number[]) => shape.at(-1) ?? 1;

/** Columns of partial sums that one chunk joins. */
const joinedColumns = 64;

/** Σ (a - s) and Σ (a - s)·(b - t) per channel, in float64. */
function channelTotals(sink: Sink, [a, b]: [Operand, Operand], [s, t]: [Block | 0, Block | 0]) {
  const channels = lastOf(a.shape);
  const rows = sizeOf(a.shape) / channels;
  const { chunks, size } = rowChunks(rows, channels);
  const partial = sink.allocate(4 * 2 * chunks * channels);
  sink.emit('channelSums', chunks, [size, rows, channels, a.block, b.block, s, t, partial]);
  const totals = sink.allocate(8 * 2 * channels);
  sink.emit('joinChunks', Math.ceil((2 * channels) / joinedColumns), [joinedColumns, chunks, 2 * channels, partial, totals]);
  sink.free(partial);
  return { channels, rows, chunks, size, totals };
}

const blocksOf = (inputs: Operands, names: string[]) => names.map((name) => input(inputs, name).block);

export const biasGradient: Lowering = (sink, inputs) => {
  const dy = input(inputs, 'dy');
  const { channels, totals } = channelTotals(sink, [dy, dy], [0, 0]);
  const db = output(sink, [channels]);
  sink.emit('joinSums', 1, [channels, totals, db.block]);
  sink.free(totals);
  return [db];
};

export const batchNormTraining: Lowering<BatchNormAttributes> = (sink, inputs, { eps }) => {
  const x = input(inputs, 'x');
  // Its first row is near enough to the mean to shift by.
  const { channels, rows, chunks, size, totals } = channelTotals(sink, [x, x], [x.block, x.block]);
  const [y, mean, variance] = [output(sink, x.shape), output(sink, [channels]), output(sink, [channels])];
  const scale = sink.allocate(4 * 3 * channels);
  sink.emit('batchStatistics', 1, [channels, rows, totals, x.block, ...blocksOf(inputs, ['gamma', 'beta']), eps, mean.block, variance.block, scale]);
  sink.emit('affine', chunks, [size, rows, channels, x.block, scale, y.block]);
  [totals, scale].forEach((block) => sink.free(block));
  return [y, mean, variance];
};

export const batchNormGradient: Lowering<BatchNormAttributes> = (sink, inputs, { eps }) => {
  const [dy, x] = [input(inputs, 'dy'), input(inputs, 'x')];
  const { channels, rows, chunks, size, totals } = channelTotals(sink, [dy, x], [0, input(inputs, 'mean').block]);
  const [dx, dgamma, dbeta] = [output(sink, x.shape), output(sink, [channels]), output(sink, [channels])];
  const scale = sink.allocate(4 * 4 * channels);
  sink.emit('gradientStatistics', 1, [channels, rows, totals, ...blocksOf(inputs, ['gamma', 'mean', 'variance']), eps, dgamma.block, dbeta.block, scale]);
  sink.emit('affine2', chunks, [size, rows, channels, dy.block, x.block, scale, dx.block]);
  [totals, scale].forEach((block) => sink.free(block));
  return [dx, dgamma, dbeta];
};

export const batchNormInference: Lowering<BatchNormAttributes> = (sink, inputs, { eps }) => {
  const x = input(inputs, 'x');
  const channels = lastOf(x.shape);
  const rows = sizeOf(x.shape) / channels;
  const { chunks, size } = rowChunks(rows, channels);
  const scale = sink.allocate(4 * 3 * channels);
  const y = output(sink, x.shape);
  sink.emit('knownStatistics', 1, [channels, ...blocksOf(inputs, ['gamma', 'beta', 'mean', 'variance']), eps, scale]);
  sink.emit('affine', chunks, [size, rows, channels, x.block, scale, y.block]);
  sink.free(scale);
  return [y];
};

export const runningStatistics: Lowering<RunningStatisticsAttributes> = (sink, inputs, { momentum, count }) => {
  const [oldMean, oldVariance, mean, variance] = ['runningMean', 'runningVariance', 'mean', 'variance'].map((name) => input(inputs, name)) as [Operand, Operand, Operand, Operand];
  const unbias = count > 1 ? count / (count - 1) : 1;
  const [newMean, newVariance] = [sink.renew(oldMean.block), sink.renew(oldVariance.block)];
  sink.emit('runningStatistics', 1, [sizeOf(mean.shape), newMean, newVariance, mean.block, variance.block, momentum, unbias, newMean, newVariance]);
  return [{ shape: oldMean.shape, block: newMean }, { shape: oldVariance.shape, block: newVariance }];
};

export const gradientControl: Lowering<{ count: number }> = (sink, inputs, { count }) => {
  const gradients = Array.from({ length: count }, (_, index) => input(inputs, `g${index}`));
  const parts = gradients.map(({ shape }) => flat(sizeOf(shape), 32768));
  const total = parts.reduce((all, { chunks }) => all + chunks, 0);
  const partials = sink.allocate(8 * total);
  let offset = 0;
  gradients.forEach(({ shape, block }, index) => {
    const { chunks, size } = parts[index] as { chunks: number; size: number };
    sink.emit('squares', chunks, [size, sizeOf(shape), block, at(partials, 8 * offset)]);
    offset += chunks;
  });
  const control = output(sink, [3]);
  sink.emit('control', 1, [partials, total, ...blocksOf(inputs, ['loss', 'hyper']), control.block]);
  sink.free(partials);
  return [control];
};

/** An update in place: the parameter and its slots are renewed where they lie. */
const update = (name: string, slots: string[], flagOf?: (attributes: Record<string, boolean>) => number): Lowering<Record<string, boolean>> => (sink, inputs, attributes) => {
  const gradient = input(inputs, 'gradient');
  const olds = ['parameter', ...slots].map((key) => input(inputs, key));
  const [parameter, ...state] = olds.map(({ block }) => sink.renew(block)) as [ReturnType<Sink['renew']>, ...ReturnType<Sink['renew']>[]];
  const { chunks, size } = flat(sizeOf(gradient.shape), 16384);
  const flags: Argument[] = flagOf ? [flagOf(attributes)] : [];
  sink.emit(name, chunks, [size, sizeOf(gradient.shape), parameter, gradient.block, ...state, ...blocksOf(inputs, ['hyper', 'control']), ...flags]);
  return olds.map(({ shape }, index) => ({ shape, block: [parameter, ...state][index] as typeof parameter }));
};

export const vsgdUpdate = update('vsgd', ['mu', 'bg', 'bhg']);
export const adamUpdate = update('adam', ['m', 'v'], ({ decoupled }) => (decoupled ? 1 : 0));
export const sgdUpdate = update('sgd', ['buffer'], ({ nesterov }) => (nesterov ? 1 : 0));
