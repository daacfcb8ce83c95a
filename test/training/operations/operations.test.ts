// Layer operations at odd shapes: wasm's kernels against the plain loops, value and gradients, every input.
import { engine as tfEngine, grads, setBackend, tensor, tidy, type Tensor, type Tensor1D, type Tensor2D, type Tensor3D, type Tensor4D } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCpuEngine, createWasmEngine, type Engine } from '#training';
import { gelu, relu } from '../../../src-main/training/operations/activation.ts';
import { conv2d, depthwiseConv2d } from '../../../src-main/training/operations/convolution.ts';
import { linear } from '../../../src-main/training/operations/linear.ts';
import { batchNormInference, batchNormTraining } from '../../../src-main/training/operations/normalization.ts';
import { averagePool2d, globalAveragePool, maxPool2d } from '../../../src-main/training/operations/pooling.ts';

type Operation = (...inputs: Tensor[]) => Tensor;
type Case = [name: string, shapes: number[][], operation: Operation];

const conv = (stride: number, pads: [number, number], groups = 1): Operation => (x, filter, bias) =>
  conv2d({ x: x as Tensor4D, filter: filter as Tensor4D, ...(bias ? { bias: bias as Tensor1D } : {}) }, { stride, pads, groups });

const cases: Case[] = [
  ['1 → 5 channels, 3×3', [[2, 5, 6, 1], [3, 3, 1, 5], [5]], conv(1, [1, 1])],
  ['3 → 16 channels, 2×2 patches', [[2, 7, 7, 3], [2, 2, 3, 16], [16]], conv(2, [0, 0])],
  ['stem 7×7 with stride 2', [[1, 9, 9, 3], [7, 7, 3, 8]], conv(2, [3, 3])],
  ['3×3 with stride 2, even side', [[2, 8, 8, 8], [3, 3, 8, 12]], conv(2, [1, 1])],
  ['1×1 with stride 2', [[2, 5, 5, 8], [1, 1, 8, 8]], conv(2, [0, 0])],
  ['1×1 with stride 3: unreached pixels', [[1, 7, 7, 4], [1, 1, 4, 8]], conv(3, [0, 0])],
  ['two groups', [[2, 4, 4, 16], [3, 3, 8, 16]], conv(1, [1, 1], 2)],
  ['depthwise 3×3', [[2, 5, 6, 8], [3, 3, 8], [8]], (x, filter, bias) => depthwiseConv2d({ x: x as Tensor4D, filter: filter as Tensor3D, bias: bias as Tensor1D }, [1, 1])],
  ['depthwise 5×5, narrow picture, odd channels', [[2, 4, 3, 3], [5, 5, 3], [3]], (x, filter, bias) => depthwiseConv2d({ x: x as Tensor4D, filter: filter as Tensor3D, bias: bias as Tensor1D }, [2, 2])],
  ['depthwise 4×4, uneven pads', [[1, 6, 6, 4], [4, 4, 4], [4]], (x, filter, bias) => depthwiseConv2d({ x: x as Tensor4D, filter: filter as Tensor3D, bias: bias as Tensor1D }, [1, 2])],
  ['depthwise 7×7', [[1, 9, 9, 4], [7, 7, 4], [4]], (x, filter, bias) => depthwiseConv2d({ x: x as Tensor4D, filter: filter as Tensor3D, bias: bias as Tensor1D }, [3, 3])],
  ['batch norm, odd channels', [[3, 4, 5, 7], [7], [7]], (x, gamma, beta) => batchNormTraining({ x: x as Tensor4D, gamma: gamma as Tensor1D, beta: beta as Tensor1D }, 1e-5).y],
  ['linear, 7 → 10', [[5, 7], [10, 7], [10]], (x, weight, bias) => linear({ x: x as Tensor2D, weight: weight as Tensor2D, bias: bias as Tensor1D })],
  ['linear, 16 → 8', [[3, 16], [8, 16], [8]], (x, weight, bias) => linear({ x: x as Tensor2D, weight: weight as Tensor2D, bias: bias as Tensor1D })],
  ['max pooling 3×3/2 with pads', [[2, 7, 6, 5]], (x) => maxPool2d(x as Tensor4D, { size: 3, stride: 2, pads: [1, 1] })],
  ['max pooling 2×2', [[2, 6, 6, 8]], (x) => maxPool2d(x as Tensor4D, { size: 2, stride: 2, pads: [0, 0] })],
  ['average pooling', [[2, 6, 6, 3]], (x) => averagePool2d(x as Tensor4D, { size: 3, stride: 2 })],
  ['global average pooling', [[2, 3, 4, 6]], (x) => globalAveragePool(x as Tensor4D)],
  ['GELU', [[3, 11]], (x) => gelu(x)],
  ['ReLU', [[3, 11]], (x) => relu(x)],
];

let wasm: Engine;
beforeAll(async () => {
  await createCpuEngine();
  wasm = await createWasmEngine({ threads: 1 });
});
afterAll(() => wasm.dispose());

/** Value, and the gradient by every input, for an uneven upstream gradient. */
async function compute(backend: string, shapes: number[][], operation: Operation): Promise<Float32Array[]> {
  await setBackend(backend);
  return tidy(() => {
    const inputs = shapes.map((shape, k) => tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.7 + k)), shape));
    const y = operation(...inputs);
    const dy = tensor(Float32Array.from({ length: y.size }, (_, i) => Math.cos(i * 0.9)), y.shape);
    return [y, ...grads(operation)(inputs, dy)].map((one) => one.dataSync() as Float32Array);
  });
}

test.each(cases)('%s', async (_name, shapes, operation) => {
  const wanted = await compute('cpu', shapes, operation);
  const actual = await compute(wasm.backend, shapes, operation);
  wanted.forEach((values, k) => {
    const size = Math.max(1, ...values.map(Math.abs));
    values.forEach((value, i) => expect(Math.abs(value - actual[k]![i]!), `output ${k}, element ${i}`).toBeLessThan(2e-5 * size));
  });
});

test('inference batch norm is the training one with the same statistics', async () => {
  await setBackend(wasm.backend);
  const difference = tidy(() => {
    const [x, gamma, beta] = [[2, 3, 3, 6], [6], [6]].map((shape) => tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i)), shape));
    const { y, mean, variance } = batchNormTraining({ x: x as Tensor4D, gamma: gamma as Tensor1D, beta: beta as Tensor1D }, 1e-5);
    const again = batchNormInference({ x: x as Tensor4D, gamma: gamma as Tensor1D, beta: beta as Tensor1D, mean, variance }, 1e-5);
    const [a, b] = [y.dataSync(), again.dataSync()];
    return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
  });
  expect(difference).toBeLessThan(1e-5);
  expect(tfEngine().backendName).toBe(wasm.backend);
});

test('the oracle\'s max pooling keeps a NaN wherever it stands in the window, as the engines do', async () => {
  const picture = () => tidy(() => maxPool2d(tensor([1, NaN, 3, 4, 5, 6, 7, NaN, 1, 2, 3, 4, 5, 6, 7, 8], [1, 4, 4, 1]) as Tensor4D, { size: 2, stride: 2, pads: [0, 0] }).dataSync());
  await setBackend('cpu');
  const wanted = picture();
  expect(Array.from(wanted)).toEqual([NaN, NaN, 6, 8]);
  await setBackend(wasm.backend);
  expect(picture()).toEqual(wanted);
});
