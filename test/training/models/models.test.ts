// Every architecture at every size and channel count; layouts there and back; initial values as published.
import { tensor, tidy, type Tensor4D } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModelChoice } from '#contract';
import { createModel, createWasmEngine, fromTorch, toTorch, type Engine } from '#training';

const num_classes = 7;
const choices: ModelChoice[] = [
  ...(['A', 'B', 'D', 'E'] as const).flatMap((cfg_id): ModelChoice[] => [true, false].map((batch_norm) => ({ name: 'vgg', options: { cfg_id, batch_norm, num_classes } }))),
  { name: 'convmixer', options: { dim: 12, depth: 2, kernel_size: 4, patch_size: 3, num_classes } },
  { name: 'convmixer', options: { dim: 5, depth: 1, kernel_size: 9, patch_size: 7, num_classes } },
  { name: 'resnext', options: { cardinality: 2, depth: 20, widen_factor: 1, dropRate: 0, num_classes } },
  { name: 'resnet', options: { embedding_size: 8, hidden_sizes: [8, 16], depths: [1, 2], downsample_in_first_stage: true, num_classes } },
];

let engine: Engine;
beforeAll(async () => { engine = await createWasmEngine({ threads: 1 }); });
afterAll(() => engine.dispose());

describe.each(choices)('$name $options', (choice) => {
  test.each([[1, 28], [1, 32], [3, 32], [3, 64]])('%i channel(s), %i pixels', (channels, size) => {
    if (choice.name === 'vgg' && size < 32) {
      expect(() => createModel(choice, { channels, size, seed: 1 })).toThrow(/needs at least 32 pixels/);
      return;
    }
    const model = createModel(choice, { channels, size, seed: 1 });
    const images = Float32Array.from({ length: 2 * size * size * channels }, (_, index) => Math.cos(index));
    for (const training of [true, false]) {
      const logits = tidy(() => model.forward(tensor(images, [2, size, size, channels]) as Tensor4D, training).arraySync());
      expect(logits.map((row) => row.length)).toEqual([num_classes, num_classes]);
      expect(logits.flat().every(Number.isFinite)).toBe(true);
    }
    model.dispose();
  });
});

test('layouts go there and back', () => {
  const conv = { shape: [4, 3, 2, 2], layout: 'conv' as const };
  const values = Float32Array.from({ length: 48 }, (_, index) => index);
  const inEngine = fromTorch(conv, values);
  // Element (o, i, h, w) of OIHW is (h, w, i, o) of HWIO.
  expect(inEngine[((1 * 2 + 0) * 3 + 2) * 4 + 3]).toBe(((3 * 3 + 2) * 2 + 1) * 2 + 0);
  expect(toTorch(conv, inEngine)).toEqual(values);
  const depthwise = { shape: [4, 1, 3, 3], layout: 'depthwise' as const };
  expect(toTorch(depthwise, fromTorch(depthwise, values.subarray(0, 36)))).toEqual(values.subarray(0, 36));
});

test('initial values are a pure function of the seed, with the published spread', async () => {
  const make = (seed: number) => createModel({ name: 'vgg', options: { cfg_id: 'A', batch_norm: true, num_classes } }, { channels: 3, size: 32, seed });
  const [a, b, c] = [make(1), make(1), make(2)];
  const read = (model: typeof a, index: number) => engine.read(model.parameters[index]!.variable);
  expect(await read(a, 4)).toEqual(await read(b, 4));
  expect(await read(a, 4)).not.toEqual(await read(c, 4));
  const weights = await read(a, 4);
  const deviation = Math.sqrt(weights.reduce((sum, value) => sum + value * value, 0) / weights.length);
  expect(deviation / Math.sqrt(2 / (9 * 128))).toBeCloseTo(1, 1);
  [a, b, c].forEach((model) => model.dispose());
});
