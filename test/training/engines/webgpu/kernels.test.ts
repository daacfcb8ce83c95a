// Every kernel of the webgpu engine against the plain loops of the cpu engine, at shapes that are easy, odd and small.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCpuEngine, type Engine } from '#training';
import { expectAlike, kernelCases, titleOf } from '../../../helpers/kernelCases.ts';
import { runCase } from '../../../helpers/kernels.ts';
import { tiles } from '../../../../src-main/training/engines/webgpuProducts/tiles.ts';
import { openWebgpu, webgpu } from '../../../helpers/webgpu.ts';
import { tolerances } from '../../../reference/tolerances.ts';

describe.skipIf(!webgpu.usable).each([{ products: 'plain', plain: true }, { products: 'tiled', plain: false }])('kernels of the webgpu engine, products $products (needs an adapter)', ({ plain }) => {
  const engines: Engine[] = [];
  beforeAll(async () => { engines.push(await createCpuEngine(), await openWebgpu({ plain })); });
  afterAll(async () => { for (const engine of engines) await engine.dispose(); });

  // The other kernels are the same for both.
  const products = /Conv2D|Linear/;
  test.each(kernelCases.filter(({ name }) => plain || products.test(name)).map((kernelCase) => ({ kernelCase, title: titleOf(kernelCase) })))('$title', ({ kernelCase }) => expectAlike('lab-webgpu', kernelCase));

  if (!plain) return;
  test('max pooling keeps a NaN and gives the gradient to the first maximum', async () => {
    const pooled = await runCase('lab-webgpu', { name: 'LabMaxPool2D', inputs: { x: { shape: [1, 2, 2, 4], values: [NaN, 1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 7, 6, NaN, 4, 3] } }, attributes: { size: 2, stride: 2, pads: [0, 0] } });
    expect(pooled[0]!.values).toEqual([NaN, NaN, 8, 7]);
    const x = { shape: [1, 3, 3, 1], values: [0, 2, 2, 1, 2, 0, 0, 0, 3] };
    await expectAlike('lab-webgpu', { name: 'LabMaxPool2DGradient', inputs: { dy: { shape: [1, 2, 2, 1], values: [1, 10, 100, 1000] }, x, y: { shape: [1, 2, 2, 1], values: [2, 2, 2, 3] } }, attributes: { size: 2, stride: 1, pads: [0, 0] } });
  });
});

// A driver compiles some ten kernels a second: every fifth case.
describe.skipIf(process.env.VSGD_LAB_GPU_TESTS !== 'hardware' || !webgpu.usable).each(['float32', 'float16'] as const)('products of the webgpu engine with every tile, %s (needs VSGD_LAB_GPU_TESTS=hardware and a GPU)', (precision) => {
  test.each(Object.keys(tiles).filter((name) => precision === 'float16' || !name.includes('units')))('tile %s', async (tile) => {
    const engines = [await createCpuEngine(), await openWebgpu({ tile, plain: false, ...(precision === 'float16' ? { mixed: 'float16' } : {}) })];
    for (const kernelCase of kernelCases.filter(({ name }) => /Conv2D|Linear/.test(name)).filter((_, index) => index % 5 === 0)) await expectAlike('lab-webgpu', kernelCase, tolerances.kernel[precision]);
    for (const engine of engines) await engine.dispose();
  }, 120_000);

  test('gradients far below what float16 can hold keep their digits', async () => {
    const engines = [await createCpuEngine(), await openWebgpu({ plain: false, ...(precision === 'float16' ? { mixed: 'float16' } : {}) })];
    const dy = { shape: [64, 96], values: Array.from({ length: 64 * 96 }, (_, index) => 1e-7 * Math.sin(index)) };
    for (const name of ['LabLinearInputGradient', 'LabLinearWeightGradient']) {
      const inputs: Record<string, { shape: number[]; values?: number[] }> = { dy, ...(name.endsWith('InputGradient') ? { weight: { shape: [96, 80] } } : { x: { shape: [64, 80] } }) };
      const [wanted, actual] = [await runCase('cpu', { name, inputs }), await runCase('lab-webgpu', { name, inputs })].map(([result]) => result!.values as number[]);
      const largest = Math.max(...wanted!.map(Math.abs));
      expect(Math.max(...wanted!.map((value, at) => Math.abs(value - actual![at]!))) / largest).toBeLessThan(tolerances.kernel[precision]);
    }
    for (const engine of engines) await engine.dispose();
  });
});
