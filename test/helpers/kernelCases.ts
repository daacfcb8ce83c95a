// The kernels' cases for every engine, against the plain loops of the cpu engine.
import { expect } from 'vitest';
import { tolerances } from '../reference/tolerances.ts';
import { runCase, type KernelCase } from './kernels.ts';

const conv = (size: number, channels: [number, number], { stride = 1, pads = [0, 0], groups = 1, side = 3, width = size, bias = false }: { stride?: number; pads?: number[]; groups?: number; side?: number; width?: number; bias?: boolean } = {}): KernelCase[] => {
  const [inputs, outputs] = channels;
  const out = (length: number) => Math.floor((length + pads[0]! + pads[1]! - side) / stride) + 1;
  const [x, dy, filter] = [[2, size, width, inputs], [2, out(size), out(width), outputs], [side, side, inputs / groups, outputs]];
  const attributes = { stride, pads, groups };
  return [
    { name: 'LabConv2D', inputs: { x: { shape: x }, filter: { shape: filter }, ...(bias ? { bias: { shape: [outputs] } } : {}) }, attributes },
    { name: 'LabConv2DInputGradient', inputs: { dy: { shape: dy }, filter: { shape: filter } }, attributes: { ...attributes, inputShape: x } },
    { name: 'LabConv2DFilterGradient', inputs: { x: { shape: x }, dy: { shape: dy } }, attributes: { ...attributes, filterShape: filter } },
  ];
};

const depthwise = (side: number, channels: number, { pads = [(side - 1) >> 1, side >> 1], height = 9, width = 7 } = {}): KernelCase[] => {
  const shape = [3, height, width, channels];
  const dy = [3, height + pads[0]! + pads[1]! - side + 1, width + pads[0]! + pads[1]! - side + 1, channels];
  const filter = [side, side, channels];
  return [
    { name: 'LabDepthwiseConv2D', inputs: { x: { shape }, filter: { shape: filter }, bias: { shape: [channels] } }, attributes: { pads } },
    { name: 'LabDepthwiseConv2DInputGradient', inputs: { dy: { shape: dy }, filter: { shape: filter } }, attributes: { pads } },
    { name: 'LabDepthwiseConv2DFilterGradient', inputs: { x: { shape }, dy: { shape: dy } }, attributes: { pads, filterShape: filter } },
  ];
};

const channelwise = (shape: number[], offset = 0): KernelCase[] => {
  const c = [shape.at(-1)!];
  const x = { shape, values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => offset + Math.sin(i * 1.7)) };
  const positive = { shape: c, values: Float32Array.from({ length: c[0]! }, (_, i) => 0.5 + (i % 3)) };
  return [
    { name: 'LabBiasGradient', inputs: { dy: { shape } } },
    { name: 'LabBatchNormTraining', inputs: { x, gamma: { shape: c }, beta: { shape: c } }, attributes: { eps: 1e-5 } },
    { name: 'LabBatchNormGradient', inputs: { dy: { shape }, x: { shape }, gamma: { shape: c }, mean: { shape: c }, variance: positive }, attributes: { eps: 1e-5 } },
    { name: 'LabBatchNormInference', inputs: { x, gamma: { shape: c }, beta: { shape: c }, mean: { shape: c }, variance: positive }, attributes: { eps: 1e-5 } },
    { name: 'LabRunningStatistics', inputs: { runningMean: { shape: c }, runningVariance: positive, mean: { shape: c }, variance: positive }, attributes: { momentum: 0.1, count: 18 } },
  ];
};

const pooling = (shape: number[], size: number, { stride, pads }: { stride: number; pads: [number, number] }): KernelCase[] => {
  const [n = 0, h = 0, w = 0, c = 0] = shape;
  const out = (length: number, both: number) => Math.floor((length + both - size) / stride) + 1;
  const average = [n, out(h, 0), out(w, 0), c];
  return [
    { name: 'LabMaxPool2D', inputs: { x: { shape } }, attributes: { size, stride, pads } },
    { name: 'LabAveragePool2D', inputs: { x: { shape } }, attributes: { size, stride } },
    { name: 'LabAveragePool2DGradient', inputs: { dy: { shape: average } }, attributes: { size, stride, inputShape: shape } },
    { name: 'LabGlobalAveragePool', inputs: { x: { shape } } },
    { name: 'LabGlobalAveragePoolGradient', inputs: { dy: { shape: [n, c] } }, attributes: { inputShape: shape } },
  ];
};

