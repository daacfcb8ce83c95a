// Lowerings of poolings.
import { outputSide } from '#operations/convolution';
import type { PoolAttributes } from '#operations/vocabulary';
import { averagePools, type AverageWindow } from '../recording/shared.ts';
import type { Sink } from '../wasm/sink.ts';
import { flat, input, output, sizeOf, type Lowering, type Operand } from './lower.ts';

function zeroed(sink: Sink, shape: number[]): Operand {
  const y = output(sink, shape);
  const { chunks, size } = flat(sizeOf(shape));
  sink.emit('fill', chunks, [size, sizeOf(shape), y.block, 0]);
  return y;
}

export const maxPool: Lowering<PoolAttributes> = (sink, inputs, { size, stride, pads }) => {
  const x = input(inputs, 'x');
  const [n = 0, h = 0, w = 0, c = 0] = x.shape;
  const [oh, ow] = [h, w].map((side) => outputSide(side, size, { stride, pads })) as [number, number];
  const y = output(sink, [n, oh, ow, c]);
  sink.emit('maxPool', Math.ceil((n * oh) / 8), [8, n * oh, h, w, c, oh, ow, size, stride, pads[0], x.block, y.block]);
  return [y];
};

export const maxPoolGradient: Lowering<PoolAttributes> = (sink, inputs, { size, stride, pads }) => {
  const [dy, x, y] = ['dy', 'x', 'y'].map((name) => input(inputs, name)) as [Operand, Operand, Operand];
  const [n = 0, h = 0, w = 0, c = 0] = x.shape;
  const dx = zeroed(sink, x.shape);
  sink.emit('maxPoolGradient', n, [h, w, c, dy.shape[1] ?? 0, dy.shape[2] ?? 0, size, stride, pads[0], dy.block, x.block, y.block, dx.block]);
  return [dx];
};

function average(sink: Sink, x: Operand, { height, width, stride }: AverageWindow): Operand {
  const [n = 0, h = 0, w = 0, c = 0] = x.shape;
  const [oh, ow] = [Math.floor((h - height) / stride) + 1, Math.floor((w - width) / stride) + 1];
  const y = output(sink, [n, oh, ow, c]);
  sink.emit('averagePool', n, [h, w, c, oh, ow, height, width, stride, x.block, y.block]);
  return y;
}

function averageGradient(sink: Sink, dy: Operand, { height, width, stride, inputShape }: AverageWindow & { inputShape: number[] }): Operand {
  const [n = 0, h = 0, w = 0, c = 0] = inputShape;
  const dx = zeroed(sink, inputShape);
  sink.emit('averagePoolGradient', n, [h, w, c, Math.floor((h - height) / stride) + 1, Math.floor((w - width) / stride) + 1, height, width, stride, dy.block, dx.block]);
  return dx;
}

export const { averagePool, averagePoolGradient, globalAveragePool, globalAveragePoolGradient } = averagePools({ average, averageGradient });
