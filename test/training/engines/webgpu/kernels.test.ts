// Every kernel of the webgpu engine against the plain loops of the cpu engine, at shapes that are easy, odd and small.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCpuEngine, type Engine, type WebgpuOptions } from '#training';
import { expectAlike, kernelCases, titleOf } from '../../../helpers/kernelCases.ts';
import { runCase, type KernelInput } from '../../../helpers/kernels.ts';
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

/** Linear layers' gradients from gradients of 1e-6, against plain loops, relative to the largest. */
async function expectSmallGradients(options: WebgpuOptions, tolerance: number): Promise<void> {
  const engines = [await createCpuEngine(), await openWebgpu(options)];
  const dy = { shape: [64, 96], values: Array.from({ length: 64 * 96 }, (_, index) => 1e-6 * Math.sin(index)) };
  for (const [name, other] of [['LabLinearInputGradient', { weight: { shape: [96, 80] } }], ['LabLinearWeightGradient', { x: { shape: [64, 80] } }]] satisfies [string, Record<string, KernelInput>][]) {
    const inputs: Record<string, KernelInput> = { dy, ...other };
    const [wanted = [], actual = []] = [await runCase('cpu', { name, inputs }), await runCase('lab-webgpu', { name, inputs })].map(([result]) => result!.values);
    const largest = Math.max(...wanted.map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    expect(Math.max(...wanted.map((value, at) => Math.abs(value - actual[at]!))) / largest).toBeLessThan(tolerance);
  }
  for (const engine of engines) await engine.dispose();
}

const everyFifthProduct = kernelCases.filter(({ name }) => /Conv2D|Linear/.test(name)).filter((_, index) => index % 5 === 0);

describe.skipIf(!webgpu.usable)('products of the webgpu engine rounded to float16 and kept in float32 (needs an adapter)', () => {
  test('are as near as float16 allows, and no nearer', async () => {
    const engines = [await createCpuEngine(), await openWebgpu({ rounded: true })];
    for (const kernelCase of everyFifthProduct) await expectAlike('lab-webgpu', kernelCase, tolerances.kernel.float16);
    await expect(expectAlike('lab-webgpu', everyFifthProduct[0]!)).rejects.toThrow(/instead of/);
    for (const engine of engines) await engine.dispose();
  }, 120_000);

  test('keep the digits of gradients far below what float16 can hold', () => expectSmallGradients({ rounded: true }, tolerances.kernel.float16));
});

// A driver compiles some ten kernels a second: every fifth case.
describe.skipIf(process.env.VSGD_LAB_GPU_TESTS !== 'hardware' || !webgpu.usable).each(['float32', 'float16'] as const)('products of the webgpu engine with every tile, %s (needs VSGD_LAB_GPU_TESTS=hardware and a GPU)', (precision) => {
  test.each(Object.keys(tiles).filter((name) => precision === 'float16' || !name.includes('units')))('tile %s', async (tile) => {
    const engines = [await createCpuEngine(), await openWebgpu({ tile, plain: false, ...(precision === 'float16' ? { mixed: 'float16' } : {}) })];
    for (const kernelCase of everyFifthProduct) await expectAlike('lab-webgpu', kernelCase, tolerances.kernel[precision]);
    for (const engine of engines) await engine.dispose();
  }, 120_000);

  test('gradients far below what float16 can hold keep their digits', () => expectSmallGradients({ plain: false, ...(precision === 'float16' ? { mixed: 'float16' } : {}) }, tolerances.kernel[precision]));
});
