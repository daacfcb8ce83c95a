// The benchmark measures what can be used here, each in a process of its own, and can be ended.
import { expect, test } from 'vitest';
import { measureEngines } from '#training';
import { scratchFolder } from '#test/scratch.ts';

test('images per second of the smallest model on the engines that are there', async () => {
  const seen: string[] = [];
  const rows = await measureEngines({ engines: scratchFolder(), models: ['mnist'], budgetMs: 1, maxSteps: 2, onProgress: ({ detail }) => seen.push(detail ?? '') });
  expect(rows).toMatchObject([{ engine: 'wasm', model: 'mnist', reason: null }]);
  expect(rows[0]?.imagesPerSecond).toBeCloseTo(32_000 / (rows[0]?.msPerStep ?? NaN));
  expect(seen).toEqual(['WebAssembly: MNIST, ConvMixer 16/4']);
});

test('cancelled in the middle it throws', async () => {
  const ending = new AbortController();
  await expect(measureEngines({ engines: scratchFolder(), signal: ending.signal, onProgress: () => ending.abort() })).rejects.toMatchObject({ code: 'CANCELLED' });
});

test('a model that is not there is refused, and those that are there are named', async () => {
  await expect(measureEngines({ engines: scratchFolder(), models: ['mnist', 'nope'] })).rejects.toMatchObject({ code: 'USAGE', message: 'There is no model \'nope\' to measure. There are mnist, convmixer, vgg16, resnext, resnet18.' });
});