const linear = (n: number, inputs: number, outputs: number): KernelCase[] => [
  { name: 'LabLinear', inputs: { x: { shape: [n, inputs] }, weight: { shape: [outputs, inputs] }, bias: { shape: [outputs] } } },
  { name: 'LabLinearInputGradient', inputs: { dy: { shape: [n, outputs] }, weight: { shape: [outputs, inputs] } } },
  { name: 'LabLinearWeightGradient', inputs: { x: { shape: [n, inputs] }, dy: { shape: [n, outputs] } } },
];

const elementwise = (shape: number[]): KernelCase[] => [
  { name: 'LabGelu', inputs: { x: { shape } } }, { name: 'LabGeluGradient', inputs: { dy: { shape }, x: { shape } } },
  { name: 'LabRelu', inputs: { x: { shape } } }, { name: 'LabReluGradient', inputs: { dy: { shape }, y: { shape } } },
  { name: 'Add', inputs: { a: { shape }, b: { shape } } }, { name: 'Multiply', inputs: { a: { shape }, b: { shape: [shape.at(-1)!] } } },
  { name: 'Multiply', inputs: { a: { shape }, b: { shape: [] } } }, { name: 'Sum', inputs: { x: { shape } }, attributes: { axis: [0], keepDims: false } },
  { name: 'Sum', inputs: { x: { shape } }, attributes: { axis: [shape.length - 1], keepDims: true } }, { name: 'Sum', inputs: { x: { shape } }, attributes: { axis: null, keepDims: false } },
  { name: 'Cast', inputs: { x: { shape: [5], values: [1, 2, -3, 4, 0], dtype: 'int32' } }, attributes: { dtype: 'float32' } },
  { name: 'Cast', inputs: { x: { shape: [3], values: [1.7, -2.7, 0.2] } }, attributes: { dtype: 'int32' } },
];

const update = (name: string, slots: string[], { hyper, control, attributes = {} }: { hyper: number[]; control: number[]; attributes?: object }): KernelCase => {
  const shape = [7, 5];
  const squares = Float32Array.from({ length: 35 }, (_, i) => 0.01 * (i + 1));
  const state = Object.fromEntries(slots.map((slot) => [slot, ['v', 'bg', 'bhg'].includes(slot) ? { shape, values: squares } : { shape }]));
  return { name, inputs: { parameter: { shape }, gradient: { shape }, ...state, hyper: { shape: [hyper.length], values: hyper }, control: { shape: [3], values: control } }, attributes };
};
const updates = [[1, 1, 1], [9, 0.25, 1], [9, 1, 0]].flatMap((control) => [
  update('LabVsgdUpdate', ['mu', 'bg', 'bhg'], { hyper: [0.01, 0.999, 0.7, 0.8, 0.3, 1e-6, 3e-5, 1e-8, 0, 0], control }),
  update('LabVsgdUpdate', ['mu', 'bg', 'bhg'], { hyper: [0.01, 0.999, 0.7, 0.8, 0.3, 1e-6, 3e-5, 1e-8, 0.1, 3], control }),
  ...[true, false].map((decoupled) => update('LabAdamUpdate', ['m', 'v'], { hyper: [0.01, decoupled ? 0.99 : 0.01, 0.9, 0.1, 0.99, 0.01, 3, 1e-8], control, attributes: { decoupled } })),
  ...[true, false].map((nesterov) => update('LabSgdUpdate', ['buffer'], { hyper: [0.01, 0.1, 0.9, 1, 0, 0], control, attributes: { nesterov } })),
]);

const others: KernelCase[] = [
  { name: 'LabSoftmaxCrossEntropy', inputs: { logits: { shape: [5, 10] }, labels: { shape: [5], values: [1, 9, -1, 0, 4], dtype: 'int32' } } },
  { name: 'LabSoftmaxCrossEntropyGradient', inputs: { dloss: { shape: [], values: [0.5] }, probabilities: { shape: [5, 10] }, labels: { shape: [5], values: [1, 9, -1, 0, 4], dtype: 'int32' } } },
  ...[[0, 0], [0.5, 0], [0, 1], [1, NaN]].map(([limit, loss]) => ({ name: 'LabGradientControl', inputs: { loss: { shape: [], values: [loss ?? 0] }, hyper: { shape: [2], values: [limit ?? 0, loss === 1 ? 0.5 : 0] }, g0: { shape: [3, 7] }, g1: { shape: [20000] } }, attributes: { count: 2 } })),
];

