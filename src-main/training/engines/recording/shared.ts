// Lowerings that are alike on every engine over blocks, made from its own ones.
import type { BlockSource } from './block.ts';
import type { Lowering } from './kernels.ts';
import { input, type Operand } from './operands.ts';

/** The window of an average pooling, without pads. */
export type AverageWindow = { height: number; width: number; stride: number };

/** Average pooling with any window and its gradient, of one engine. */
export type Averages<S> = {
  average(sink: S, x: Operand, window: AverageWindow): Operand;
  averageGradient(sink: S, dy: Operand, window: AverageWindow & { inputShape: number[] }): Operand;
};

type Square = { size: number; stride: number };
type Like = { inputShape: number[] };

/** The average poolings of vocabulary.ts: square windows, and the whole picture as one window. */
export function averagePools<S>({ average, averageGradient }: Averages<S>): {
  averagePool: Lowering<S, Square>; averagePoolGradient: Lowering<S, Square & Like>; globalAveragePool: Lowering<S>; globalAveragePoolGradient: Lowering<S, Like>;
} {
  return {
    averagePool: (sink, inputs, { size, stride }) => [average(sink, input(inputs, 'x'), { height: size, width: size, stride })],
    averagePoolGradient: (sink, inputs, { size, stride, inputShape }) => [averageGradient(sink, input(inputs, 'dy'), { height: size, width: size, stride, inputShape })],
    globalAveragePool: (sink, inputs) => {
      const x = input(inputs, 'x');
      const [n = 0, height = 0, width = 0, c = 0] = x.shape;
      return [{ shape: [n, c], block: average(sink, x, { height, width, stride: 1 }).block }];
    },
    globalAveragePoolGradient: (sink, inputs, { inputShape }) => {
      const [, height = 0, width = 0] = inputShape;
      return [averageGradient(sink, input(inputs, 'dy'), { height, width, stride: 1, inputShape })];
    },
  };
}

/** The sum of all inputs in their order, by an addition of two. */
export const chained = <S extends BlockSource>(add: Lowering<S>): Lowering<S> => (sink, inputs) => {
  const [first, ...rest] = Object.values(inputs) as [Operand, ...Operand[]];
  return [rest.reduce((a, b) => {
    const [y] = add(sink, { a, b }, {}) as [Operand];
    if (a !== first) sink.free(a.block);
    return y;
  }, first)];
};
