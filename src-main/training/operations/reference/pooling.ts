// References of the poolings and their gradients.
import type { PoolAttributes } from '../vocabulary.ts';
import { operand, zeros, type Operand, type Reference } from './define.ts';

type Window = { output: number; inputs: number[] };

/** The windows of one pooling: flat output index and the flat input indices inside the picture, row-major. */
function* windows(shape: number[], { size, stride, pads }: PoolAttributes): Generator<Window> {
  const [batch = 0, height = 0, width = 0, channels = 0] = shape;
  const out = (length: number) => Math.floor((length + pads[0] + pads[1] - size) / stride) + 1;
  let output = 0;
  for (let n = 0; n < batch; n += 1) {
    for (let oh = 0; oh < out(height); oh += 1) {
      for (let ow = 0; ow < out(width); ow += 1) {
        for (let c = 0; c < channels; c += 1) {
          const inputs: number[] = [];
          for (let tap = 0; tap < size * size; tap += 1) {
            const h = oh * stride - pads[0] + Math.floor(tap / size);
            const w = ow * stride - pads[0] + (tap % size);
            if (h >= 0 && h < height && w >= 0 && w < width) inputs.push(((n * height + h) * width + w) * channels + c);
          }
          yield { output, inputs };
          output += 1;
        }
      }
    }
  }
}

function outputShape(shape: number[], { size, stride, pads }: PoolAttributes): number[] {
  return shape.map((length, axis) => (axis === 1 || axis === 2 ? Math.floor((length + pads[0] + pads[1] - size) / stride) + 1 : length));
}

/** A NaN is kept, as it is larger than nothing and would get lost. */
const firstMaximum = ({ values }: Operand, inputs: number[]) => inputs.find((index) => Number.isNaN(values[index])) ?? inputs.reduce((best, index) => ((values[index] as number) > (values[best] as number) ? index : best));

export const maxPool: Reference<PoolAttributes> = (inputs, attributes) => {
  const x = operand(inputs, 'x');
  const y = zeros(outputShape(x.shape, attributes));
  for (const window of windows(x.shape, attributes)) y.values[window.output] = x.values[firstMaximum(x, window.inputs)] as number;
  return [y];
};

export const maxPoolGradient: Reference<PoolAttributes> = (inputs, attributes) => {
  const [dy, x] = [operand(inputs, 'dy'), operand(inputs, 'x')];
  const dx = zeros(x.shape);
  for (const window of windows(x.shape, attributes)) {
    const winner = firstMaximum(x, window.inputs);
    dx.values[winner] = (dx.values[winner] as number) + (dy.values[window.output] as number);
  }
  return [dx];
};

type Average = { size: number; stride: number };
const unpadded = ({ size, stride }: Average): PoolAttributes => ({ size, stride, pads: [0, 0] });

export const averagePool: Reference<Average> = (inputs, attributes) => {
  const x = operand(inputs, 'x');
  const y = zeros(outputShape(x.shape, unpadded(attributes)));
  for (const window of windows(x.shape, unpadded(attributes))) {
    y.values[window.output] = window.inputs.reduce((sum, index) => sum + (x.values[index] as number), 0) / window.inputs.length;
  }
  return [y];
};

export const averagePoolGradient: Reference<Average & { inputShape: number[] }> = (inputs, attributes) => {
  const dy = operand(inputs, 'dy');
  const dx = zeros(attributes.inputShape);
  for (const window of windows(attributes.inputShape, unpadded(attributes))) {
    for (const index of window.inputs) dx.values[index] = (dx.values[index] as number) + (dy.values[window.output] as number) / window.inputs.length;
  }
  return [dx];
};

export const globalAveragePool: Reference = (inputs) => {
  const x = operand(inputs, 'x');
  const [batch = 0, height = 0, width = 0, channels = 0] = x.shape;
  const pixels = height * width;
  const y = zeros([batch, channels]);
  x.values.forEach((value, index) => {
    const at = Math.floor(index / (pixels * channels)) * channels + (index % channels);
    y.values[at] = (y.values[at] as number) + value / pixels;
  });
  return [y];
};

export const globalAveragePoolGradient: Reference<{ inputShape: number[] }> = (inputs, { inputShape }) => {
  const dy = operand(inputs, 'dy');
  const [, height = 0, width = 0, channels = 0] = inputShape;
  const pixels = height * width;
  const dx = zeros(inputShape);
  dx.values.forEach((_, index) => {
    dx.values[index] = (dy.values[Math.floor(index / (pixels * channels)) * channels + (index % channels)] as number) / pixels;
  });
  return [dx];
};