/** Every kernel at shapes that are easy, odd and small. */
export const kernelCases: KernelCase[] = [
  ...conv(6, [1, 16], { side: 2, stride: 2, bias: true }), ...conv(9, [3, 10], { side: 7, stride: 2, pads: [3, 3], bias: true }),
  ...conv(7, [8, 16], { stride: 2, pads: [1, 1] }), ...conv(8, [16, 24], { side: 1, stride: 2 }), ...conv(5, [5, 7], { pads: [1, 1], width: 8, bias: true }),
  ...conv(8, [16, 16], { side: 5, pads: [2, 2] }), ...conv(6, [16, 32], { pads: [1, 1], groups: 2 }), ...conv(7, [6, 12], { pads: [1, 1], groups: 3, stride: 2, bias: true }),
  ...conv(6, [4, 4], { pads: [1, 1], groups: 4 }), ...conv(5, [8, 8], { side: 2, pads: [0, 1] }), ...conv(1, [12, 100], { side: 1, bias: true }), ...conv(7, [4, 8], { stride: 3, side: 2 }),
  // What Winograd's transform takes: odd sides, groups, uneven pads, a block of two groups, tiles that are worked on one part after another.
  ...conv(8, [16, 32], { pads: [1, 1], bias: true }), ...conv(7, [48, 16], { pads: [1, 1], width: 5 }), ...conv(9, [64, 96], { pads: [1, 1], groups: 2 }), ...conv(6, [32, 48], { pads: [0, 2] }),
  ...conv(10, [16, 16], { pads: [0, 0], bias: true }), ...conv(50, [16, 16], { pads: [1, 1] }), ...conv(4, [208, 144], { pads: [1, 1] }), ...conv(18, [16, 272], { pads: [2, 1] }),
  // More pixels and channels than a kernel takes at a time.
  ...conv(20, [8, 24], { side: 1 }), ...conv(56, [16, 16], { side: 1 }), ...conv(2, [300, 270], { side: 1 }), ...conv(2, [100, 20], { pads: [1, 1] }),
  ...[3, 5, 7, 1, 2, 4].flatMap((side) => depthwise(side, 8)), ...depthwise(3, 6), ...depthwise(5, 24), ...depthwise(5, 20, { height: 3, width: 3 }), ...depthwise(3, 4, { height: 4, width: 14 }),
  ...channelwise([2, 3, 3, 16]), ...channelwise([2, 3, 3, 5]), ...channelwise([700, 40]), ...channelwise([33, 8], 1000),
  ...pooling([2, 8, 8, 8], 2, { stride: 2, pads: [0, 0] }), ...pooling([2, 9, 9, 5], 3, { stride: 2, pads: [1, 1] }), ...pooling([1, 4, 4, 3], 1, { stride: 1, pads: [0, 0] }),
  ...linear(4, 16, 10), ...linear(3, 7, 100), ...linear(33, 512, 10), ...linear(1, 1, 1),
  ...elementwise([3, 7]), ...elementwise([2, 5, 4]), ...others, ...updates,
];

export const titleOf = ({ name, inputs, attributes }: KernelCase) => `${name} ${Object.values(inputs).map(({ shape }) => `[${shape.join(' ')}]`).join(' ')} ${JSON.stringify(attributes ?? {})}`;

/** The kernel on this backend gives what the plain loops give: shapes, and values to 2e-5 of the largest. */
export async function expectAlike(backend: string, kernelCase: KernelCase, tolerance: number = tolerances.kernel.float32): Promise<void> {
  const wanted = await runCase('cpu', kernelCase);
  const actual = await runCase(backend, kernelCase);
  expect(actual.map(({ shape }) => shape)).toEqual(wanted.map(({ shape }) => shape));
  for (const [index, { values }] of wanted.entries()) {
    const scale = values.filter(Number.isFinite).reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-2);
    const worst = values.findIndex((value, at) => !(Object.is(value, actual[index]!.values[at]) || Math.abs(value - actual[index]!.values[at]!) <= tolerance * scale));
    expect(worst, `output ${index}, element ${worst}: ${actual[index]!.values[worst]} instead of ${values[worst]}, of ${scale}`).toBe(-1);
  }
}
