// Every kernel of the tensorflow engine against the plain loops of the cpu engine: our own CPU kernels, and what a GPU runs instead.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCpuEngine, type Engine } from '#training';
import { expectAlike, kernelCases, titleOf } from '../../../helpers/kernelCases.ts';
import { runCase } from '../../../helpers/kernels.ts';
import { createTestEngine, hasTensorflow, needsTensorflow } from '../../../helpers/tensorflow.ts';

describe.skipIf(!hasTensorflow).each([{ ownKernels: true }, { ownKernels: false }, { ownKernels: false, nativeGroups: false }])(`kernels of the tensorflow engine, %o ${needsTensorflow}`, (options) => {
  const engines: Engine[] = [];
  beforeAll(async () => { engines.push(await createCpuEngine(), await createTestEngine(options)); });
  afterAll(async () => { for (const engine of engines) await engine.dispose(); });

  // TensorFlow's own batch norm keeps the mean in float32, which beside 1000 leaves five digits of what is left.
  const exact = kernelCases.map((kernelCase) => ({ kernelCase, title: titleOf(kernelCase) })).filter(({ title }) => options.ownKernels || !title.startsWith('LabBatchNormTraining [33 8]'));
  test.each(exact)('$title', ({ kernelCase }) => expectAlike('lab-tensorflow', kernelCase));

  test('max pooling gives the gradient to the first maximum', async () => {
    const x = { shape: [1, 3, 3, 1], values: [0, 2, 2, 1, 2, 0, 0, 0, 3] };
    await expectAlike('lab-tensorflow', { name: 'LabMaxPool2DGradient', inputs: { dy: { shape: [1, 2, 2, 1], values: [1, 10, 100, 1000] }, x, y: { shape: [1, 2, 2, 1], values: [2, 2, 2, 3] } }, attributes: { size: 2, stride: 1, pads: [0, 0] } });
  });

  test.runIf(options.ownKernels)('max pooling keeps a NaN', async () => {
    const pooled = await runCase('lab-tensorflow', { name: 'LabMaxPool2D', inputs: { x: { shape: [1, 2, 2, 4], values: [NaN, 1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 7, 6, NaN, 4, 3] } }, attributes: { size: 2, stride: 2, pads: [0, 0] } });
    expect(pooled[0]!.values).toEqual([NaN, NaN, 8, 7]);
  });
});
